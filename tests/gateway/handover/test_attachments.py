"""Checks of what officers send along: told by its content, without what it tells besides itself, and nothing active."""

import io
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from PIL import Image

from gateway.conversations.attachments import FileType, Place
from gateway.core.config.settings import Settings
from gateway.handover import pictures
from gateway.handover.attachments import LARGEST, AttachmentRefused, checked_file, read_place
from tests.worlds.files_to_send import SECRET, jpeg, pdf, pixels, png

pytestmark = pytest.mark.anyio
GPS, ORIENTATION = 0x8825, 0x0112
SCRIPT = b"5 0 obj<</S/JavaScript/JS(app.alert(1))>>endobj\n"


@pytest.mark.parametrize(
    ("content", "kind"), [(jpeg(), "image/jpeg"), (png(), "image/png"), (pdf(), "application/pdf")]
)
async def test_a_file_is_what_its_content_says_whatever_its_name(content: bytes, kind: str) -> None:
    for name in ("kuva.pdf", "kuva.jpg", "kuva.exe", "kuva", ""):
        file = await checked_file(name, content)
        assert file.media_type == kind
        assert file.name.endswith({"image/jpeg": ".jpg", "image/png": ".png", "application/pdf": ".pdf"}[kind])


@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("turned", [0, 6, 8])
async def test_a_photograph_goes_out_without_where_and_with_what_it_was_taken(turned: int, progressive: bool) -> None:
    before = jpeg(turned=turned, progressive=progressive)
    assert SECRET in before
    assert Image.open(io.BytesIO(before)).getexif().get_ifd(GPS), "the photograph knows where it was taken"

    after = (await checked_file("IMG_1.jpg", before)).content

    opened = Image.open(io.BytesIO(after))
    assert (SECRET in after, dict(opened.getexif().get_ifd(GPS))) == (False, {})
    assert opened.getexif().get(ORIENTATION, 0) == turned, "else it would lie on its side"
    assert set(opened.getexif()) <= {ORIENTATION}
    assert pixels(after) == pixels(before)


async def test_a_screenshot_goes_out_without_its_words() -> None:
    before = png()
    assert SECRET in before

    after = (await checked_file("a.png", before)).content

    assert SECRET not in after
    assert pixels(after) == pixels(before)


@pytest.mark.parametrize("content", [jpeg(), png()])
async def test_what_stands_behind_the_end_of_a_picture_stays_here(content: bytes) -> None:
    hidden = b"PK\x03\x04<script>alert(1)</script>" + SECRET
    assert (await checked_file("a", content + hidden)).content == (await checked_file("a", content)).content


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "file_empty"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "file_type"),
        (b"<?xml version='1.0'?><svg/>", "file_type"),
        (b"<html><script>alert(1)</script></html>", "file_type"),
        (b"GIF89a" + bytes(40), "file_type"),
        (b"MZ" + bytes(40), "file_type"),
        (b" " + pdf(), "file_type"),
        (jpeg()[: len(jpeg()) // 2], "file_damaged"),
        (png()[:-8], "file_damaged"),
        (b"\xff\xd8\xff" + bytes(100), "file_damaged"),
        (b"\xff\xd8\xff\xd9", "file_damaged"),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), "file_damaged"),
        (pdf() + b"PK\x03\x04 a second file", "file_damaged"),
        (pdf()[:-12], "file_damaged"),
        (b"%PDF-1.7\n%%EOF\n", "file_damaged"),
        (pdf(SCRIPT), "file_active"),
        (pdf(b"5 0 obj<</S/J#61va#53cript/J#53(x)>>endobj\n"), "file_active"),
        (pdf(b"5 0 obj<</S/Launch/F(cmd.exe)>>endobj\n"), "file_active"),
        (pdf(b"5 0 obj<</Names<</EmbeddedFiles 6 0 R>>>>endobj\n"), "file_active"),
        (pdf(b"5 0 obj<</Filter/Standard>>endobj trailer<</Encrypt 5 0 R>>\n"), "file_active"),
        (pdf(hidden=b"5 0 <</S/JavaScript/JS(x)>>"), "file_active"),
        (pdf(b"4 0 obj<</Type/Obj#53tm/Filter/LZWDecode>>stream\nxyz\nendstream endobj\n"), "file_active"),
    ],
)
async def test_what_is_no_picture_and_no_quiet_document_is_refused(content: bytes, why: str) -> None:
    with pytest.raises(AttachmentRefused) as refused:
        await checked_file("kuva.jpg", content)
    assert refused.value.code == why


