"""Sample files of every media type, made here; none is copied from elsewhere."""

import struct
import zlib
from functools import cache

WIDTH, HEIGHT = 320, 240
_PDF = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 200]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
)
# How a file of a type begins, by which a reader tells it.
_BEGINNINGS = {
    "image/jpeg": b"\xff\xd8\xff\xe0",
    "image/webp": b"RIFF\x24\x00\x00\x00WEBP",
    "audio/ogg": b"OggS\x00\x02",
    "audio/mpeg": b"ID3\x04\x00",
    "audio/amr": b"#!AMR\n",
    "audio/mp4": b"\x00\x00\x00\x18ftypM4A ",
    "audio/aac": b"\xff\xf1\x50\x80",
    "video/mp4": b"\x00\x00\x00\x18ftypisom",
    "video/3gpp": b"\x00\x00\x00\x18ftyp3gp4",
}


@cache
def picture() -> bytes:
    """A PNG of an evening over the sea: sky, sun, water; no person in it."""
    rows = b"".join(b"\x00" + b"".join(_colour(x, y) for x in range(WIDTH)) for y in range(HEIGHT))
    header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(rows, 9)) + _chunk(b"IEND", b"")
    )


def sample(mime_type: str) -> bytes:
    """The bytes of a sample file; sounds and films begin as their type does and cannot be played."""
    if mime_type.startswith("image/png"):
        return picture()
    if mime_type == "application/pdf":
        return _PDF
    beginning = _BEGINNINGS.get(mime_type.partition(";")[0].strip(), b"")
    return beginning + f"neuvo simulator sample of {mime_type}\n".encode()


def _chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def _colour(x: int, y: int) -> bytes:
    horizon, down = 150, y / HEIGHT
    if (x - 215) ** 2 + (y - 120) ** 2 < 28**2 and y < horizon:
        return bytes((255, 226, 158))
    if y < horizon:
        return bytes((int(70 + 190 * down), int(110 + 90 * down), int(170 - 40 * down)))
    if abs(x - 215) < 6 + (y - horizon) // 4 and y % 5 < 3:
        return bytes((236, 190, 140))
    island = 140 - abs(x - 70) // 4
    return bytes((30, 52, 60)) if y < horizon + 8 and island > 125 and x < 130 else bytes((48, 84, 108))
