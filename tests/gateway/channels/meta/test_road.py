"""Checks of Messenger and Instagram on the whole road: from a thumb to a reply, judged by Meta's stand-in."""

import asyncio
import datetime as dt
import json
from typing import Any

import httpx2
import pytest
from pydantic import SecretStr
from sqlalchemy import func, select, update

from gateway.channels.messenger.channel import Messenger
from gateway.channels.messenger.personas import NAMES, make_personas
from gateway.conversations.kinds import Author
from gateway.conversations.models import (
    Contact,
    Conversation,
    ConversationEvent,
    InboxEvent,
    Message,
    OutboxItem,
    SuspendedNumber,
    Turn,
)
from gateway.core import crypto
from gateway.core.config.settings import Settings
from gateway.core.database import now
from gateway.handover.models import QueueEntry
from gateway.inbox.store import store_delivery
from simulator import GraphFault, Platform
from simulator.phone.meta_messages import answer_in_inbox, give_control
from tests.worlds.meta_bodies import ACCOUNT, APP, PAGE, body, item, post, text
from tests.worlds.outbox import put
from tests.worlds.referrals import door
from tests.worlds.road import Road, open_road, until
from tests.worlds.scripted_engine import ScriptedEngine, answer

pytestmark = pytest.mark.anyio
THREE = (
    ("topic:evidence", "Todisteet talteen"),
    ("topic:pay", "Maksoin jo"),
    ("topic:talk_to_officer", "Puhu poliisille"),
)


async def rows(road: Road, what: Any, *conditions: Any) -> list[Any]:
    async with road.service.database.transaction() as session:
        return list(await session.scalars(select(what).where(*conditions)))


async def only(road: Road, what: Any) -> Any:
    (found,) = await rows(road, what)
    return found


async def turns(road: Road, count: int) -> None:
    async def there() -> bool:
        return len(await rows(road, Turn)) >= count

    await until(there)


async def officer_writes(road: Road, words: str) -> None:
    async with road.service.database.transaction() as session:
        talk = (await session.scalars(select(Conversation))).one()
        await put(session, road.service, talk, words, Author.OFFICER)
    road.service.wake_outbox()


async def days_pass(road: Road, days: float) -> None:
    """On both sides: the citizen's last words are so much older."""
    ago = dt.timedelta(days=days)
    async with road.service.database.transaction() as session:
        for talk in await session.scalars(select(Conversation)):
            talk.last_citizen_message_at -= ago
    road.simulator.clock.advance(ago.total_seconds())


@pytest.mark.parametrize("danger", [None, "emergency"])
async def test_words_of_a_platform_that_was_switched_off_are_set_aside_once_and_go_before_officers(
    road: Road, engine: ScriptedEngine, danger: str | None, capfd: pytest.CaptureFixture[str]
) -> None:
    engine.next_answer = answer(danger=danger)
    service = road.service
    service.channels = {name: channel for name, channel in service.channels.items() if name != "messenger"}
    async with service.database.transaction() as session:
        content = body(text("se on mun oven takana"))
        await store_delivery(session, service.keyring, Messenger(road.settings), content)
    service.wake_inbox()
    await turns(road, 1)
    await asyncio.sleep(1.5)  # the loops look again each second

    turn, entry, talk = await only(road, Turn), await only(road, QueueEntry), await only(road, Conversation)
    assert (turn.outcome, turn.danger, entry.urgency, talk.state) == ("platform_off", danger, danger, "waiting")
    assert entry.reason == ("danger" if danger else "platform_off")
    assert "platform_off" in [event.kind for event in await rows(road, ConversationEvent)]
    assert (len(engine.asked), len(await rows(road, OutboxItem))) == (1, 0)
    said = "".join(capfd.readouterr())
    assert said.count("platform_switched_off") == 1
    assert "turn_failed" not in said
    assert "step_failed" not in said


async def test_a_talk_is_answered_seen_and_read(road: Road, platform: Platform, engine: ScriptedEngine) -> None:
    engine.next_answer = answer("*Älä maksa.* Kerro aikuiselle.", buttons=THREE)
    citizen = road.citizen(platform=platform)
    with citizen.opens():
        sent = citizen.writes("mua kiristetään")
        reply = await citizen.next_reply()
        await until(lambda: _rank(road, 3))

    assert "Älä maksa. Kerro aikuiselle." in reply.text
    assert reply.titles == ["Todisteet talteen", "Maksoin jo", "Puhu poliisille"]
    assert road.simulator.state.messages[sent.id].status == "read"
    assert engine.asked[0].channel.value == platform.value
    assert road.simulator.log.refused() == []


