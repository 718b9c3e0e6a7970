"""Web chat: a reply's text in pieces that a page can show: plain, strong, a phone number, a link."""

import re
from typing import NamedTuple

# As on WhatsApp a title stands between stars. Only what we write ourselves is read so.
_PIECES = re.compile(
    r"(?P<strong>(?<![\w*])\*[^*\n]+\*(?![\w*]))"
    r"|(?P<link>https?://[^\s<>()\"']*[^\s<>()\"'.,;:!?])"
    r"|(?P<site>(?<![\w@./-])(?:[a-z0-9-]+\.)+(?:fi|com|org|eu|net)(?:/[\w/.-]*\w)?(?![\w@-]))"
    r"|(?P<phone>(?<![\w+-])(?:\+358 ?\d[\d ]{5,12}\d|0\d[\d ]{5,11}\d|112|116 ?\d{3})(?![\w-]))"
)


class Piece(NamedTuple):
    """Part of a text and how it is shown; `href` where it is a link."""

    text: str
    strong: bool = False
    href: str = ""


def pieces_of(text: str) -> list[Piece]:
    """The pieces in order; joined they are the text without its stars."""
    return list(_read(text, strong=False))


def _read(text: str, *, strong: bool) -> list[Piece]:
    found: list[Piece] = []
    start = 0
    for match in _PIECES.finditer(text):
        if strong and match.lastgroup == "strong":
            continue
        if match.start() > start:
            found.append(Piece(text[start : match.start()], strong))
        found += _piece(match, strong=strong)
        start = match.end()
    if start < len(text):
        found.append(Piece(text[start:], strong))
    return found


def _piece(match: re.Match[str], *, strong: bool) -> list[Piece]:
    found = match.group()
    if match.lastgroup == "strong":
        return _read(found[1:-1], strong=True)
    if match.lastgroup == "phone":
        return [Piece(found, strong, f"tel:{found.replace(' ', '')}")]
    return [Piece(found, strong, found if match.lastgroup == "link" else f"https://{found}")]
