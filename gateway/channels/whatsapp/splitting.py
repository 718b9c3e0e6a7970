"""WhatsApp, on the way out: a long reply in as few messages as fit, cut where a reader would pause."""

import re
import unicodedata

import structlog

from gateway.channels.base import Choice, Reply
from gateway.channels.whatsapp import limits

log = structlog.get_logger()

# Best place first: paragraph, line, sentence, word.
_PAUSES = (re.compile(r"\n\s*\n"), re.compile(r"\n"), re.compile(r"(?<=[.!?…])\s"), re.compile(r"\s"))
_ANY_SPACE = _PAUSES[-1]
_JOINER = "\u200d"
# Code points that belong to the one before them though Unicode calls them no marks: skin tones, the letters of a
# subdivision flag, the later parts of a Korean syllable, and one vowel of Thai and Lao.
_ATTACHED = (
    (0x1F3FB, 0x1F3FF),
    (0xE0020, 0xE007F),
    (0x1160, 0x11FF),
    (0xD7B0, 0xD7FB),
    (0x0E33, 0x0E33),
    (0x0EB3, 0x0EB3),
)
_FLAG_LETTERS = (0x1F1E6, 0x1F1FF)


def split_reply(reply: Reply) -> list[Reply]:
    """One message where it fits; else parts in order, with the choices on the last."""
    if reply.template is not None:
        return [reply]  # Meta puts the words together; nothing of it can be cut here
    choices = _kept(reply.choices)
    last_limit = limits.LIST_BODY if choices else limits.TEXT_BODY
    if len(reply.text) <= last_limit:
        return [reply.model_copy(update={"choices": choices})]
    parts = split_text(reply.text, min(last_limit, limits.TEXT_BODY))
    return [Reply(text=part) for part in parts[:-1]] + [
        Reply(text=parts[-1], choices=choices, list_button=reply.list_button)
    ]


def _kept(choices: tuple[Choice, ...]) -> tuple[Choice, ...]:
    """Each id once, and no more than a list holds: better a reply with ten choices than none."""
    once = tuple({choice.id: choice for choice in reversed(choices)}.values())[::-1]
    if len(once) > limits.LIST_ROWS:
        log.error("choices_cut", count=len(once), limit=limits.LIST_ROWS)
    return once[: limits.LIST_ROWS]


def split_text(text: str, limit: int) -> list[str]:
    """Parts of at most `limit` characters; nothing but white space at the cuts is lost."""
    parts = []
    rest = text.strip()
    while len(rest) > limit:
        cut = _cut(rest, limit)
        parts.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    return [*parts, rest] if rest or not parts else parts


def _cut(text: str, limit: int) -> int:
    for pause in _PAUSES:
        # Not before the middle: a short first line and a long rest read worse than a cut sentence.
        if (place := _last_place(pause, text, limit // 2, limit)) is not None:
            return place
    # A link or another long word that begins late goes over whole.
    if (place := _last_place(_ANY_SPACE, text, 1, limit)) is not None:
        return place
    return _between_characters(text, limit)


def _last_place(pause: re.Pattern[str], text: str, start: int, limit: int) -> int | None:
    places = [match.start() for match in pause.finditer(text, start, limit + 1)]
    # A space that carries an accent is a character like any other.
    fitting = [place for place in places if place <= limit and text[:place].strip() and not _carries(text, place)]
    return fitting[-1] if fitting else None


def _carries(text: str, place: int) -> bool:
    """Whether what follows the white space at `place` hangs on it."""
    end = place
    while end < len(text) and text[end].isspace():
        end += 1
    return end < len(text) and _attaches(text, end)


def _between_characters(text: str, limit: int) -> int:
    cut = limit
    while cut > 1 and (_attaches(text, cut) or (text[cut].isspace() and _carries(text, cut))):
        cut -= 1
    return cut if cut > 1 else limit


def _attaches(text: str, place: int) -> bool:
    """Whether the code point at `place` belongs to the character that a reader sees before it."""
    character, before = text[place], text[place - 1]
    if _JOINER in (character, before) or unicodedata.category(character) in ("Mn", "Me", "Mc"):
        return True
    if _within(character, *_FLAG_LETTERS):
        return _flag_letters_before(text, place) % 2 == 1
    return any(_within(character, *span) for span in _ATTACHED)


def _flag_letters_before(text: str, place: int) -> int:
    count = 0
    while count < place and _within(text[place - count - 1], *_FLAG_LETTERS):
        count += 1
    return count


def _within(character: str, first: int, last: int) -> bool:
    return first <= ord(character) <= last


def shorten(title: str, limit: int) -> str:
    """A title within the limit; an over-long one is cut with an ellipsis rather than refused by Meta."""
    return title if len(title) <= limit else title[: limit - 1].rstrip() + "…"


def titled(choices: tuple[Choice, ...], limit: int) -> list[tuple[str, str]]:
    """Ids with titles within the limit, no two alike: Meta refuses a message with the same title twice."""
    found: dict[str, str] = {}
    for number, choice in enumerate(choices, 1):
        wanted = choice.title.strip() or "…"
        title = wanted if len(wanted) <= limit else _numbered(number, wanted, limit)
        while title in found:
            number += len(choices)
            title = _numbered(number, wanted, limit)
        found[title] = choice.id
    return [(choice_id, title) for title, choice_id in found.items()]


def _numbered(number: int, title: str, limit: int) -> str:
    mark = f"{number} "
    return mark + shorten(title, limit - len(mark))
