"""Under doors: a link as a code for cameras, and the poster around it, in sizes that a printer understands; pure."""

import io
from dataclasses import dataclass
from itertools import groupby

import segno

# Around the code, in its own squares: what the standard asks for, else cameras do not find it.
QUIET = 4
# Of the PNG: about 25 squares across, so 8 cm at 300 dots an inch.
_PIXELS, _DOTS_PER_INCH = 30, 300


@dataclass(frozen=True)
class Size:
    """A sheet of paper, in millimetres."""

    name: str
    width: int
    height: int


SIZES = {size.name: size for size in (Size("a6", 105, 148), Size("a4", 210, 297))}


def _code(link: str) -> segno.QRCode:
    # A quarter of the squares may be worn or written over.
    return segno.make_qr(link, error="q", boost_error=False)


def as_svg(link: str, label: str) -> bytes:
    """The code as a drawing of 50 mm, with `label` for who hears it."""
    made = io.BytesIO()
    code = _code(link)
    code.save(
        made,
        kind="svg",
        border=QUIET,
        scale=50 / code.symbol_size(border=QUIET)[0],
        unit="mm",
        title=label,
        light="#fff",
    )
    return made.getvalue()


def as_png(link: str) -> bytes:
    """The code as a picture for programs that take no drawings."""
    made = io.BytesIO()
    _code(link).save(made, kind="png", border=QUIET, scale=_PIXELS, dpi=_DOTS_PER_INCH)
    return made.getvalue()


@dataclass(frozen=True)
class Squares:
    """The code as one path: `across` squares in each direction, the quiet ones included."""

    across: int
    path: str


def squares(link: str) -> Squares:
    """The dark squares, each run of a row as one piece."""
    code = _code(link)
    pieces = []
    for row, modules in enumerate(code.matrix):
        column = 0
        for dark, run in groupby(modules, key=bool):
            width = len(list(run))
            if dark:
                pieces.append(f"M{column + QUIET} {row + QUIET}h{width}v1h-{width}z")
            column += width
    return Squares(len(code.matrix) + 2 * QUIET, "".join(pieces))
