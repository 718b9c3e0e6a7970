"""Pictures and PDFs that an officer may send, and what hides in such files."""

import io
import zlib

from PIL import Image, PngImagePlugin

SECRET = b"Mannerheimintie-piilossa-7777"
SIZE = (64, 48)


def _drawn() -> Image.Image:
    """Stripes of three colours, so that a picture that was drawn anew or turned would differ."""
    picture = Image.new("RGB", SIZE)
    picture.putdata([(x * 4 % 256, y * 5 % 256, (x + y) % 256) for y in range(SIZE[1]) for x in range(SIZE[0])])
    return picture


def jpeg(*, turned: int = 0, progressive: bool = False) -> bytes:
    """A photograph with the place and the device it was taken with, a comment, and how it is turned."""
    exif = Image.Exif()
    exif[0x010F] = SECRET.decode()  # the maker of the camera
    if turned:
        exif[0x0112] = turned
    exif.get_ifd(0x8825).update({1: "N", 2: (60.0, 10.0, 12.0), 3: "E", 4: (24.0, 56.0, 18.0)})
    made = io.BytesIO()
    _drawn().save(made, "JPEG", exif=exif, comment=SECRET, icc_profile=SECRET, progressive=progressive, quality=90)
    return made.getvalue()


def png() -> bytes:
    """A screenshot with words in its chunks."""
    words, made = PngImagePlugin.PngInfo(), io.BytesIO()
    words.add_text("Author", SECRET.decode())
    words.add_itxt("Comment", SECRET.decode(), zip=False)
    _drawn().save(made, "PNG", pnginfo=words)
    return made.getvalue()


def pdf(body: bytes = b"", *, hidden: bytes = b"") -> bytes:
    """One empty page; `body` stands among its objects, `hidden` within a compressed stream of objects."""
    objects = b"1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    objects += b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 200]>>endobj\n" + body
    if hidden:
        packed = zlib.compress(hidden)
        about = b"<</Type/ObjStm/N 1/First 4/Filter/FlateDecode/Length %d>>" % len(packed)
        objects += b"4 0 obj" + about + b"stream\n" + packed + b"\nendstream endobj\n"
    return b"%PDF-1.7\n" + objects + b"trailer<</Root 1 0 R>>\nstartxref\n9\n%%EOF\n"


def pixels(content: bytes) -> bytes:
    """What a picture shows, unturned."""
    return Image.open(io.BytesIO(content)).convert("RGB").tobytes()