async def _rank(road: Road, rank: int) -> bool:
    return [item.delivery_rank for item in await rows(road, OutboxItem)] == [rank]


async def test_a_tapped_choice_comes_back(road: Road, platform: Platform, engine: ScriptedEngine) -> None:
    engine.next_answer = answer("Näin.", buttons=THREE)
    citizen = road.citizen(platform=platform)
    citizen.writes("mua kiristetään")
    await citizen.next_reply()
    citizen.taps("Maksoin jo")
    await citizen.next_reply()

    assert [asked.choice for asked in engine.asked] == [None, "pay"]


async def test_on_instagram_a_typed_number_is_the_choice_and_elsewhere_a_number(
    road: Road, platform: Platform, engine: ScriptedEngine
) -> None:
    engine.next_answer = answer("Näin.", buttons=THREE)
    citizen = road.citizen(platform=platform)
    citizen.writes("mua kiristetään")
    reply = await citizen.next_reply()
    citizen.writes(" 3. ")
    await citizen.next_reply()
    citizen.writes("4")
    await citizen.next_reply()

    listed = "1. Todisteet talteen\n2. Maksoin jo\n3. Puhu poliisille"
    if platform == "instagram":
        assert reply.text.endswith(listed)
        assert [(asked.choice, asked.text) for asked in engine.asked[1:]] == [("talk_to_officer", None), (None, "4")]
    else:
        assert listed not in reply.text
        assert [asked.text for asked in engine.asked[1:]] == [" 3. ", "4"]


async def test_a_long_answer_arrives_in_order_within_metas_limit(road: Road, engine: ScriptedEngine) -> None:
    engine.next_answer = answer("Älä lähetä öisin mitään. " * 120, buttons=THREE)
    citizen = road.citizen(platform=Platform.INSTAGRAM)
    citizen.writes("hei")
    began = asyncio.get_running_loop().time()
    parts = [await citizen.next_reply()]
    while not parts[-1].titles:
        parts.append(await citizen.next_reply())

    assert len(parts) >= 4
    assert all(len(part.text.encode()) <= 1000 for part in parts)
    assert len(await rows(road, OutboxItem)) == len(parts)
    assert asyncio.get_running_loop().time() - began < 4  # nobody waited for a delivery that Instagram never tells
    assert road.simulator.log.refused() == []


async def test_the_officers_reply_goes_out_on_the_seventh_day_and_the_bots_does_not(
    road: Road, platform: Platform
) -> None:
    citizen = road.citizen(platform=platform)
    citizen.writes("hei")
    await citizen.next_reply()
    await days_pass(road, 6.9)
    await officer_writes(road, "Poliisi täällä: asia on selvitetty.")
    reply = await citizen.next_reply()
    async with road.service.database.transaction() as session:
        talk = (await session.scalars(select(Conversation))).one()
        await put(session, road.service, talk, "botti")
    road.service.wake_outbox()
    await until(lambda: _failed(road, 1))

    assert reply.text == "Poliisi täällä: asia on selvitetty."
    assert reply.content["tag"] == "HUMAN_AGENT"
    assert [message.text for message in citizen.received][1:] == [reply.text]
    assert road.simulator.log.refused() == []  # the bot's never reached Meta
    (entry,) = await rows(road, QueueEntry)
    assert entry.reason == "window_closed"


async def _failed(road: Road, count: int) -> bool:
    failed = await rows(road, OutboxItem, OutboxItem.state == "failed")
    return [each.error_class for each in failed] == ["window_closed"] * count


async def test_after_seven_days_nobody_writes_and_without_the_feature_not_after_one(
    settings: Settings, engine: ScriptedEngine, platform: Platform
) -> None:
    for days, approved in ((7.1, True), (1.1, False)):
        feature = {"messenger_human_agent": approved, "instagram_human_agent": approved}
        async with open_road(settings.model_copy(update=feature), engine) as road:
            async with road.service.database.transaction() as session:
                for table in (OutboxItem, Message, Turn, QueueEntry, ConversationEvent, Conversation, Contact):
                    await session.execute(table.__table__.delete())  # type: ignore[attr-defined]
            citizen = road.citizen(platform=platform)
            citizen.writes("hei")
            await citizen.next_reply()
            await days_pass(road, days)
            await officer_writes(road, "liian myöhään")
            await until(lambda road=road: _failed(road, 1))  # type: ignore[misc]
            assert len(citizen.received) == 1


