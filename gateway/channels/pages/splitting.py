"""Messenger and Instagram, on the way out: plain text in as few messages as fit, and choices as they are shown there.

Messenger counts characters, Instagram bytes of UTF-8. A cut falls where a reader would pause, and never inside what a
reader sees as one character.
"""

import re
import unicodedata
from collections.abc import Callable

from gateway.channels.base import Reply
from gateway.channels.pages import limits

Measure = Callable[[str], int]

# Best place first: paragraph, line, sentence, word.
_PAUSES = (re.compile(r"\n\s*\n"), re.compile(r"\n"), re.compile(r"(?<=[.!?…])\s"), re.compile(r"\s"))
_JOINER = "\u200d"
# WhatsApp's marks for bold, italic and struck, in which answers are written; here they would be read as signs.
_MARKED = re.compile(r"(?<![\w*_~/])([*_~])(?=\S)([^\n]+?)(?<=\S)\1(?![\w*_~/])")


def characters(text: str) -> int:
    """Length as Messenger counts it: UTF-16 units, so that a rare letter or emoji counts as two, never as too few."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def utf8_bytes(text: str) -> int:
    """Length as Instagram counts it."""
    return len(text.encode("utf-8", "surrogatepass"))


def plain(text: str) -> str:
    """Without the marks of bold and italic."""
    before = None
    while text != before:
        before, text = text, _MARKED.sub(r"\2", text)
    return text


def numbered(reply: Reply) -> Reply:
    """With its choices as a numbered list at the end of the text, for who sees no buttons."""
    lines = [f"{place}. {choice.title}" for place, choice in enumerate(reply.choices, 1)]
    text = "\n\n".join(part for part in (reply.text.strip(), "\n".join(lines)) if part)
    return reply.model_copy(update={"text": text, "numbered": True})


def split_reply(reply: Reply, limit: int, measure: Measure, *, with_numbers: bool) -> list[Reply]:
    """Parts in order, of at most `limit` by `measure`; the choices are on the last, the list of numbers whole."""
    choices = reply.choices[: limits.QUICK_REPLIES]
    whole = reply.model_copy(update={"text": plain(reply.text), "choices": choices})
    if with_numbers and choices:
        whole = numbered(whole)
    parts = split_text(whole.text, limit, measure)
    if whole.numbered and len(parts) > 1:
        parts = _with_whole_list(whole, reply, limit, measure)
    silent = {"choices": (), "numbered": False}
    first = [whole.model_copy(update={"text": part, **silent}) for part in parts[:-1]]
    return [*first, whole.model_copy(update={"text": parts[-1]})]


def _with_whole_list(whole: Reply, reply: Reply, limit: int, measure: Measure) -> list[str]:
    """The list in a message of its own where it would be cut; who scrolls for number 3 should find it beside 1."""
    parts = split_text(whole.text, limit, measure)
    listed = numbered(whole.model_copy(update={"text": ""})).text
    if listed in parts[-1] or measure(listed) > limit:
        return parts
    return [*split_text(plain(reply.text), limit, measure), listed]


def split_text(text: str, limit: int, measure: Measure) -> list[str]:
    """Parts of at most `limit` by `measure`; nothing but white space at the cuts is lost."""
    parts = []
    rest = text.strip()
    while measure(rest) > limit:
        cut = _cut(rest, _longest(rest, limit, measure))
        parts.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    return [*parts, rest] if rest or not parts else parts


def _longest(text: str, limit: int, measure: Measure) -> int:
    """How many characters of the beginning fit; at least one."""
    low, high = 1, min(len(text), limit)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if measure(text[:middle]) <= limit else (low, middle - 1)
    return low


def _cut(text: str, longest: int) -> int:
    for pause in _PAUSES:
        # Not before the middle: a short first line and a long rest read worse than a cut sentence.
        places = [match.start() for match in pause.finditer(text, longest // 2, longest + 1)]
        places = [place for place in places if place <= longest and text[:place].strip()]
        if places:
            return places[-1]
    return _between_characters(text, longest)


def _between_characters(text: str, longest: int) -> int:
    cut = longest
    while cut > 1 and cut < len(text) and _belongs_together(text, cut):
        cut -= 1
    return cut if cut > 1 else longest


def _belongs_together(text: str, cut: int) -> bool:
    before, after = text[cut - 1], text[cut]
    return _JOINER in (before, after) or _attaches(after) or (_is_flag(before) and _is_flag(after) and _odd(text, cut))


def _attaches(character: str) -> bool:
    code = ord(character)
    return unicodedata.combining(character) > 0 or 0xFE00 <= code <= 0xFE0F or 0x1F3FB <= code <= 0x1F3FF


def _is_flag(character: str) -> bool:
    return 0x1F1E6 <= ord(character) <= 0x1F1FF


def _odd(text: str, cut: int) -> bool:
    """Whether the cut stands in the middle of a flag, which is a pair of letters."""
    start = cut
    while start > 0 and _is_flag(text[start - 1]):
        start -= 1
    return (cut - start) % 2 == 1


def shorten(title: str, limit: int, place: int) -> str:
    """A title within the limit; one that must be cut keeps its place in front, so that no two look the same."""
    return title if len(title) <= limit else f"{place} {title[: limit - 3 - (place > 9)].rstrip()}…"
