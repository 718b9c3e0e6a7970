"""Content, preview: a text as a citizen's phone shows it, contacts filled in, with what prevents its publication."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from answers.checks import text_problems
from answers.contacts import Contact, read_contacts
from answers.limits import BODY_WITH_BUTTONS, IN_SHORT, REPLY_BUTTON_TITLE, TEXT, WHY
from answers.problems import NotRenderable
from answers.render import PRIVACY_URL, fill, placeholders, render
from gateway.content.editing.readability import Readability, readability
from gateway.content.repository.contacts import CONTACTS
from gateway.content.wording import said, stored

# WhatsApp's marks: *bold*, _italic_, ~struck~; a mark stands beside a word and holds no line break.
_MARKED: Final = re.compile(r"(?<!\w)([*_~])(?=\S)(.+?)(?<=\S)\1(?!\w)")
_ELEMENTS: Final = {"*": "strong", "_": "em", "~": "s"}
_PLACE: Final = re.compile(r"\{([^{}\n]*)\}")
LIMITS: Final = {"title": REPLY_BUTTON_TITLE, "in_short": IN_SHORT, "why": WHY}


@dataclass(frozen=True)
class Piece:
    """Some words of a line; `element` is the HTML element they stand in, "" for none, "mark" for what is refused."""

    element: str
    text: str


@dataclass(frozen=True)
class Preview:
    """A text as a bubble: its lines, how long it is when filled, the limit, and sentences about what is wrong."""

    lines: tuple[tuple[Piece, ...], ...]
    length: int
    limit: int
    problems: tuple[str, ...]
    buttons: tuple[str, ...] = ()
    readability: Readability | None = None

    @property
    def too_long(self) -> bool:
        """Whether the platform would refuse it."""
        return self.length > self.limit


def contacts_of(folder: Path) -> dict[str, Contact]:
    """The contacts of a content folder; those that are broken are left out, and the check tells."""
    return read_contacts(folder / CONTACTS)[0]


def limit_of(field: str, *, buttons: bool) -> int:
    """How many characters a field of a topic may have."""
    return LIMITS.get(field, BODY_WITH_BUTTONS if buttons else TEXT)


def preview(
    text: str,
    language: str,
    reader: str,
    contacts: Mapping[str, Contact],
    privacy_url: str,
    *,
    limit: int,
    buttons: Sequence[str] = (),
    more: Mapping[str, str] | None = None,
) -> Preview:
    """The text in `language` as a citizen would get it; problems are said in the `reader`'s language.

    `more`: what stands for braces that only the program fills.
    """
    clean = text.replace("\r\n", "\n").strip()
    values = {PRIVACY_URL: privacy_url, **(more or {})}
    found = text_problems(clean, language, contacts, values, limit)
    problems = tuple(" ".join(said(stored(text), reader) for text in (each.what, each.remedy)) for each in found)
    lines = tuple(tuple(_pieces(line, language, contacts, values)) for line in clean.split("\n")) if clean else ()
    ease = readability(filled(clean, language, contacts, privacy_url), language)
    return Preview(lines, _length(clean, language, contacts, values), limit, problems, tuple(buttons), ease)


def marked_lines(text: str) -> tuple[tuple[Piece, ...], ...]:
    """The lines of a text that a bot has said, in pieces, with the phone's marks as elements."""
    return tuple(tuple(_pieces(line, "", {}, {})) for line in text.strip().split("\n"))


def filled(text: str, language: str, contacts: Mapping[str, Contact], privacy_url: str) -> str:
    """The text with everything filled that may be; what may not stays in its braces."""
    values = {PRIVACY_URL: privacy_url}
    return _PLACE.sub(lambda match: _fill(match.group(1), language, contacts, values) or match.group(), text)


def _length(text: str, language: str, contacts: Mapping[str, Contact], values: Mapping[str, str]) -> int:
    try:
        return len(render(text, language, contacts, values))
    except NotRenderable:
        return len(filled(text, language, contacts, values[PRIVACY_URL]))


def _pieces(line: str, language: str, contacts: Mapping[str, Contact], values: Mapping[str, str]) -> list[Piece]:
    """A line in pieces: marks become elements, what may not be shown is marked."""
    refused = {name for name, _ in placeholders(line) if _fill(name, language, contacts, values) is None}
    whole = _PLACE.sub(
        lambda match: (
            match.group() if match.group(1) in refused else _fill(match.group(1), language, contacts, values) or ""
        ),
        line,
    )
    pieces: list[Piece] = []
    end = 0
    for match in _MARKED.finditer(whole):
        pieces += _plain(whole[end : match.start()], "", refused)
        pieces += _plain(match.group(2), _ELEMENTS[match.group(1)], refused)
        end = match.end()
    return [*pieces, *_plain(whole[end:], "", refused)]


def _plain(text: str, element: str, refused: set[str]) -> list[Piece]:
    pieces: list[Piece] = []
    end = 0
    for match in _PLACE.finditer(text):
        if match.group(1) in refused:
            pieces += [Piece(element, text[end : match.start()]), Piece("mark", match.group())]
            end = match.end()
    pieces.append(Piece(element, text[end:]))
    return [piece for piece in pieces if piece.text]


def _fill(name: str, language: str, contacts: Mapping[str, Contact], values: Mapping[str, str]) -> str | None:
    try:
        return fill(name, language, contacts, values)
    except NotRenderable:
        return None
