"""Checks of the whole gateway: from a citizen's phone and back, with Meta's stand-in as the judge."""

import asyncio
import json

import pytest
from sqlalchemy import select, text

from gateway.analytics.models import TopicFeedback
from gateway.conversations.models import Conversation, Message, OutboxItem, Turn
from gateway.core.config.settings import Settings
from gateway.core.database import Base
from gateway.handover.models import QueueEntry
from simulator import Citizen, GraphFault
from tests.worlds import whatsapp_bodies as bodies
from tests.worlds.road import Road, open_road, until
from tests.worlds.scripted_engine import ScriptedEngine, answer

pytestmark = pytest.mark.anyio


async def rows[Row: Base](road: Road, table: type[Row]) -> list[Row]:
    async with road.service.database.transaction() as session:
        return list((await session.scalars(select(table))).all())


async def quiet(citizen: Citizen, seconds: float = 0.6) -> None:
    """Nothing arrives for a while."""
    with pytest.raises(TimeoutError):
        await citizen.next_reply(timeout=seconds)


async def test_the_first_reply_introduces_the_bot_and_the_second_does_not(road: Road) -> None:
    citizen = road.citizen()
    citizen.writes("mun instatili hakkeroitiin")
    first = await citizen.next_reply()
    citizen.writes("mitä nyt")
    second = await citizen.next_reply()

    assert "botti" in first.text
    assert "112" in first.text
    assert road.settings.privacy_url in first.text
    assert first.text.endswith("Hei!")
    assert second.text == "Hei!"


async def test_where_it_is_urgent_112_comes_before_the_introduction(road: Road, engine: ScriptedEngine) -> None:
    engine.next_answer = answer("Soita 112.", topic="emergency_now", danger="emergency", escalation=("emergency",))
    citizen = road.citizen()
    citizen.writes("joku murtautuu sisään")

    assert (await citizen.next_reply()).text.startswith("Soita 112.")
    (entry,) = await rows(road, QueueEntry)
    (conversation,) = await rows(road, Conversation)
    assert (entry.reason, entry.urgency, conversation.urgency) == ("danger", "emergency", "emergency")


async def test_buttons_come_back_as_a_choice_and_not_as_words(road: Road, engine: ScriptedEngine) -> None:
    engine.next_answer = answer("Valitse", buttons=(("topic:report_how", "Rikosilmoitus"),))
    citizen = road.citizen()
    citizen.writes("apua tän kanssa")
    assert (await citizen.next_reply()).titles == ["Rikosilmoitus"]
    citizen.taps("Rikosilmoitus")
    await citizen.next_reply()

    assert (engine.asked[1].choice, engine.asked[1].text) == ("report_how", None)


async def test_more_than_three_choices_become_a_list(road: Road, engine: ScriptedEngine) -> None:
    engine.next_answer = answer("Valitse", buttons=tuple((f"topic:t{n}", f"Aihe {n}") for n in range(5)))
    citizen = road.citizen()
    citizen.writes("apua tän kanssa")
    reply = await citizen.next_reply()

    assert (len(reply.rows), len(reply.buttons)) == (5, 0)
    assert reply.list_button
    citizen.taps("Aihe 4")
    await citizen.next_reply()
    assert engine.asked[1].choice == "t4"


async def test_messages_that_arrive_while_one_is_answered_are_one_turn_in_order(
    road: Road, engine: ScriptedEngine
) -> None:
    engine.go_on.clear()
    citizen = road.citizen()
    citizen.writes("yksi")
    await until(lambda: _asked(engine, 1))
    for word in ("kaksi", "kolme", "neljä"):
        citizen.writes(word)
        await asyncio.sleep(0.02)
    await until(lambda: _sorted(road, 4))
    engine.go_on.set()
    await citizen.next_reply()
    await citizen.next_reply()
    await quiet(citizen)

    assert [request.text for request in engine.asked] == ["yksi", "kaksi\nkolme\nneljä"]
    assert all(message.turn_id for message in await rows(road, Message))


async def _sorted(road: Road, count: int) -> bool:
    return len(await rows(road, Message)) >= count


async def _asked(engine: ScriptedEngine, count: int) -> bool:
    return len(engine.asked) >= count


