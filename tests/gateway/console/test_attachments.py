"""Checks of the composer's form with a file or a place, over HTTP and without script; and of the file on the page."""

import json
import uuid
from collections.abc import AsyncIterator, Mapping

import httpx2
import pytest

from gateway.conversations.kinds import ChannelName
from gateway.core.config.settings import Settings
from tests.gateway.console.test_routes import Console, Desk
from tests.worlds import officers as desk
from tests.worlds.files_to_send import jpeg, pdf, pixels, png
from tests.worlds.road import free_port
from tests.worlds.staff import running

pytestmark = pytest.mark.anyio
PLACE = {"place_name": "Pasila", "place_address": "Pasilanraitio 11", "place_coordinates": "60.1989, 24.9358"}


@pytest.fixture
async def console(settings: Settings) -> AsyncIterator[Console]:
    async with running(settings.model_copy(update={"port": free_port()})) as app:
        yield Console(app)


async def send(
    who: Desk,
    talk: uuid.UUID,
    content: bytes | None = None,
    name: str = "kuva.jpg",
    fields: Mapping[str, str] | None = None,
    *,
    quiet: bool = False,
) -> httpx2.Response:
    files = {"file": (name, content if content is not None else b"", "application/octet-stream")}
    return await who.client.post(
        f"/console/conversations/{talk}/reply",
        data={"csrf_token": who.token, **(fields or {})},
        files=files if content is not None else {"file": ("", b"", "application/octet-stream")},
        headers={"x-live": "1"} if quiet else {},
    )


async def test_a_plain_form_sends_words_picture_and_place_and_the_page_shows_them(console: Console) -> None:
    talk = await desk.waiting(console.service)
    async with console.officer("olivia") as olivia, console.officer("oskar") as oskar:
        await olivia.press(talk, "claim")
        answer = await send(olivia, talk, jpeg(turned=6), "IMG 1.JPG", {"text": "Hello there", **PLACE})
        page = await olivia.page(talk)
        (said, *_) = [each for each in await desk.said(console.service, talk, author="officer") if each.file]
        address = f"/console/conversations/{talk}/sent/{said.id}"
        mine, unasked = await olivia.client.get(address), await oskar.client.get(address)
        await oskar.press(talk, "open", ground="colleague")
        asked = await oskar.client.get(address)
        log = await console.audited()

    assert answer.status_code == 303
    assert (said.text, said.file and said.file.name) == ("Hello there", "IMG 1.jpg")
    assert f'src="{address}"' in page
    assert "Pasilanraitio 11" in page
    assert (mine.status_code, mine.headers["content-type"]) == (200, "image/jpeg")
    assert pixels(mine.content) == pixels(jpeg(turned=6))
    assert "sandbox" in mine.headers["content-security-policy"]
    assert (unasked.status_code, asked.status_code) == (422, 200)
    (details,) = [
        json.loads(each[2]) if isinstance(each[2], str) else each[2] for each in log if each[0] == "reply_sent"
    ]
    assert details == {"ground": "own", "picture": True, "place": True}
    assert "IMG" not in str(log)


async def test_a_pdf_is_saved_and_never_shown(console: Console) -> None:
    talk = await desk.waiting(console.service)
    async with console.officer("olivia") as olivia:
        await olivia.press(talk, "claim")
        await send(olivia, talk, pdf(), "Ohje ä.pdf")
        (said,) = await desk.said(console.service, talk, author="officer")
        got = await olivia.client.get(f"/console/conversations/{talk}/sent/{said.id}")

    assert got.content == pdf()
    assert got.headers["content-disposition"] == "attachment; filename*=UTF-8''Ohje%20%C3%A4.pdf"


@pytest.mark.parametrize(
    ("content", "fields", "words"),
    [
        (b"<svg onload='alert(1)'/>", {}, "only pictures (JPEG, PNG) and PDF files"),
        (b"", {}, "the file is empty"),
        (pdf() + b"PK\x03\x04", {}, "the file is damaged"),
        (pdf(b"5 0 obj<</S/JavaScript>>endobj\n"), {}, "holds a script"),
        (png() + bytes(6_000_000), {}, "a picture may have 5 MB"),
        (None, {"place_name": "Pasila"}, "a place needs coordinates"),
        (None, {}, "A reply has 1 to 4096 characters"),
    ],
)
async def test_what_is_refused_is_said_in_words_and_the_text_is_kept(
    console: Console, content: bytes | None, fields: dict[str, str], words: str
) -> None:
    talk = await desk.waiting(console.service)
    text = {"text": "Minun tekstini"} if "characters" not in words else {"text": ""}
    async with console.officer("olivia") as olivia:
        await olivia.press(talk, "claim")
        plain = await send(olivia, talk, content, fields={**fields, **text})
        quiet = await send(olivia, talk, content, fields={**fields, **text}, quiet=True)
        page = await olivia.page(talk)

    assert (plain.status_code, quiet.status_code) == (422, 422)
    assert words in plain.text
    assert words in quiet.json()["error"]
    assert await desk.said(console.service, talk, author="officer") == []
    assert not text["text"] or ">Minun tekstini</textarea>" in page


async def test_on_a_channel_without_files_the_composer_says_so(console: Console) -> None:
    talk = await desk.waiting(console.service)
    whatsapp = console.service.channels[ChannelName.WHATSAPP]
    async with console.officer("olivia") as olivia:
        await olivia.press(talk, "claim")
        with_files = await olivia.page(talk)
        whatsapp.attachments = console.service.channels[ChannelName.MESSENGER].attachments
        try:
            without = await olivia.page(talk)
            refused = await send(olivia, talk, jpeg())
        finally:
            del whatsapp.attachments

    assert 'type="file"' in with_files
    assert 'type="file"' not in without
    assert "Pictures and files cannot be sent on this channel from here" in without
    assert (refused.status_code, "cannot be sent on this channel" in refused.text) == (422, True)


async def test_a_body_beyond_every_file_is_refused_before_it_is_read(console: Console) -> None:
    talk = await desk.waiting(console.service)
    async with console.officer("olivia") as olivia:
        await olivia.press(talk, "claim")
        too_large = await send(olivia, talk, pdf() + bytes(12_000_000))
        elsewhere = await olivia.client.post(f"/console/conversations/{talk}/notes", data={"note": "x" * 2_000_000})

    assert (too_large.status_code, elsewhere.status_code) == (413, 413)


async def test_who_is_not_signed_in_or_forged_sends_nothing(console: Console) -> None:
    talk = await desk.waiting(console.service)
    async with console.officer("olivia") as olivia:
        await olivia.press(talk, "claim")
        olivia.token = "0" * 64
        forged = await send(olivia, talk, jpeg())
        olivia.client.cookies.clear()
        nobody = await send(olivia, talk, jpeg())

    assert forged.status_code == 403
    assert nobody.status_code in (303, 401)
    assert await desk.said(console.service, talk, author="officer") == []


@pytest.mark.parametrize(
    "fields", [{"text": "a\x00b"}, {"place_name": "\x00", "place_coordinates": "60, 24"}, {"form_id": "x", "text": "a"}]
)
async def test_what_no_database_stores_is_a_refusal(console: Console, fields: dict[str, str]) -> None:
    talk = await desk.waiting(console.service)
    async with console.officer("olivia") as olivia:
        await olivia.press(talk, "claim")
        answer = await send(olivia, talk, fields=fields)

    assert answer.status_code == 422
