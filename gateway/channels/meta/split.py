"""Channels, way out: a long text in as few messages as a platform's limit allows, and titles of choices that fit.

A cut falls where a reader would pause, and never inside what a reader sees as one character. Each platform counts
in its own way, so a length is always measured by a function.
"""

import re
import unicodedata
from collections.abc import Callable

from gateway.conversations.messages import Choice

Measure = Callable[[str], int]

# The best first: paragraph, line, sentence, word.
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


def utf16_units(text: str) -> int:
    """Length as Messenger counts it: an emoji counts as two, never as too few."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def utf8_bytes(text: str) -> int:
    """Length as Instagram counts it."""
    return len(text.encode("utf-8", "surrogatepass"))


def split_text(text: str, limit: int, measure: Measure = len) -> list[str]:
    """Parts of at most `limit` by `measure`; only white space at the cuts is lost."""
    parts = []
    rest = text.strip()
    while measure(rest) > limit:
        cut = _cut(rest, _longest(rest, limit, measure))
        parts.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    return [*parts, rest] if rest or not parts else parts


def _longest(text: str, limit: int, measure: Measure) -> int:
    """How many code points of the beginning fit; at least one."""
    low, high = 1, min(len(text), limit)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if measure(text[:middle]) <= limit else (low, middle - 1)
    return low


def _cut(text: str, longest: int) -> int:
    for pause in _PAUSES:
        # Not before the middle: a short first line and a long rest read worse than a cut sentence.
        if (position := _last_pause(pause, text, longest // 2, longest)) is not None:
            return position
    # A link or another long word that begins late goes over whole.
    if (position := _last_pause(_ANY_SPACE, text, 1, longest)) is not None:
        return position
    return _between_characters(text, longest)


def _last_pause(pause: re.Pattern[str], text: str, start: int, longest: int) -> int | None:
    found = [match.start() for match in pause.finditer(text, start, longest + 1)]
    # A space that carries an accent is a character like any other.
    fitting = [at for at in found if at <= longest and text[:at].strip() and not _carries_mark(text, at)]
    return fitting[-1] if fitting else None


def _carries_mark(text: str, position: int) -> bool:
    """Whether what follows the white space at `position` belongs to it."""
    end = position
    while end < len(text) and text[end].isspace():
        end += 1
    return end < len(text) and _attaches(text, end)


def _between_characters(text: str, longest: int) -> int:
    cut = longest
    while 1 < cut < len(text) and (_attaches(text, cut) or (text[cut].isspace() and _carries_mark(text, cut))):
        cut -= 1
    return cut if cut > 1 else longest


def _attaches(text: str, position: int) -> bool:
    """Whether the code point at `position` belongs to the character that a reader sees before it."""
    character, before = text[position], text[position - 1]
    if _JOINER in (character, before) or unicodedata.category(character) in ("Mn", "Me", "Mc"):
        return True
    if _is_between(character, *_FLAG_LETTERS):
        return _flag_letters_before(text, position) % 2 == 1
    return any(_is_between(character, *span) for span in _ATTACHED)


def _flag_letters_before(text: str, position: int) -> int:
    count = 0
    while count < position and _is_between(text[position - count - 1], *_FLAG_LETTERS):
        count += 1
    return count


def _is_between(character: str, first: int, last: int) -> bool:
    return first <= ord(character) <= last


def shorten(title: str, limit: int) -> str:
    """A title of at most `limit` characters; a longer one ends with an ellipsis, where Meta would refuse it."""
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