async def test_a_pdf_that_speaks_of_scripts_on_its_pages_goes_out() -> None:
    """What stands on a page, and names that only begin like one that acts, are no action."""
    page = zlib.compress(b"BT (JavaScript /JS Launch) Tj ET")
    stream = b"5 0 obj<</Filter/FlateDecode/Length %d>>stream\n%s\nendstream endobj\n" % (len(page), page)
    content = pdf(stream + b"6 0 obj<</JSON 1/LaunchDate 2>>endobj\n", hidden=b"7 0 <</Type/Font>>")

    assert (await checked_file("a.pdf", content)).content == content


async def test_a_bomb_of_objects_is_not_opened_to_its_end() -> None:
    with pytest.raises(AttachmentRefused) as refused:
        await checked_file("a.pdf", pdf(hidden=bytes(40_000_000)))
    assert refused.value.code == "file_active"


async def test_a_picture_that_opens_into_gigabytes_is_refused() -> None:
    content = bytearray(png())
    content[16:24] = (50_000).to_bytes(4, "big") * 2
    content[29:33] = zlib.crc32(bytes(content[12:29])).to_bytes(4, "big")
    with pytest.raises(pictures.NotAPicture, match="too large"):
        pictures.rewritten(bytes(content))


@pytest.mark.parametrize(("begin", "kind"), [(jpeg(), "picture"), (pdf(), "document")])
async def test_a_file_over_its_limit_is_refused(begin: bytes, kind: str) -> None:
    with pytest.raises(AttachmentRefused) as refused:
        await checked_file("a", begin + bytes(LARGEST[kind]))  # type: ignore[index]
    assert refused.value.code == "file_too_large"


def test_a_form_has_room_for_the_largest_file() -> None:
    assert Settings().reply_form_size_limit > max(LARGEST.values()) + 100_000


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("ohje.pdf", "ohje.pdf"),
        ("C:\\Users\\sari\\Työ pöytä\\ohje (2).PDF", "ohje (2).pdf"),
        ("../../etc/passwd.pdf", "passwd.pdf"),
        ('a"\r\nSet-Cookie: x=1;.pdf', "a Set-Cookie x 1.pdf"),
        ("<img src=x>.pdf", "img src x.pdf"),
        ("", "neuvo.pdf"),
        ("....pdf", "neuvo.pdf"),
        ("ä" * 300 + ".pdf", "ä" * 60 + ".pdf"),
    ],
)
async def test_of_a_name_only_what_a_name_needs_is_kept(given: str, shown: str) -> None:
    assert (await checked_file(given, pdf())).name == shown


@given(place=some.integers(0, 100_000), bits=some.integers(1, 255), cut=some.integers(0, 100_000))
@settings(max_examples=300, deadline=None)
def test_no_file_makes_an_error_that_nobody_foresaw(place: int, bits: int, cut: int) -> None:
    from gateway.handover.attachments import _checked_file

    for whole in (jpeg(turned=6), png(), pdf(SCRIPT, hidden=b"5 0 <<>>")):
        content = bytearray(whole)
        content[place % len(content)] ^= bits
        for tried in (bytes(content), bytes(content[: cut % len(content)])):
            try:
                file = _checked_file("a", tried)
            except AttachmentRefused:
                continue
            assert file.media_type in FileType
            assert file.content == _checked_file("a", file.content).content, "what went out once goes out again"


@pytest.mark.parametrize(
    ("written", "place"),
    [
        ("60.1699, 24.9384", (60.1699, 24.9384)),
        ("60,1699 24,9384", (60.1699, 24.9384)),
        ("60,1699; 24,9384", (60.1699, 24.9384)),
        (" -33.85 ,151.21 ", (-33.85, 151.21)),
        ("60.1699", None),
        ("Pasila", None),
        ("91, 24", None),
        ("60, 181", None),
        ("nan, inf", None),
        ("60.1699, 24.9384, 1", None),
        ("6" * 400, None),
    ],
)
def test_coordinates_are_read_as_maps_write_them_and_nothing_is_guessed(
    written: str, place: tuple[float, float] | None
) -> None:
    if place is None:
        with pytest.raises(AttachmentRefused):
            read_place(written, "Poliisitalo", "")
        return
    assert read_place(written, " Pasilan   poliisitalo ", "") == Place(
        latitude=place[0], longitude=place[1], name="Pasilan poliisitalo"
    )


def test_a_place_without_coordinates_is_not_lost_silently_and_none_at_all_is_none() -> None:
    assert read_place("", " ", "") is None
    with pytest.raises(AttachmentRefused) as refused:
        read_place("", "", "Pasilanraitio 11")
    assert refused.value.code == "place_unclear"
