"""Handover, pictures: a JPEG or PNG is written anew with only what shows the picture, before an officer sends it.

Where and when it was taken, with what, and whatever else is hidden in it or behind its end stays here. Nothing is drawn
anew: the picture itself is the same, bit for bit. What does not follow its format to the end is no picture.
"""

import struct
import zlib
from collections.abc import Iterator

JPEG_START, JPEG_END = b"\xff\xd8", b"\xff\xd9"
PNG_START = b"\x89PNG\r\n\x1a\n"
# JPEG (ITU T.81): the segments by which it is decoded; Adobe's says how its colours are mixed.
_JPEG_KEPT = frozenset({0xDB, 0xC4, 0xDD, *(each for each in range(0xC0, 0xD0) if each != 0xC8)})
_SCAN, _ADOBE, _EXIF = 0xDA, 0xEE, 0xE1
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_RESTARTS = range(0xD0, 0xD8)
# PNG (W3C, third edition): the chunks by which it is shown, none of which carries words.
_PNG_KEPT = frozenset(
    {b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"sBIT", b"bKGD", b"pHYs"}
)
_ORIENTATION = 0x0112
# A picture that opens into gigabytes is an attack on the phone that shows it.
MOST_PIXELS = 100_000_000


class NotAPicture(ValueError):
    """The bytes do not follow the format that they begin with, or the picture is too large to be shown."""


def rewritten(content: bytes) -> bytes:
    """The picture alone, of a JPEG or PNG; raises `NotAPicture`."""
    try:
        return _png(content) if content.startswith(PNG_START) else _jpeg(content)
    except (struct.error, IndexError) as error:
        raise NotAPicture("It ends too early.") from error


def _jpeg(content: bytes) -> bytes:
    turned, kept, shows = b"", [], False
    for marker, segment in _segments(content):
        if marker == _EXIF:
            turned = turned or _orientation_alone(segment)
        elif marker in (*_JPEG_KEPT, _SCAN) or (marker == _ADOBE and segment[4:9] == b"Adobe"):
            kept.append(segment)
        if marker in _FRAMES:
            _check_size(*struct.unpack_from(">HH", segment, 5))
        shows = shows or marker == _SCAN
    if not shows:
        raise NotAPicture("It shows nothing.")
    return b"".join([JPEG_START, turned, *kept, JPEG_END])


def _segments(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Marker and bytes of each segment up to the end of the picture; a scan with the data behind it."""
    place = len(JPEG_START)
    while True:
        if content[place] != 0xFF:
            raise NotAPicture("It is no JPEG.")
        while content[place + 1] == 0xFF:  # fill bytes
            place += 1
        marker = content[place + 1]
        if marker == JPEG_END[1]:
            return
        (length,) = struct.unpack_from(">H", content, place + 2)
        end = place + 2 + length
        if length < 2 or end > len(content):
            raise NotAPicture("It ends too early.")
        if marker == _SCAN:
            end = _end_of_scan(content, end)
        yield marker, content[place:end]
        place = end


def _end_of_scan(content: bytes, place: int) -> int:
    """Where the entropy-coded data ends: at the next marker that is no restart and no stuffed byte."""
    while (place := content.find(b"\xff", place)) >= 0:
        if content[place + 1] not in (0x00, *_RESTARTS):
            return place
        place += 2
    raise NotAPicture("It ends too early.")


def _orientation_alone(segment: bytes) -> bytes:
    """An Exif segment that says how the picture is turned and nothing else; empty where it is not turned."""
    body = segment[4:]
    if not body.startswith(b"Exif\x00\x00"):
        return b""
    tiff = body[6:]
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2])
    if order is None:
        return b""
    try:
        (start,) = struct.unpack_from(f"{order}I", tiff, 4)
        (count,) = struct.unpack_from(f"{order}H", tiff, start)
        values = [
            struct.unpack_from(f"{order}HHIH", tiff, start + 2 + 12 * number) for number in range(min(count, 200))
        ]
    except struct.error:
        return b""
    turned = next((value for tag, _, _, value in values if tag == _ORIENTATION and 1 < value <= 8), None)
    if turned is None:
        return b""
    entry = struct.pack(">HHIHH", _ORIENTATION, 3, 1, turned, 0)
    exif = b"Exif\x00\x00MM\x00*" + struct.pack(">IH", 8, 1) + entry + struct.pack(">I", 0)
    return b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif


def _png(content: bytes) -> bytes:
    kept: list[tuple[bytes, bytes]] = []
    for name, chunk in _chunks(content):
        if not kept and name != b"IHDR":
            raise NotAPicture("It is no PNG.")
        if name == b"IHDR":
            _check_size(*struct.unpack_from(">II", chunk, 8))
        if name in _PNG_KEPT:
            kept.append((name, chunk))
        elif not name[0] & 0x20:  # a critical chunk that nobody knows: without it the picture would be another
            raise NotAPicture("It is no PNG of today.")
    if b"IDAT" not in dict(kept):
        raise NotAPicture("It shows nothing.")
    return PNG_START + b"".join(chunk for _, chunk in kept)


def _chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Name and bytes of each chunk up to the end of the picture, its checksum verified."""
    place, name = len(PNG_START), b""
    while name != b"IEND":
        length, name = struct.unpack_from(">I4s", content, place)
        chunk = content[place : place + 12 + length]
        if len(chunk) < 12 + length or zlib.crc32(chunk[4:-4]) != int.from_bytes(chunk[-4:], "big"):
            raise NotAPicture("It is damaged.")
        place += len(chunk)
        yield name, chunk


def _check_size(one: int, other: int) -> None:
    if not 0 < one * other <= MOST_PIXELS:
        raise NotAPicture("It is too large to be shown.")
