"""Checks that whoever asked to be erased does not come back with a backup, by whatever channel they wrote."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from sqlalchemy import select

from gateway.api.kinds import Scope
from gateway.conversations.kinds import ChannelName
from gateway.conversations.models import Contact, Conversation
from gateway.core.config.settings import Settings
from gateway.core.crypto import DataKeys
from gateway.ops.backup.file import read
from gateway.ops.backup.make import make_backup
from gateway.ops.backup.restore import restore_backup
from gateway.privacy.erased_list import ErasedList
from simulator import Platform
from tests.gateway.ops.test_backup import texts
from tests.gateway.test_nothing_in_clear import dump
from tests.worlds import integrators
from tests.worlds.meta_bodies import ACCOUNT, APP, PAGE
from tests.worlds.road import Road, open_road, until
from tests.worlds.scripted_engine import ScriptedEngine
from tests.worlds.staff import running
from tests.worlds.webchat_visitor import News, Visitor

pytestmark = pytest.mark.anyio
WORDS, OTHERS = "mun kuva levitettiin", "toisen asia"
Erase = Callable[[], Awaitable[None]]


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """On every channel there is."""
    on = {"messenger_page_id": PAGE, "messenger_app_id": APP, "instagram_account_id": ACCOUNT}
    return settings.model_copy(update=on)


@pytest.fixture
async def road(settings: Settings, engine: ScriptedEngine) -> AsyncIterator[Road]:
    async with open_road(settings, engine, pair_limit=False) as road:
        yield road


async def by_phone(road: Road, channel: ChannelName) -> Erase:
    """Somebody writes on a platform of Meta's; returns how they ask to be erased."""
    citizen = road.citizen(platform=Platform(channel))
    citizen.writes(WORDS)
    await citizen.next_reply()

    async def erase() -> None:
        citizen.writes("poista tietoni")
        while not (await citizen.next_reply()).text.startswith("Poistanko heti"):
            pass
        citizen.taps("Kyllä, poista")
        while not (await citizen.next_reply()).text.startswith("Valmis."):
            pass

    return erase


async def by_page(road: Road, *, with_the_button: bool) -> Erase:
    """Somebody writes in the web chat; they ask in words, or press the page's own button."""
    visitor = Visitor(road.settings.port)
    await visitor.open()
    await visitor.write(WORDS)
    async with visitor.listening() as news:
        await until(lambda: _is_said(news, "Hei!"))

    async def erase() -> None:
        if with_the_button:
            await visitor.post("/chat/end")
        else:
            await visitor.write("poista tietoni")
            async with visitor.listening() as news:
                await until(lambda: _is_said(news, "Poistanko heti"))
                await visitor.write("Kyllä, poista", choice="privacy:erase:yes")
                await until(lambda: _is_said(news, "Valmis."))
        await visitor.close()

    return erase


async def _is_said(news: News, words: str) -> bool:
    return any(words in text for author in ("bot", "system") for text in news.texts(author))


def test_each_channel_is_tried() -> None:
    assert {channel for channel, _ in WAYS} == set(ChannelName)


WAYS = [
    (ChannelName.WHATSAPP, False),
    (ChannelName.MESSENGER, False),
    (ChannelName.INSTAGRAM, False),
    (ChannelName.WEB, False),
    (ChannelName.WEB, True),
]


@pytest.mark.parametrize(("channel", "with_the_button"), WAYS)
async def test_who_was_erased_does_not_come_back_with_a_backup(
    road: Road, tmp_path: Path, channel: ChannelName, with_the_button: bool
) -> None:
    if channel == ChannelName.WEB:
        erase = await by_page(road, with_the_button=with_the_button)
    else:
        erase = await by_phone(road, channel)
    gone = await only_talk(road)
    assert gone.channel == channel
    other = road.citizen()
    other.writes(OTHERS)
    await other.next_reply()
    await asyncio.to_thread(make_backup, road.settings, tmp_path / "one.backup")
    keys = DataKeys(road.settings.data_key.get_secret_value())
    assert gone.id in {row["id"] for table, row in read(tmp_path / "one.backup", keys) if table == "conversation"}

    await erase()
    await until(lambda: _is_listed(road, gone.id))
    elsewhere = tmp_path / "elsewhere"
    empty = road.settings.model_copy(
        update={"database_url": f"sqlite:///{elsewhere}/neuvo.db", "state_dir": elsewhere, "simulator": False}
    )
    await asyncio.to_thread(restore_backup, empty, tmp_path / "one.backup", [road.settings.erased_folder])

    await nothing_is_back(empty, gone)


async def only_talk(road: Road) -> Conversation:
    async with road.service.database.transaction() as session:
        return (await session.scalars(select(Conversation))).one()


async def _is_listed(road: Road, talk: uuid.UUID) -> bool:
    return any(talk.hex in each.conversations for each in ErasedList(road.settings.erased_folder))


async def nothing_is_back(restored: Settings, gone: Conversation) -> None:
    """Neither the rows nor the words, nor what integrators are told; the other citizen's are."""
    async with running(restored) as app:
        service = app.state.service
        assert await texts(service) == [OTHERS]
        columns = await dump(service.database)
        for each in (gone.id, gone.contact_id):
            ways = (str(each).encode(), each.hex.encode(), each.bytes)
            assert [name for name, content in columns.items() if any(way in content for way in ways)] == []
        async with service.database.transaction() as session:
            (left,) = (await session.scalars(select(Conversation.id))).all()
            assert len((await session.scalars(select(Contact.id))).all()) == 1
        token = await integrators.token(service, Scope.CONVERSATIONS)
        async with integrators.client(app, token) as client:
            told = (await client.get("/api/v1/conversations")).text
            assert (left.hex in told.replace("-", ""), gone.id.hex in told.replace("-", "")) == (True, False)
            assert (await client.get(f"/api/v1/conversations/{gone.id}")).status_code == 404