async def test_a_greeting_waits_for_what_follows(settings: Settings, engine: ScriptedEngine) -> None:
    async with open_road(settings.model_copy(update={"turn_hold": 6.0}), engine) as road:
        citizen = road.citizen()
        citizen.writes("hei")
        await until(lambda: _has_arrived(road))
        citizen.writes("mun tili kaapattiin")
        await citizen.next_reply()
        await quiet(citizen, 1.2)

    assert [request.text for request in engine.asked] == ["hei\nmun tili kaapattiin"]


async def test_danger_does_not_wait_for_what_may_follow(settings: Settings, engine: ScriptedEngine) -> None:
    async with open_road(settings.model_copy(update={"turn_hold": 600.0}), engine) as road:
        citizen = road.citizen()
        citizen.writes("apua")
        await citizen.next_reply()

    assert [request.text for request in engine.asked] == ["apua"]


async def _has_arrived(road: Road) -> bool:
    return bool(await rows(road, Message))


async def test_a_silent_engine_is_never_silence_for_the_citizen(road: Road, engine: ScriptedEngine) -> None:
    engine.next_answer = None
    citizen = road.citizen()
    citizen.writes("vem är du")
    reply = await citizen.next_reply()

    # Nobody knows yet which language this citizen speaks, so the line comes in all three.
    assert all(word in reply.text for word in ("vastaamaan", "svara just nu", "answer right now", "112"))
    assert [entry.reason for entry in await rows(road, QueueEntry)] == ["engine_failure"]

    engine.next_answer = answer("Jag är en bot.", topic="about_bot", language="sv")
    citizen.writes("hallå där?")
    assert (await citizen.next_reply()).text.endswith("Jag är en bot.")
    engine.next_answer = None
    citizen.writes("och nu då")
    last = (await citizen.next_reply()).text
    assert "svara just nu" in last
    assert "vastaamaan" not in last


@pytest.mark.parametrize(
    ("kind", "fields", "word"),
    [
        ("image", {}, "kuvia"),
        ("voice", {}, "ääniviestejä"),
        ("video", {}, "kuvia"),
        ("document", {}, "tiedostoja"),
        ("sticker", {}, "tarroja"),
        ("location", {}, "sijaintia"),
        ("contacts", {}, "yhteystieto"),
        ("unsupported", {}, "tällaista viestiä"),
    ],
)
async def test_what_the_bot_cannot_read_gets_words_and_a_way_to_an_officer(
    road: Road, engine: ScriptedEngine, kind: str, fields: dict[str, object], word: str
) -> None:
    citizen = road.citizen()
    citizen.writes("moi, apua tän kanssa")
    await citizen.next_reply()
    citizen.sends(kind, **fields)
    reply = await citizen.next_reply()

    assert word in reply.text
    assert len(reply.buttons) == 1
    assert len(engine.asked) == 1


async def test_a_reaction_an_edit_and_a_revoke_get_no_reply(road: Road, engine: ScriptedEngine) -> None:
    citizen = road.citizen()
    written = citizen.writes("mun tili kaapattiin")
    reply = await citizen.next_reply()
    citizen.sends("reaction", about=reply.id, emoji="👍")
    citizen.sends("edit", about=written.id, text="mun insta kaapattiin")
    await quiet(citizen)
    citizen.sends("revoke", about=written.id)
    await quiet(citizen, 0.4)

    (message,) = await rows(road, Message)
    assert message.content_sealed is None
    talk, about_the_edit = engine.asked  # the edit is read for danger, beside the talk
    assert about_the_edit.conversation_id != talk.conversation_id


async def test_codes_are_hidden_before_anything_is_written_and_the_citizen_is_told(
    road: Road, engine: ScriptedEngine
) -> None:
    citizen = road.citizen()
    citizen.writes("mun hetu on 131052-308T ja tili FI21 1234 5600 0007 85")
    reply = await citizen.next_reply()

    assert engine.asked[0].text == "mun hetu on ⟦personal_code⟧ ja tili ⟦iban⟧"
    assert "piilotin" in reply.text.lower()


async def test_a_citizen_who_hides_the_phone_number_is_answered_by_user_id(road: Road) -> None:
    citizen = road.citizen(without_number=True)
    citizen.writes("hi, what can you do")

    assert (await citizen.next_reply()).text
    assert road.simulator.log.refused() == []


