"""Referrals, images: a link as a QR code (SVG, PNG, path), and the poster as SVG in every paper size."""

import io
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

from gateway.conversations.kinds import ChannelName
from gateway.core.http.pages import templates
from gateway.core.i18n import gettext
from gateway.referrals.links import Links
from gateway.referrals.wording import SCAN

if TYPE_CHECKING:
    import segno


# The margin in modules (squares of the code) that ISO/IEC 18004 requires, else cameras do not find the code.
QUIET_ZONE = 4
# Of the PNG: about 25 squares across, so 8 cm at 300 dots an inch.
_PIXELS, _DOTS_PER_INCH = 30, 300


@dataclass(frozen=True)
class Size:
    """A sheet of paper, in millimetres."""

    name: str
    width: int
    height: int


SIZES = {size.name: size for size in (Size("a6", 105, 148), Size("a4", 210, 297))}


def _code(link: str) -> "segno.QRCode":
    # Error correction level Q: a quarter of the code may be damaged.
    import segno  # imported late: only posters need it

    return segno.make_qr(link, error="q", boost_error=False)


def qr_svg(link: str, label: str) -> bytes:
    """The QR code as an SVG of 50 mm; `label` is its title for screen readers."""
    made = io.BytesIO()
    code = _code(link)
    code.save(
        made,
        kind="svg",
        border=QUIET_ZONE,
        scale=50 / code.symbol_size(border=QUIET_ZONE)[0],
        unit="mm",
        title=label,
        light="#fff",
    )
    return made.getvalue()


def qr_png(link: str) -> bytes:
    """The QR code as a PNG of 300 dpi, for programs that take no SVG."""
    made = io.BytesIO()
    _code(link).save(made, kind="png", border=QUIET_ZONE, scale=_PIXELS, dpi=_DOTS_PER_INCH)
    return made.getvalue()


@dataclass(frozen=True)
class QrPath:
    """The QR code as one SVG path; `across` is its width in modules, quiet zone included."""

    across: int
    path: str


def qr_path(link: str) -> QrPath:
    """The dark modules; each run in a row is one rectangle."""
    code = _code(link)
    pieces = []
    for row, modules in enumerate(code.matrix):
        column = 0
        for dark, run in groupby(modules, key=bool):
            width = len(list(run))
            if dark:
                pieces.append(f"M{column + QUIET_ZONE} {row + QUIET_ZONE}h{width}v1h-{width}z")
            column += width
    return QrPath(len(code.matrix) + 2 * QUIET_ZONE, "".join(pieces))


# The drawing is made for A6; larger papers of the same shape show it larger. Millimetres there.
_WIDTH = 105


# Words and the address are as long as they are: letters get smaller where a line would not fit. The mean letter's width
# in shares of the font's size is that of the widest common font (DejaVu Sans), for nobody knows what the printer has.
_LETTER, _BOLD_LETTER = 0.6, 0.69


def fitted(words: str, largest: float, room: float = 88, *, bold: bool = False) -> float:
    """The size of the letters in millimetres, at most `largest`, with which a line fits into `room` millimetres."""
    letter = _BOLD_LETTER if bold else _LETTER
    return round(min(largest, room / (letter * len(words))), 2)


def poster(links: Links, platform: ChannelName, language: str, size: Size) -> str:
    """The poster as SVG in millimetres, without anything that must be fetched."""
    link = links.link(platform, language)
    typed = f"{gettext(language, 'Without a camera:')} {links.short()}"
    context: dict[str, Any] = {
        "language": language,
        "scan": gettext(language, SCAN[platform]),
        "short": links.short(),
        "short_size": fitted(typed, 3.8),
        "fitted": fitted,
        "code": qr_path(link),
        "size": size,
        "height": round(_WIDTH * size.height / size.width, 2),
    }
    return templates.get_template("referrals/poster.xml").render(context)