async def test_meta_says_the_window_is_closed_and_an_officer_hears_of_it(road: Road, platform: Platform) -> None:
    citizen = road.citizen(platform=platform)
    citizen.writes("hei")
    await citizen.next_reply()
    road.simulator.close_window(citizen.id)  # our clock and Meta's do not agree
    await officer_writes(road, "kuulitko?")
    await until(lambda: _failed(road, 1))

    codes = [refusal.code for refusal in road.simulator.log.refused()]
    assert codes == [2018278 if platform == "messenger" else 2534022]


async def test_a_citizen_sees_on_messenger_whether_the_bot_or_an_officer_writes(road: Road) -> None:
    citizen = road.citizen(platform=Platform.MESSENGER)
    citizen.writes("hei")
    bot = await citizen.next_reply()
    await officer_writes(road, "Poliisi täällä.")
    officer = await citizen.next_reply()

    assert (bot.content["persona"], officer.content["persona"]) == ("7001", "7002")


async def test_the_personas_are_made_by_a_command(road: Road) -> None:
    said, status = await make_personas(road.settings, "https://poliisi.fi/neuvo.png")

    made = dict(line.split("=") for line in said.splitlines()[1:])
    assert status == 0
    assert list(made) == ["NEUVO_MESSENGER_PERSONA_BOT", "NEUVO_MESSENGER_PERSONA_OFFICER"]
    assert {road.simulator.state.personas[each] for each in made.values()} == set(NAMES.values())
    refused = road.settings.model_copy(update={"messenger_access_token": SecretStr("another")})
    assert (await make_personas(refused, "https://poliisi.fi/neuvo.png"))[1] == 1
    assert (await make_personas(road.settings, "neuvo.png"))[1] == 2
    assert all(len(name) <= 50 for name in NAMES.values())


async def test_a_colleague_in_the_platforms_inbox_silences_the_bot_until_control_comes_back(
    road: Road, platform: Platform, engine: ScriptedEngine
) -> None:
    citizen = road.citizen(platform=platform)
    citizen.writes("hei")
    await citizen.next_reply()
    await road.simulator.settled()
    answer_in_inbox(road.simulator, citizen.id, "Täällä konstaapeli, jatketaan tässä.")
    await until(lambda: _is_silenced(road))
    citizen.writes("kiitos, siis mitä teen")
    await turns(road, 2)
    assert len(citizen.received) == 1

    engine.next_answer = answer("Soita 112", danger="emergency")
    citizen.writes("nyt se on ovella")
    await turns(road, 3)
    (entry,) = await rows(road, QueueEntry)
    assert (entry.reason, entry.urgency, len(citizen.received)) == ("danger", "emergency", 1)

    give_control(road.simulator, citizen.id, APP)
    await until(lambda: _is_not_silenced(road))
    citizen.writes("hei taas")
    await citizen.next_reply()
    assert [turn.outcome for turn in sorted(await rows(road, Turn), key=lambda each: each.created_at)] == [
        "answered",
        "not_answered",
        "not_answered",
        "answered",
    ]


async def _is_silenced(road: Road) -> bool:
    return any(talk.external_control_until is not None for talk in await rows(road, Conversation))


async def _is_not_silenced(road: Road) -> bool:
    return not await _is_silenced(road)


async def test_our_own_echo_never_silences_the_bot(road: Road, platform: Platform) -> None:
    citizen = road.citizen(platform=platform)
    for words in ("yksi", "kaksi", "kolme"):
        citizen.writes(words)
        await citizen.next_reply()
    await road.simulator.settled()

    assert not await _is_silenced(road)


async def test_a_talk_in_standby_is_not_answered(road: Road, platform: Platform) -> None:
    assert await post(road.settings, body(text("hei", platform), platform=platform), platform) == 200
    await turns(road, 1)
    heard = body(platform=platform, standby=(text("muille", platform),))
    assert await post(road.settings, heard, platform) == 200
    await until(lambda: _is_silenced(road))

    assert len(await rows(road, Message)) == 1


