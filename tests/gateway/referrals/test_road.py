"""Checks of doors on the whole road: each link opens a talk like any other, counted under its door."""

import datetime as dt
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import select, update

from gateway.channels.webchat.models import WebSession
from gateway.conversations.kinds import ChannelName
from gateway.conversations.models import Conversation
from gateway.core.config.settings import Settings
from gateway.core.database import now
from gateway.core.locale import LANGUAGES
from gateway.referrals.codes import prefilled_text
from gateway.referrals.links import Links
from simulator import Platform
from tests.worlds.meta_bodies import ACCOUNT, PAGE
from tests.worlds.referrals import came, door, go_through
from tests.worlds.road import Road, open_road, until
from tests.worlds.scripted_engine import ScriptedEngine
from tests.worlds.webchat_visitor import Visitor

pytestmark = pytest.mark.anyio


@pytest.fixture
async def road(settings: Settings, engine: ScriptedEngine) -> AsyncIterator[Road]:
    """A gateway on every platform."""
    places = {
        "messenger_page_id": PAGE,
        "instagram_account_id": ACCOUNT,
        "instagram_username": "neuvo",
        "whatsapp_number": "+35890000000",
    }
    async with open_road(settings.model_copy(update=places), engine) as road:
        yield road


async def counted(road: Road, wanted: dict[str, int]) -> None:
    async def is_so() -> bool:
        return await came(road.service) == wanted

    await until(is_so)


@pytest.mark.parametrize("platform", tuple(ChannelName))
async def test_the_talk_that_a_link_opens_is_answered_and_counted_under_its_door(
    road: Road, engine: ScriptedEngine, platform: ChannelName
) -> None:
    made, other = await door(road.service), await door(road.service, "Itäkeskus")
    for language in LANGUAGES:
        phone = await go_through(road, Links(road.settings, made.code).link(platform, language))
        if phone is not None:
            await phone.next_reply()
    await counted(road, {made.code: 3})
    await go_through(road, Links(road.settings, other.code).link(platform, "fi"))
    await counted(road, {made.code: 3, other.code: 1})

    assert all(made.code not in (asked.text or "") for asked in engine.asked)
    if platform == "whatsapp":
        assert [asked.text for asked in engine.asked[:3]] == ["Hei!", "Hej!", "Hello!"]
    assert await came(road.service, "source") == {}
    async with road.service.database.transaction() as session:
        assert set(await session.scalars(select(Conversation.referral))) == {made.code, other.code}


async def test_a_citizen_counts_once_a_talk_and_once_a_day_for_a_door(road: Road, engine: ScriptedEngine) -> None:
    made, other = await door(road.service), await door(road.service, "Itäkeskus")
    citizen = road.citizen()
    for code in (made.code, made.code, other.code, made.code):
        citizen.writes(prefilled_text("fi", code))
        await citizen.next_reply()
    await counted(road, {made.code: 1})  # it was the first that opened the talk

    await new_talk(road)
    citizen.writes(prefilled_text("fi", made.code))
    await citizen.next_reply()
    await new_talk(road)
    citizen.writes(prefilled_text("fi", other.code))
    await citizen.next_reply()
    await counted(road, {made.code: 1, other.code: 1})
    assert {asked.text for asked in engine.asked} == {"Hei!"}


async def new_talk(road: Road) -> None:
    """Whatever was said is over."""
    async with road.service.database.transaction() as session:
        await session.execute(update(Conversation).values(state="closed"))


async def test_whoever_comes_back_by_a_link_is_counted_before_they_write(road: Road) -> None:
    made = await door(road.service)
    citizen = road.citizen(platform=Platform.MESSENGER)
    citizen.writes("hei")
    await citizen.next_reply()
    citizen.sends("link", ref=made.code)
    await counted(road, {made.code: 1})

    assert len(citizen.received) == 1


async def test_the_next_day_is_another_day(road: Road) -> None:
    made = await door(road.service)
    citizen = road.citizen()
    citizen.writes(prefilled_text("fi", made.code))
    await citizen.next_reply()
    await new_talk(road)
    async with road.service.database.transaction() as session:
        await session.execute(update(Conversation).values(last_citizen_message_at=now() - dt.timedelta(days=1)))
    citizen.writes(prefilled_text("fi", made.code))
    await citizen.next_reply()
    await counted(road, {made.code: 2})


@pytest.mark.parametrize(
    "words", ["ovella lukee (ovi K7Q2)", "hän tietää koodin (door 2345)", "Hei! (ovi K7Q2) (ovi K7Q3)"]
)
async def test_what_only_looks_like_a_code_is_the_citizens_to_say(
    road: Road, engine: ScriptedEngine, words: str
) -> None:
    citizen = road.citizen()
    citizen.writes(words)
    await citizen.next_reply()

    assert [asked.text for asked in engine.asked] == [words]
    assert await came(road.service) == {}


async def test_a_code_in_an_edited_message_is_taken_out_too(road: Road, engine: ScriptedEngine) -> None:
    made = await door(road.service)
    citizen = road.citizen()
    sent = citizen.writes(prefilled_text("en", made.code))
    await citizen.next_reply()
    citizen.sends("edit", about=sent.id, text=f"{prefilled_text('en', made.code)} my account was hacked")

    async def read_again() -> bool:
        return [asked.text for asked in engine.asked] == ["Hello!", "Hello! my account was hacked"]

    await until(read_again)


async def test_a_page_that_is_known_is_counted_and_any_other_words_are_not_kept(
    settings: Settings, engine: ScriptedEngine
) -> None:
    chosen = settings.model_copy(update={"chat_sources": "school-x, poliisi-fi"})
    async with open_road(chosen, engine) as road:
        for source in ("school-x", "k7q2", "aino-virtanen", "0401234567"):
            await go_through(road, f"http://127.0.0.1/chat?source={source}&lang=fi")

        async def is_so() -> bool:
            return await came(road.service, "source") == {"school-x": 1}

        await until(is_so)
        assert await came(road.service) == {}
        async with road.service.database.transaction() as session:
            assert set(await session.scalars(select(WebSession.source))) == {None, "school-x"}
            assert set(await session.scalars(select(Conversation.referral))) == {None}


async def test_the_short_address_leads_to_the_chat_by_its_door(road: Road) -> None:
    made = await door(road.service)
    visitor = Visitor(road.settings.port)
    answer = await visitor.client.get(f"/d/{made.code}", headers={"accept-language": "sv"}, follow_redirects=True)
    assert str(answer.url).endswith(f"/chat?source={made.code.lower()}&lang=sv")
    await visitor.write("hej")
    await counted(road, {made.code: 1})
    mistyped = await visitor.client.get("/d/nothing-like-it")
    assert (mistyped.status_code, mistyped.headers["location"]) == (303, "/chat?lang=fi")
    await visitor.close()
