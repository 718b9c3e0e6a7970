"""Checks of the machine translator: off by default, marked, recorded, and never in the way when it is down."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import select

from gateway.conversations.models import Message
from gateway.core.config.settings import Settings
from gateway.dialogue.translator import LONGEST, LibreTranslate, TranslatorUnavailable, translator_of
from tests.gateway.console.test_routes import Console, console
from tests.worlds import officers as desk
from tests.worlds.road import free_port
from tests.worlds.staff import running
from tests.worlds.translation_server import KEY, TranslationServer

__all__ = ["console"]
pytestmark = pytest.mark.anyio


@pytest.fixture
async def server() -> AsyncIterator[TranslationServer]:
    server = TranslationServer()
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
async def translating(settings: Settings, server: TranslationServer) -> AsyncIterator[Console]:
    """The console of a force that has set a translator up."""
    ours = {"port": free_port(), "translator_url": server.url, "translator_key": KEY}
    async with running(Settings.model_validate({**settings.model_dump(), **ours})) as app:
        yield Console(app)


async def test_a_text_is_translated_as_the_api_has_it(server: TranslationServer) -> None:
    translator = LibreTranslate(server.url, KEY)
    known, unknown = await translator.translate("hei vaan", "fi", "sv"), await translator.translate("a b", None, "en")
    await translator.translate("x" * (LONGEST + 9), "fi", "en")
    await translator.close()

    assert (known, unknown) == ("[sv] vaan hei", "[en] b a")
    sent = {"q": "hei vaan", "source": "fi", "target": "sv", "format": "text", "api_key": KEY}
    assert server.asked[0] == sent
    assert server.asked[1]["source"] == "auto"
    assert len(server.asked[2]["q"]) == LONGEST


@pytest.mark.parametrize("fails", [400, 403, 429, 500])
async def test_a_refusal_is_said_and_no_text_is_made_up(server: TranslationServer, fails: int) -> None:
    server.fails = fails
    translator = LibreTranslate(server.url, KEY)
    with pytest.raises(TranslatorUnavailable, match=str(fails)):
        await translator.translate("hei", "fi", "sv")
    await translator.close()


async def test_without_the_key_or_a_server_there_is_no_translation(server: TranslationServer) -> None:
    for url, key in ((server.url, ""), (f"http://127.0.0.1:{free_port()}", KEY)):
        translator = LibreTranslate(url, key)
        with pytest.raises(TranslatorUnavailable):
            await translator.translate("hei", "fi", "sv")
        await translator.close()


def test_it_is_off_unless_it_is_set_up() -> None:
    assert translator_of(Settings()) is None


def test_citizens_words_do_not_cross_the_net_in_clear() -> None:
    from gateway.core.config.safety import problems_of

    far = Settings.model_construct(
        **{**Settings().model_dump(), "environment": "production", "translator_url": "http://translate.example.org"}
    )
    near = far.model_copy(update={"translator_url": "http://127.0.0.1:5000"})

    assert [each for each in problems_of(far) if "TRANSLATOR" in each]
    assert not [each for each in problems_of(near) if "TRANSLATOR" in each]


async def test_without_a_translator_no_page_offers_one_and_no_road_leads_there(console: Console) -> None:
    talk = await desk.waiting(console.service, language="sv")
    await desk.writes(console.service, talk, "jag behöver hjälp")
    async with console.officer("olivia") as olivia:
        await olivia.press(talk, "claim")
        page = await olivia.page(talk)
        refused = await olivia.press(talk, "translation", True, text="hello there")

    assert "translation" not in page
    assert refused.status_code == 503
    assert "did not answer" in refused.json()["error"]


async def test_a_message_is_translated_for_the_officer_marked_and_recorded(
    translating: Console, server: TranslationServer
) -> None:
    talk = await desk.waiting(translating.service, language="sv")
    await desk.writes(translating.service, talk, "jag behöver hjälp")
    async with translating.service.database.transaction() as session:
        (message,) = await session.scalars(select(Message.id))
    async with translating.officer("olivia") as olivia, translating.officer("oskar") as oskar:
        await olivia.press(talk, "claim")
        path = f"/console/conversations/{talk}/translation/{message}"
        linked = path in await olivia.page(talk)
        whole, part = await olivia.client.get(path), await olivia.client.get(path, headers={"x-live": "1"})
        missing = await olivia.client.get(f"{path}0")
        refused = await oskar.client.get(path)

    assert linked
    assert "[en] hjälp behöver jag" in whole.text
    assert "Machine translation" in part.text
    assert "<h1>" not in part.text
    assert (missing.status_code, refused.status_code) == (404, 422)
    assert "[en]" not in refused.text
    assert len(server.asked) == 2
    recorded = [each for each in await translating.audited() if each[0] == "message_translated"]
    assert recorded == [("message_translated", translating.named(talk), '{"to":"en"}')] * 2


async def test_what_an_officer_writes_is_translated_for_the_citizen_with_the_mark_in_front(
    translating: Console, server: TranslationServer
) -> None:
    talk = await desk.waiting(translating.service, language="sv")
    async with translating.officer("olivia") as olivia:
        await olivia.press(talk, "claim")
        offered = 'id="translate"' in await olivia.page(talk)
        answer = await olivia.press(talk, "translation", True, text="we will call")
        kept = await olivia.page(talk)
        server.fails = 500
        down = await olivia.press(talk, "translation", text="we will call")

    assert offered
    assert 'data-ready="Maskinöversättning: [sv] call will we"' in answer.text
    assert "we will call</textarea>" in kept, "the officer's own words are still their draft"
    assert down.status_code == 503
    assert "we will call</textarea>" in down.text
    assert [each[0] for each in await translating.audited()].count("reply_translated") == 2
    assert await desk.said(translating.service, talk, author="officer") == [], "nothing is sent by translating"
