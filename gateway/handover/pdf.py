"""Handover, PDF: what an officer sends as a document shows pages and does nothing.

A file that runs a script, opens a program, or carries another file within it is refused, also where these are hidden in
compressed parts or in escaped names. Nothing is taken out: who wrote it, and with what, goes along.
"""

import re
import zlib
from collections.abc import Iterator

START, END = b"%PDF-", b"%%EOF"
# ISO 32000: names of what acts or hides by itself; an encrypted file cannot be looked into.
_ACTIVE = (
    b"/JavaScript", b"/JS", b"/Launch", b"/EmbeddedFile", b"/EmbeddedFiles", b"/RichMedia", b"/XFA", b"/SubmitForm",
    b"/ImportData", b"/GoToE", b"/Encrypt",
)  # fmt: skip
_ENDS_NAME = rb"(?![^\x00\t\n\f\r ()<>\[\]{}/%])"
_FOUND = re.compile(b"(?:" + b"|".join(map(re.escape, _ACTIVE)) + b")" + _ENDS_NAME)
_ESCAPED = re.compile(rb"#([0-9A-Fa-f]{2})")
_STREAM = re.compile(rb">>[\x00\t\n\f\r ]*stream\r?\n(.*?)endstream", re.DOTALL)
_OBJECTS = b"/ObjStm"  # the type of a stream that holds objects; all others hold pages, pictures and fonts
_MOST_OPENED = 16 * 1024 * 1024  # bytes of all such streams together: more than ours have, less than an attack


class NotADocument(ValueError):
    """The bytes are no whole PDF, or have something behind its end."""


class Active(ValueError):
    """The PDF does something, or hides something, besides showing pages."""


def check(content: bytes) -> None:
    """Raises `NotADocument` or `Active`."""
    if not content.startswith(START):
        raise NotADocument("It does not begin as a PDF.")
    head, mark, behind = content.rpartition(END)
    if not mark or behind.strip(b"\x00\t\n\f\r ") or b"startxref" not in head[-4096:]:
        raise NotADocument("It does not end as a PDF.")
    if any(_FOUND.search(_plain(part)) for part in _parts(content)):
        raise Active("It is not only pages.")


def _plain(part: bytes) -> bytes:
    """Names without escapes: `/J#53` is `/JS`."""
    return _ESCAPED.sub(lambda match: bytes([int(match[1], 16)]), part)


def _parts(content: bytes) -> Iterator[bytes]:
    """What stands in clear between the streams, and the objects within streams."""
    yield _STREAM.sub(b">> ", content)
    opened = 0
    for found in _STREAM.finditer(content):
        about = content[content.rfind(b"obj", 0, found.start()) : found.start()]
        if _OBJECTS not in _plain(about):
            continue
        try:
            part = zlib.decompressobj().decompress(found[1], _MOST_OPENED)
        except zlib.error as error:
            raise Active("Its objects cannot be looked at.") from error
        opened += len(part)
        if opened >= _MOST_OPENED:
            raise Active("It opens into more than can be looked at.")
        yield part