async def test_another_app_controls_the_thread_so_nothing_is_tried_again(road: Road, platform: Platform) -> None:
    citizen = road.citizen(platform=platform)
    road.fault(GraphFault(code=10, subcode=2018300, http_status=403, times=None))
    citizen.writes("hei")
    await until(lambda: _is_silenced(road))

    (item_,) = await rows(road, OutboxItem)
    assert (item_.state, item_.error_class, item_.attempts) == ("failed", "external_control", 1)


async def test_a_blocked_page_stops_and_keeps_its_replies(road: Road, platform: Platform) -> None:
    citizen = road.citizen(platform=platform)
    road.fault(GraphFault(code=10, subcode=1893063, http_status=403, times=None))
    citizen.writes("hei")

    async def stopped() -> bool:
        return bool(await rows(road, SuspendedNumber))

    await until(stopped)
    assert [each.state for each in await rows(road, OutboxItem)] == ["queued"]


async def test_an_edit_replaces_and_an_unsent_message_loses_its_words(road: Road, engine: ScriptedEngine) -> None:
    citizen = road.citizen(platform=Platform.INSTAGRAM)
    first = citizen.writes("se lähetti kuvan")
    await citizen.next_reply()
    citizen.sends("edit", about=first.id, text="se lähetti videon")
    await until(lambda: _edited(road))
    citizen.sends("revoke", about=first.id)
    await until(lambda: _emptied(road))
    citizen.sends("reaction", about=citizen.received[0].id, emoji="❤")
    await road.simulator.settled()

    assert len(citizen.received) == 1


async def _edited(road: Road) -> bool:
    talk = await only(road, Conversation)
    found = await rows(road, Message)
    if len(found) != 1:
        return False  # the new words are being read for danger
    (message,) = found
    key = road.service.keyring.unwrap(talk.wrapped_key)
    content = json.loads(crypto.unseal(key, message.content_sealed, "message.content"))
    return bool(content["text"] == "se lähetti videon")


async def _emptied(road: Road) -> bool:
    return (await only(road, Message)).content_sealed is None


async def test_one_watermark_moves_everything_said_before(road: Road, engine: ScriptedEngine) -> None:
    engine.next_answer = answer("Pitkä sana. " * 400)
    citizen = road.citizen(platform=Platform.MESSENGER)
    road.fault(lost_statuses=["delivered"])
    citizen.writes("hei")
    for _ in range(3):
        await citizen.next_reply()
    await road.simulator.settled()
    await until(lambda: _ranks(road, {1}))

    person = road.simulator.state.phones[citizen.id].user_id
    mark = item(person=person, read={"watermark": int(now().timestamp() * 1000)})
    assert await post(road.settings, body(mark)) == 200
    await until(lambda: _ranks(road, {3}))
    late = item(person=person, delivery={"watermark": int(now().timestamp() * 1000)})
    assert await post(road.settings, body(late)) == 200
    await until(lambda: _all_sorted(road))
    assert await _ranks(road, {3})


async def _ranks(road: Road, wanted: set[int]) -> bool:
    return {each.delivery_rank for each in await rows(road, OutboxItem)} == wanted


async def _all_sorted(road: Road) -> bool:
    return not await rows(road, InboxEvent, InboxEvent.state == "new")


async def test_a_lost_answer_is_known_by_the_echo_and_not_sent_twice(road: Road) -> None:
    citizen = road.citizen(platform=Platform.MESSENGER)
    road.fault(GraphFault(kind="reset", accepted=True))
    citizen.writes("hei")
    await citizen.next_reply()
    await until(lambda: _sent_once(road))
    await asyncio.sleep(1.2)

    assert len(citizen.received) == 1


async def _sent_once(road: Road) -> bool:
    return [(each.state, each.attempts) for each in await rows(road, OutboxItem)] == [("sent", 1)]


async def test_one_person_on_two_platforms_stays_two_people(road: Road) -> None:
    for platform in ("messenger", "instagram"):
        content = body(text("hei", platform, person="2000000000000042"), platform=platform)
        assert await post(road.settings, content, platform) == 200
    await turns(road, 2)

    async with road.service.database.transaction() as session:
        assert await session.scalar(select(func.count()).select_from(Contact)) == 2
    assert {talk.channel for talk in await rows(road, Conversation)} == {"messenger", "instagram"}