async def test_two_citizens_are_answered_side_by_side_and_one_citizen_one_at_a_time(
    road: Road, engine: ScriptedEngine
) -> None:
    engine.go_on.clear()
    people = [road.citizen(f"Nro {number}") for number in range(4)]
    for person in people:
        person.writes("mun tili kaapattiin")
    await until(lambda: _asked(engine, 4), 10.0)
    engine.go_on.set()
    await asyncio.gather(*(person.next_reply() for person in people))

    turns = await rows(road, Turn)
    assert len({turn.conversation_id for turn in turns}) == len(turns) == 4


async def test_duplicates_disorder_and_batches_make_one_reply_each(road: Road, engine: ScriptedEngine) -> None:
    road.fault(duplicate_share=1.0, disorder_seconds=0.2, batch_size=4, batch_wait=0.1)
    people = [road.citizen(f"Nro {number}") for number in range(6)]
    for person in people:
        person.writes("mun tili kaapattiin")
    for person in people:
        await person.next_reply()
        await quiet(person, 0.3)

    assert len(engine.asked) == 6
    assert len(await rows(road, Message)) == 6


async def test_statuses_only_move_up(road: Road) -> None:
    citizen = road.citizen()
    citizen.writes("mun tili kaapattiin")
    reply = await citizen.next_reply()
    await until(lambda: _rank_is(road, 2))
    for name in ("read", "sent", "delivered", "failed"):
        await road.post(bodies.body(statuses=(bodies.status(name, reply.id),)))
    await until(lambda: _rank_is(road, 3))
    await asyncio.sleep(0.2)

    (item,) = await rows(road, OutboxItem)
    assert (item.state, item.delivery_rank) == ("sent", 3)


async def _rank_is(road: Road, rank: int) -> bool:
    return any(item.delivery_rank >= rank for item in await rows(road, OutboxItem))


@pytest.mark.parametrize("fault", [GraphFault(code=131000), GraphFault(code=131056), GraphFault(http_status=500)])
async def test_a_reply_that_graph_refuses_for_now_goes_out_later(road: Road, fault: GraphFault) -> None:
    citizen = road.citizen()
    road.fault(fault)
    citizen.writes("mun tili kaapattiin")

    await citizen.next_reply(timeout=8)
    await quiet(citizen)


async def test_a_reply_whose_request_timed_out_but_arrived_is_not_sent_twice(
    settings: Settings, engine: ScriptedEngine
) -> None:
    async with open_road(settings.model_copy(update={"graph_timeout": 0.3}), engine) as road:
        citizen = road.citizen()
        road.fault(GraphFault(kind="timeout", seconds=1.0, accepted=True))
        citizen.writes("mun tili kaapattiin")
        await citizen.next_reply()
        await quiet(citizen, 1.5)

        (item,) = await rows(road, OutboxItem)
        assert (item.state, item.attempts) == ("sent", 1)


async def test_a_reply_that_can_never_be_delivered_is_recorded_and_not_repeated(road: Road) -> None:
    citizen = road.citizen()
    road.fault(GraphFault(code=131026, times=None))
    citizen.writes("mun tili kaapattiin")
    await until(lambda: _state_is(road, "failed"))

    (item,) = await rows(road, OutboxItem)
    assert (item.error_class, item.error_code, item.attempts) == ("undeliverable", 131026, 1)


async def _state_is(road: Road, state: str) -> bool:
    return any(item.state == state for item in await rows(road, OutboxItem))


async def test_a_message_older_than_a_day_is_kept_for_officers_and_not_answered(
    road: Road, engine: ScriptedEngine
) -> None:
    old = {**bodies.message(), "timestamp": "1600000000"}
    assert await road.post(bodies.body(old)) == 200
    await until(lambda: _has_turn(road))

    assert [turn.outcome for turn in await rows(road, Turn)] == ["window_closed"]
    assert (await rows(road, OutboxItem), engine.asked) == ([], [])


async def _has_turn(road: Road) -> bool:
    return bool(await rows(road, Turn))


async def test_asking_for_an_officer_puts_the_conversation_in_the_queue_once(
    road: Road, engine: ScriptedEngine
) -> None:
    engine.next_answer = answer("Pyyntösi on jonossa.", topic="talk_to_officer", escalation=("officer",))
    citizen = road.citizen()
    for _ in range(2):
        citizen.writes("haluun puhuu ihmiselle")
        await citizen.next_reply()

    (entry,) = await rows(road, QueueEntry)
    (conversation,) = await rows(road, Conversation)
    assert (entry.reason, entry.topic, conversation.state) == ("asked", "talk_to_officer", "waiting")


