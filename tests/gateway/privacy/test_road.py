"""Checks of privacy on the whole road: a citizen's phone, the question, the yes, and what is left afterwards."""

import uuid
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import func, select, update

from gateway.accounts.models import AuditEntry
from gateway.content.editing.feedback_inbox import copy_of, groups
from gateway.content.models import MissReason
from gateway.conversations.models import Contact, ContactAddress, Conversation, Message, OutboxItem, WebhookDelivery
from gateway.core.config.settings import Settings
from gateway.core.database import Base, now
from gateway.core.locale import Language
from gateway.handover import ownership
from gateway.handover.notes import add_note
from gateway.handover.shifts import start_shift
from gateway.privacy.erased_list import ErasedList
from gateway.privacy.legal_holds import hold_of, lift_hold, place_hold
from gateway.privacy.models import Erasure, PendingDataRequest
from simulator import Citizen
from tests.gateway.handover.test_ownership import act
from tests.worlds.officers import CHIEF, SARI
from tests.worlds.road import Road, open_road, until
from tests.worlds.scripted_engine import ScriptedEngine, answer

pytestmark = pytest.mark.anyio

ASK = {"fi": "Poistanko heti kaiken", "sv": "Ska jag genast radera allt", "en": "Shall I erase everything"}
WISH = {"fi": "poista tietoni", "sv": "radera mina uppgifter", "en": "erase my data"}
YES = {"fi": "Kyllä, poista", "sv": "Ja, radera", "en": "Yes, erase"}
DONE = {"fi": "Valmis.", "sv": "Klart.", "en": "Done."}


@pytest.fixture
async def road(settings: Settings, engine: ScriptedEngine) -> AsyncIterator[Road]:
    async with open_road(settings, engine, pair_limit=False) as road:
        yield road


async def says(citizen: Citizen, text: str) -> str:
    citizen.writes(text)
    return (await citizen.next_reply()).text


async def count(road: Road, table: type[Base]) -> int:
    async with road.service.database.transaction() as session:
        return await session.scalar(select(func.count()).select_from(table)) or 0


async def talk_of(road: Road) -> uuid.UUID:
    async with road.service.database.transaction() as session:
        newest = select(Conversation.id).order_by(Conversation.created_at.desc()).limit(1)
        return (await session.scalars(newest)).one()


async def nobody_is_left(road: Road) -> bool:
    tables = (Contact, ContactAddress, Conversation, Message, OutboxItem, WebhookDelivery, PendingDataRequest)
    return sum([await count(road, table) for table in tables]) == 0


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
async def test_erase_my_data_asks_once_and_a_tapped_yes_erases_in_every_store(
    road: Road, engine: ScriptedEngine, language: str
) -> None:
    engine.next_answer = answer("BOT", language=language)
    citizen = road.citizen()
    await says(citizen, "hei, minut on huijattu")
    talk = await talk_of(road)
    async with road.service.database.transaction() as session:
        dialogue = (await session.get_one(Conversation, talk)).dialogue_id.hex

    assert (await says(citizen, WISH[language])).startswith(ASK[language])
    assert await talk_of(road) == talk
    citizen.taps(YES[language])
    assert (await citizen.next_reply()).text.startswith(DONE[language])

    await until(lambda: nobody_is_left(road))
    assert engine.forgotten == [dialogue]
    assert [each.conversations for each in ErasedList(road.settings.erased_folder)] == [(talk.hex,)]
    async with road.service.database.transaction() as session:
        entry = (await session.scalars(select(AuditEntry).where(AuditEntry.action == "erased_by_citizen"))).one()
    assert entry.details == '{"conversations":1,"held":0}'


@pytest.mark.parametrize("no", ["En halua", "ei", "mikä on vahva salasana"])
async def test_nothing_is_erased_without_a_yes(road: Road, no: str) -> None:
    citizen = road.citizen()
    await says(citizen, "poista tietoni")
    talk = await talk_of(road)
    if no == "En halua":
        citizen.taps(no)
    else:
        citizen.writes(no)
    await citizen.next_reply()

    assert await says(citizen, "joo") == "Hei!"  # a yes to something else
    assert await talk_of(road) == talk
    assert await count(road, Erasure) == 0


async def test_yes_in_words_right_after_the_question_is_enough(road: Road) -> None:
    citizen = road.citizen()
    await says(citizen, "poista tietoni")

    assert (await says(citizen, "joo!")).startswith("Valmis.")
    await until(lambda: nobody_is_left(road))


async def test_a_button_that_waited_too_long_asks_once_more(road: Road) -> None:
    citizen = road.citizen()
    await says(citizen, "poista tietoni")
    async with road.service.database.transaction() as session:
        await session.execute(update(PendingDataRequest).values(expires_at=now()))
    citizen.taps("Kyllä, poista")
    assert (await citizen.next_reply()).text.startswith("Poistanko heti")
    assert await count(road, Erasure) == 0

    citizen.taps("Kyllä, poista")
    assert (await citizen.next_reply()).text.startswith("Valmis.")


async def test_the_wish_works_while_the_engine_is_silent_and_the_engine_forgets_once_it_is_back(
    road: Road, engine: ScriptedEngine
) -> None:
    citizen = road.citizen()
    await says(citizen, "hei")
    engine.next_answer = None
    assert (await says(citizen, "poista tietoni")).startswith("Poistanko heti")
    citizen.taps("Kyllä, poista")
    assert (await citizen.next_reply()).text.startswith("Valmis.")
    assert await count(road, Message) == 0
    assert engine.forgotten == []

    engine.next_answer = answer()
    await until(lambda: _has_forgotten(engine))


async def _has_forgotten(engine: ScriptedEngine) -> bool:
    return len(engine.forgotten) == 1


