"""Checks of opening a file: only when asked, only from Meta, within limits, and never kept."""

import hashlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI, Request, Response
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from gateway.channels.base import MediaRefused
from gateway.channels.meta.graph import GraphClient
from gateway.channels.whatsapp.channel import WhatsApp
from gateway.channels.whatsapp.errors import WHATSAPP_CODES
from gateway.channels.whatsapp.media import LARGEST, MediaReader, sniffed
from gateway.core.config.settings import Settings
from simulator import Citizen, SimulatorConfig, create_simulator
from tests.worlds.road import free_port, served

pytestmark = pytest.mark.anyio
PNG = b"\x89PNG\r\n\x1a\n" + b"x" * 40


def whatsapp(port: int, folder: Path) -> WhatsApp:
    return WhatsApp(
        Settings(
            graph_base_url=f"http://127.0.0.1:{port}/graph", whatsapp_access_token=SecretStr("token"), state_dir=folder
        )
    )


@pytest.mark.parametrize(
    ("kind", "mime_type"), [("image", "image/png"), ("audio", "audio/ogg"), ("document", "application/pdf")]
)
async def test_an_officer_sees_what_a_citizen_sent_and_nothing_is_kept(
    tmp_path: Path, kind: str, mime_type: str
) -> None:
    port = free_port()
    app = create_simulator(SimulatorConfig(webhook_url="http://127.0.0.1:9/", app_secret="x", access_token="token"))
    channel = whatsapp(port, tmp_path)
    async with served(app, port):
        phone = Citizen(app.state.simulator, app.state.simulator.new_phone("Aino").id)
        found, content = await channel.open_media(str(phone.sends(kind).content["id"]))
        with pytest.raises(MediaRefused, match="not there any more"):
            await channel.open_media("12345")
    await channel.close()

    assert found == mime_type
    assert mime_type in sniffed(content)
    assert list(tmp_path.iterdir()) == []


class Shelf:
    """A Graph endpoint that serves one file as it is told, and notes who came with which token."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.about: dict[str, Any] = {"mime_type": "image/png", "url": f"http://127.0.0.1:{port}/file"}
        self.content, self.status = PNG, 200
        self.tokens: list[str | None] = []

    def app(self) -> FastAPI:
        app = FastAPI()

        @app.get("/graph/v25.0/{reference}")
        async def about(reference: str) -> dict[str, Any]:
            return self.about

        @app.get("/file")
        async def file(request: Request) -> Response:
            self.tokens.append(request.headers.get("authorization"))
            headers = {"location": f"http://127.0.0.1:{self.port}/file"} if self.status == 302 else None
            return Response(self.content, status_code=self.status, headers=headers)

        return app


@pytest.fixture
async def shelf(tmp_path: Path) -> AsyncIterator[tuple[Shelf, WhatsApp]]:
    shelf = Shelf(free_port())
    channel = whatsapp(shelf.port, tmp_path)
    async with served(shelf.app(), shelf.port):
        yield shelf, channel
    await channel.close()


def change(**about: Any) -> Callable[[Shelf], None]:
    return lambda shelf: shelf.about.update(about)


def holds(content: bytes = PNG, status: int = 200) -> Callable[[Shelf], None]:
    def put(shelf: Shelf) -> None:
        shelf.content, shelf.status = content, status

    return put


REFUSED: list[tuple[Callable[[Shelf], None], str, int]] = [
    (change(mime_type="text/html"), "not opened here", 0),
    (change(mime_type="application/vnd.ms-excel"), "not opened here", 0),
    (change(mime_type=None), "not opened here", 0),
    (change(file_size=6 * 2**20), "larger than WhatsApp allows", 0),
    (change(url="http://127.0.0.1:1/file"), "not its own", 0),
    (change(url="https://fbsbx.com.evil.example/file"), "not its own", 0),
    (change(url="https://evilfbsbx.com/file"), "not its own", 0),
    (change(url="http://lookaside.fbsbx.com/file"), "not its own", 0),
    (change(url=None), "not its own", 0),
    (change(sha256="0" * 64), "did not give", 1),
    (holds(b"\x89PNG\r\n\x1a\n" + b"x" * 5 * 2**20), "larger than WhatsApp allows", 1),
    (holds(b"<html><script>alert(1)</script>"), "not what it says", 1),
    (holds(b"MZ\x90\x00\x03"), "not what it says", 1),
    (holds(status=404), "not there any more", 1),
    (holds(status=302), "did not give", 1),
    (holds(status=500), "did not give", 1),
]


async def test_what_is_too_large_foreign_or_false_is_refused_with_a_sentence_and_our_token_goes_nowhere_else(
    shelf: tuple[Shelf, WhatsApp],
) -> None:
    place, channel = shelf
    for spoil, words, visits in REFUSED:
        place.about = {"mime_type": "image/png", "url": f"http://127.0.0.1:{place.port}/file"}
        place.content, place.status, place.tokens = PNG, 200, []
        spoil(place)
        with pytest.raises(MediaRefused, match=words) as refused:
            await channel.open_media("9")
        assert (refused.value.status, len(place.tokens)) == (422, visits), words


async def test_a_good_file_comes_with_our_token_and_its_checksum(shelf: tuple[Shelf, WhatsApp]) -> None:
    place, channel = shelf
    place.about |= {"sha256": hashlib.sha256(PNG).hexdigest(), "file_size": len(PNG)}

    assert await channel.open_media("9") == ("image/png", PNG)
    assert place.tokens == ["Bearer token"]


@pytest.mark.parametrize("reference", ["", "../me", "9?fields=x", "a/b", "x" * 300])
async def test_a_reference_cannot_lead_anywhere_else(shelf: tuple[Shelf, WhatsApp], reference: str) -> None:
    with pytest.raises(MediaRefused, match="not the reference"):
        await shelf[1].open_media(reference)


@given(
    st.text(max_size=60) | st.from_regex(r"https://[a-z.]{1,20}(fbsbx\.com|facebook\.com)?(:\d+)?/x", fullmatch=True)
)
@settings(deadline=None)
def test_only_metas_own_hosts_over_tls_ever_see_our_token(address: str) -> None:
    reader = MediaReader(
        GraphClient("https://graph.facebook.com", "v25.0", "token", 1, WHATSAPP_CODES), "https://graph.facebook.com"
    )
    if reader._is_metas(address):
        parts = httpx2.URL(address)
        assert parts.scheme == "https"
        assert parts.host.rstrip(".").split(".")[-2:] in [
            ["fbsbx", "com"],
            ["facebook", "com"],
            ["whatsapp", "net"],
            ["whatsapp", "com"],
            ["fbcdn", "net"],
        ]


@given(st.binary(max_size=64))
def test_whatever_bytes_come_they_are_one_of_the_opened_types_or_none(content: bytes) -> None:
    assert sniffed(content) <= set(LARGEST)