async def test_the_link_that_brought_a_citizen_is_kept_and_reopens_the_window(road: Road, platform: Platform) -> None:
    first, second = [(await door(road.service, name)).code for name in ("Koulu", "Juliste")]
    citizen = road.citizen(platform=platform)
    citizen.sends("link", ref="aino-virtanen")  # whoever makes a link writes it: no code of ours is not kept
    await citizen.next_reply()
    assert (await only(road, Conversation)).referral is None
    citizen.sends("link", ref=first)

    async def kept() -> bool:
        return bool((await only(road, Conversation)).referral == first)

    await until(kept)
    async with road.service.database.transaction() as session:
        await session.execute(update(Conversation).values(last_citizen_message_at=now() - dt.timedelta(hours=23)))
    citizen.sends("link", ref=second)

    async def reopened() -> bool:
        talk = await only(road, Conversation)
        is_new = now() - talk.last_citizen_message_at < dt.timedelta(minutes=1)
        return bool(talk.referral == second and is_new)

    await until(reopened)
    assert len(citizen.received) == 1  # who follows a link has asked nothing yet


async def test_the_operator_hears_when_the_platform_acts_against_us(
    road: Road, capsys: pytest.CaptureFixture[str]
) -> None:
    enforced = {"recipient": {"id": PAGE}, "timestamp": 1, "policy_enforcement": {"action": "block", "reason": "x"}}
    assert await post(road.settings, body(enforced)) == 200
    await until(lambda: _all_sorted(road))

    assert "account_restricted" in capsys.readouterr().out


async def test_the_same_body_thrice_is_one_message_and_one_reply(road: Road, platform: Platform) -> None:
    content = body(text("hei", platform), text("apua", platform), platform=platform)
    for _ in range(3):
        assert await post(road.settings, content, platform) == 200
    await until(lambda: _all_sorted(road))
    await turns(road, 1)

    assert len(await rows(road, Message)) == 2


async def test_the_handshake_and_the_signature_are_the_platforms_own(road: Road, platform: Platform) -> None:
    base = f"http://127.0.0.1:{road.settings.port}/webhooks/{platform}"
    token = getattr(road.settings, f"{platform}_verify_token").get_secret_value()
    async with httpx2.AsyncClient(trust_env=False) as client:
        question = {"hub.mode": "subscribe", "hub.verify_token": token, "hub.challenge": "42"}
        right = await client.get(base, params=question)
        wrong = await client.get(base, params={**question, "hub.verify_token": "ä"})
        unsigned = await client.post(base, content=b"{}")
    assert (right.status_code, right.text, wrong.status_code) == (200, "42", 403)
    assert (unsigned.status_code, unsigned.content) == (401, b"")
    whatsapps = road.settings.whatsapp_app_secret.get_secret_value()
    assert await post(road.settings, body(text(), platform=platform), platform, secret=whatsapps) == 401
    assert await post(road.settings, b"{" * 10, platform) == 200
    assert await post(road.settings, b" " * (road.settings.webhook_size_limit + 1), platform) == 413


async def test_a_platform_that_is_not_set_up_has_no_door(settings: Settings, engine: ScriptedEngine) -> None:
    off = settings.model_copy(update={"messenger_page_id": "", "instagram_account_id": ""})
    async with open_road(off, engine) as road:
        assert sorted(road.service.channels) == ["web", "whatsapp"]
        for platform in ("messenger", "instagram"):
            assert await post(road.settings, body(text(), platform=platform), platform) == 404
        aino = road.citizen()
        aino.writes("hei")
        await aino.next_reply()


async def test_an_account_behind_a_page_sends_to_the_page(settings: Settings, engine: ScriptedEngine) -> None:
    async with open_road(settings.model_copy(update={"instagram_page_id": "555"}), engine) as road:
        citizen = road.citizen(platform=Platform.INSTAGRAM)
        citizen.writes("hei")
        await citizen.next_reply()
        assert {talk.business_number for talk in await rows(road, Conversation)} == {ACCOUNT}


def test_the_two_doors_of_instagram_have_hosts_of_their_own() -> None:
    door = Settings(_env_file=None, simulator=False, instagram_account_id="1")
    page = door.model_copy(update={"instagram_page_id": "2"})

    assert door.instagram_graph_url == "https://graph.instagram.com"
    assert page.instagram_graph_url == page.messenger_graph_url == "https://graph.facebook.com"