async def test_the_wish_works_while_an_officer_has_the_conversation(road: Road) -> None:
    await act(road.service, start_shift, SARI)
    citizen = road.citizen()
    await says(citizen, "hei")
    talk = await talk_of(road)
    await act(road.service, ownership.claim, SARI, talk)
    await act(road.service, add_note, SARI, talk, "muistiinpano")

    assert (await says(citizen, "poista tietoni")).startswith("Poistanko heti")
    citizen.taps("Kyllä, poista")
    assert (await citizen.next_reply()).text.startswith("Valmis.")
    await until(lambda: nobody_is_left(road))


async def test_danger_goes_before_and_settles_nothing(road: Road, engine: ScriptedEngine) -> None:
    citizen = road.citizen()
    engine.next_answer = answer("112!", topic="emergency_now", danger="emergency", escalation=("emergency",))

    assert "112!" in await says(citizen, "poista tietoni")
    assert await count(road, PendingDataRequest) == 0


async def test_who_writes_again_after_the_yes_begins_anew_and_loses_no_word(road: Road, engine: ScriptedEngine) -> None:
    citizen = road.citizen()
    await says(citizen, "vanha asia")
    await says(citizen, "poista tietoni")
    engine.delay = 0.3  # the yes is being worked on while the next words arrive
    citizen.taps("Kyllä, poista")
    await until(lambda: _was_asked(engine, "Kyllä, poista"))
    citizen.writes("uusi asia")

    said = [(await citizen.next_reply()).text, (await citizen.next_reply()).text]
    engine.delay = 0
    assert any(text.startswith("Valmis.") for text in said)
    assert any(text.endswith("Hei!") for text in said)
    assert [request.text for request in engine.asked].count("uusi asia") == 1
    assert await count(road, Message) == 1


async def _was_asked(engine: ScriptedEngine, text: str) -> bool:
    return any(request.text == text for request in engine.asked)


async def test_a_conversation_under_a_hold_stays_and_the_citizen_is_told(road: Road) -> None:
    citizen = road.citizen()
    await says(citizen, "hei")
    talk = await talk_of(road)
    await act(road.service, place_hold, CHIEF, talk, "Esitutkinta: Kalle Kohde")
    await says(citizen, "poista tietoni")
    citizen.taps("Kyllä, poista")

    assert (await citizen.next_reply()).text.startswith("Kaikkea en voinut poistaa. Poliisi on päättänyt")
    async with road.service.database.transaction() as session:
        assert await session.get(Conversation, talk) is not None
        hold = await hold_of(session, road.service, talk)
        assert hold is not None
        assert hold.reason == "Esitutkinta: Kalle Kohde"

    await act(road.service, lift_hold, CHIEF, talk, "päättynyt")
    await says(citizen, "poista tietoni")
    citizen.taps("Kyllä, poista")
    assert (await citizen.next_reply()).text.startswith("Valmis.")
    await until(lambda: nobody_is_left(road))


async def test_the_editors_copies_of_the_same_words_go_too_and_those_of_others_stay(road: Road) -> None:
    citizen = road.citizen()
    await says(citizen, "ihan  outo\nasia jota kukaan ei ymmärrä")
    async with road.service.database.transaction() as session:
        for text in ("ihan outo asia jota kukaan ei ymmärrä", "toisen ihmisen outo asia"):
            session.add_all(
                copy_of(road.service.keyring, reason=MissReason.MISSED, language=Language.FI, topic=None, text=text)
            )
    await says(citizen, "poista tietoni")
    citizen.taps("Kyllä, poista")
    await citizen.next_reply()

    async with road.service.database.transaction() as session:
        (group,) = await groups(session, road.service.keyring)
    assert group.texts == ["toisen ihmisen outo asia"]


async def test_my_data_is_asked_back_for_the_phone_may_be_watched_and_then_all_is_told(
    road: Road, engine: ScriptedEngine
) -> None:
    engine.next_answer = answer("VASTAUS")
    citizen = road.citizen()
    await says(citizen, "mun tili on hakkeroitu, hetu 131052-308T")
    assert (await says(citizen, "mitä minusta tiedetään")).startswith("Lähetänkö tähän chattiin kaiken")
    assert len([each for each in citizen.received if "hakkeroitu" in each.text]) == 0
    citizen.taps("Kyllä, lähetä")

    begin, talk, end = [(await citizen.next_reply()).text for _ in range(3)]
    assert begin.startswith("Tämä sinusta on tallessa")
    assert "Sinä: mun tili on hakkeroitu, hetu ⟦personal_code⟧" in talk
    assert "VASTAUS" in talk
    assert "131052" not in talk
    assert "Poliisien omat muistiinpanot" in end

    await says(citizen, "mitä minusta tiedetään")
    citizen.taps("Kyllä, lähetä")
    again = [(await citizen.next_reply()).text for _ in range(3)]
    assert again[1].count("hakkeroitu") == 1  # what was told is not told of


async def test_of_a_long_conversation_the_newest_part_is_told_and_how_to_get_the_rest(
    road: Road, engine: ScriptedEngine
) -> None:
    citizen = road.citizen()
    engine.next_answer = answer("x" * 3500)
    for place in range(4):
        await says(citizen, f"asia {place}")
    await says(citizen, "mitä minusta tiedetään")
    citizen.taps("Kyllä, lähetä")

    begin = (await citizen.next_reply()).text
    assert "vain sen uusin osa" in begin
    parts: list[str] = []
    while not (parts and "muistiinpanot" in parts[-1]):
        parts.append((await citizen.next_reply()).text)
    whole = "\n".join(parts)
    assert "asia 3" in whole
    assert "asia 0" not in whole