async def test_a_reply_of_the_bot_that_waits_when_an_officer_takes_over_is_dropped(road: Road) -> None:
    citizen = road.citizen()
    road.fault(GraphFault(code=131000, times=2))  # one for "typing…", one for the reply
    citizen.writes("mun tili kaapattiin")
    await until(lambda: _tried(road))
    async with road.service.database.transaction() as session:
        await session.execute(text("UPDATE conversation SET state = 'officer'"))
    await until(lambda: _state_is(road, "dropped"))
    await quiet(citizen)

    assert len(await rows(road, OutboxItem)) == 1


async def _tried(road: Road) -> bool:
    return any(item.attempts and item.state == "queued" for item in await rows(road, OutboxItem))


async def test_what_was_pending_when_the_process_died_is_answered_by_the_next(
    settings: Settings, engine: ScriptedEngine
) -> None:
    engine.delay = 30
    async with open_road(settings, engine) as road:
        assert await road.post(bodies.body(bodies.message(sender="358401234567", body="mun tili kaapattiin"))) == 200
        await until(lambda: _asked(engine, 1))
    engine.delay = 0
    async with open_road(settings, engine) as road:
        road.simulator.new_phone("Aino", number="358401234567")
        await until(lambda: _state_is(road, "sent"), 8)

        assert len(await rows(road, OutboxItem)) == 1
        assert len(engine.asked) == 2


async def test_no_table_and_no_log_line_holds_a_word_a_number_or_a_wamid(
    road: Road, capfd: pytest.CaptureFixture[str]
) -> None:
    citizen = road.citizen()
    citizen.writes("perunasalaatti salaisuus")
    reply = await citizen.next_reply()
    number = str(citizen.phone.number)

    written = ""
    async with road.service.database.transaction() as session:
        for table in Base.metadata.sorted_tables:
            for row in (await session.execute(select(table))).all():
                written += json.dumps([repr(value) for value in row])
    captured = capfd.readouterr()
    for place in (written, captured.out, captured.err):
        for secret in ("perunasalaatti", number, reply.id, "Hei!"):
            assert secret not in place


async def test_health_is_ready_with_an_engine_and_degraded_without(road: Road, engine: ScriptedEngine) -> None:
    import httpx2

    url = f"http://127.0.0.1:{road.settings.port}/health"
    async with httpx2.AsyncClient(trust_env=False) as client:
        ready = await client.get(f"{url}/ready")
        engine.next_answer = None
        degraded = await client.get(f"{url}/ready")
        live = await client.get(f"{url}/live")

    assert (ready.status_code, ready.json()["status"]) == (200, "ready")
    assert (degraded.status_code, degraded.json()["status"]) == (200, "degraded")
    assert (live.status_code, live.json()) == (200, {"status": "alive"})


async def test_what_a_citizen_says_of_an_answer_is_counted_for_its_topic(road: Road, engine: ScriptedEngine) -> None:
    said = [
        "account_hacked",
        "follow_up_thanks",
        "follow_up_helped",
        "sextortion",
        "follow_up_not_helped",
        "bank_phishing",
    ]
    for citizen in (road.citizen(), road.citizen()):
        for topic in said:
            engine.next_answer = answer(topic=topic)
            citizen.writes(f"jotain, mistä tulee {topic}")
            await citizen.next_reply()
    counted = await rows(road, TopicFeedback)
    assert {(row.topic, row.language, row.verdict, row.count) for row in counted} == {
        ("account_hacked", "fi", "helped", 2),
        ("sextortion", "fi", "not_helped", 2),
    }


async def test_a_second_matter_stands_under_its_title(road: Road, engine: ScriptedEngine) -> None:
    first, second = answer("Ensin tämä.", topic="sextortion"), answer("Sitten tämä.", topic="account_hacked")
    engine.next_answer = first.model_copy(update={"replies": (*first.replies, *second.replies)})
    citizen = road.citizen()
    citizen.writes("kaks asiaa")
    title = road.service.lines.title("account_hacked", "fi")
    assert (await citizen.next_reply()).text.endswith(f"Ensin tämä.\n\n*{title}*\nSitten tämä.")
