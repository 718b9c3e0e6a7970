"""WhatsApp, on the way out: a long reply in as few messages as fit, cut where a reader would pause."""

import re

from gateway.channels.base import Choice, Reply
from gateway.channels.whatsapp import limits

# Best place first: paragraph, line, sentence, word.
_PAUSES = (re.compile(r"\n\s*\n"), re.compile(r"\n"), re.compile(r"(?<=[.!?…])\s"), re.compile(r"\s"))
_JOINER = "\u200d"


def split_reply(reply: Reply) -> list[Reply]:
    """One message where it fits; else parts in order, with the choices on the last."""
    choices = reply.choices[: limits.LIST_ROWS]
    last_limit = limits.LIST_BODY if choices else limits.TEXT_BODY
    if len(reply.text) <= last_limit:
        return [reply.model_copy(update={"choices": choices})]
    parts = split_text(reply.text, min(last_limit, limits.TEXT_BODY))
    return [Reply(text=part) for part in parts[:-1]] + [
        Reply(text=parts[-1], choices=choices, list_button=reply.list_button)
    ]


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
        places = [match.start() for match in pause.finditer(text, limit // 2, limit + 1)]
        if places and text[: places[-1]].strip():
            return places[-1]
    return _between_characters(text, limit)


def _between_characters(text: str, limit: int) -> int:
    cut = limit
    while cut > 1 and (text[cut] == _JOINER or text[cut - 1] == _JOINER or _attaches(text[cut])):
        cut -= 1
    return cut if cut > 1 else limit


def _attaches(character: str) -> bool:
    code = ord(character)
    return 0x300 <= code <= 0x36F or 0xFE00 <= code <= 0xFE0F or 0x1F3FB <= code <= 0x1F3FF


def shorten(title: str, limit: int) -> str:
    """A title within the limit; an over-long one is cut with an ellipsis rather than refused by Meta."""
    return title if len(title) <= limit else title[: limit - 1].rstrip() + "…"


def choice_of(number: int, choice: Choice, limit: int) -> tuple[str, str]:
    """The id and a title that is unique by its number when it had to be cut."""
    title = shorten(choice.title, limit)
    return choice.id, title if title == choice.title else f"{number} {shorten(choice.title, limit - 2)}"
