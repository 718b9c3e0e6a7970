"""A reply's journey: accepted, sent, delivered, read or failed, each step told by a webhook of 2026's shape."""

import asyncio
from pathlib import Path

import pytest

from simulator import Delays
from simulator.core.models import Phone, as_record
from tests.worlds.simulator_stage import NUMBER, MakeStage, Receiver, Stage, buttons

pytestmark = pytest.mark.anyio


def read_mark(wamid: str, **more: object) -> dict[str, object]:
    return {"messaging_product": "whatsapp", "status": "read", "message_id": wamid, **more}


async def test_a_reply_is_sent_and_delivered_and_the_webhooks_say_so(stage: Stage, receiver: Receiver) -> None:
    aino = stage.citizen()
    aino.writes("hei")
    wamid = (await stage.send(aino, biz_opaque_callback_data="outbox-7")).json()["messages"][0]["id"]
    await stage.simulator.settled()
    assert receiver.statuses_of(wamid) == ["sent", "delivered"]
    value = receiver.values[-1]
    assert value["contacts"] == [{"profile": {"name": "Aino"}, "wa_id": "358500000001", "user_id": aino.phone.user_id}]
    assert {key: part for key, part in value["statuses"][0].items() if key != "timestamp"} == {
        "id": wamid,
        "status": "delivered",
        "recipient_id": "358500000001",
        "recipient_user_id": aino.phone.user_id,
        "biz_opaque_callback_data": "outbox-7",
        "pricing": {"billable": True, "pricing_model": "PMP", "type": "regular", "category": "service"},
    }
    assert value["metadata"] == {"display_phone_number": "35890000000", "phone_number_id": NUMBER}


async def test_a_reply_is_read_when_the_chat_is_on_the_screen(stage: Stage, receiver: Receiver) -> None:
    aino = stage.citizen()
    aino.writes("hei")
    with aino.opens():
        wamid = (await stage.send(aino)).json()["messages"][0]["id"]
        await stage.simulator.settled()
    assert receiver.statuses_of(wamid) == ["sent", "delivered", "read"]
    # Money is told with `sent` and with one of the two others, never with both.
    assert "pricing" not in receiver.statuses[-1]


async def test_opening_the_chat_reads_what_lies_there(stage: Stage, receiver: Receiver) -> None:
    aino = stage.citizen()
    aino.writes("hei")
    wamid = (await stage.send(aino)).json()["messages"][0]["id"]
    await stage.simulator.settled()
    with aino.opens():
        await stage.simulator.settled()
    assert receiver.statuses_of(wamid)[-1] == "read"


async def test_a_phone_that_is_off_gets_its_messages_when_it_comes_back(stage: Stage, receiver: Receiver) -> None:
    aino = stage.citizen()
    aino.writes("hei")
    stage.simulator.update_phone(Phone(**{**as_record(aino.phone), "online": False}))
    wamid = (await stage.send(aino)).json()["messages"][0]["id"]
    await stage.simulator.settled()
    assert receiver.statuses_of(wamid) == ["sent"]
    assert aino.received == []
    stage.simulator.update_phone(Phone(**{**as_record(aino.phone), "online": True}))
    assert (await aino.next_reply()).id == wamid


async def test_after_24_hours_a_text_is_accepted_and_fails(stage: Stage, receiver: Receiver) -> None:
    aino = stage.citizen()
    aino.writes("hei")
    stage.simulator.clock.advance(24 * 3600)
    response = await stage.send(aino, biz_opaque_callback_data="outbox-8")
    assert response.status_code == 200
    await stage.simulator.settled()
    failed = receiver.values[-1]
    # A `failed` status has no contacts, and no user id when the message went to a number.
    assert "contacts" not in failed
    status = failed["statuses"][0]
    assert (status["status"], status["errors"][0]["code"]) == ("failed", 131047)
    assert status["biz_opaque_callback_data"] == "outbox-8"
    assert "recipient_user_id" not in status
    assert "pricing" not in status
    assert aino.received == []
    assert stage.simulator.log.failed()[0].error_code == 131047


async def test_a_template_goes_out_after_24_hours_and_a_new_message_opens_the_window(stage: Stage) -> None:
    aino = stage.citizen()
    aino.writes("hei")
    stage.simulator.close_window(aino.id)
    await stage.send(aino, "template", {"name": "palaamme", "language": {"code": "fi"}})
    assert (await aino.next_reply()).kind == "template"
    aino.writes("olen täällä")
    await stage.send(aino)
    assert (await aino.next_reply()).text == "Hei!"


async def test_a_window_belongs_to_one_number(make_stage: MakeStage, receiver: Receiver) -> None:
    stage = make_stage(business_numbers={NUMBER: "+358 9 000 0000", "777": "+358 9 000 0001"})
    aino = stage.citizen()
    aino.writes("hei")
    body = {"messaging_product": "whatsapp", "to": "+358500000001", "type": "text", "text": {"body": "Hei!"}}
    await stage.post(body, number="777")
    await stage.simulator.settled()
    assert receiver.statuses[-1]["errors"][0]["code"] == 131047


async def test_an_unknown_recipient_is_accepted_and_fails(stage: Stage, receiver: Receiver) -> None:
    body = {"messaging_product": "whatsapp", "recipient": "FI.1349", "type": "text", "text": {"body": "Hei!"}}
    assert (await stage.post(body)).status_code == 200
    await stage.simulator.settled()
    status = receiver.statuses[-1]
    assert (status["status"], status["errors"][0]["code"], status["recipient_user_id"]) == ("failed", 131026, "FI.1349")


async def test_a_username_shows_in_delivered_but_never_in_sent(stage: Stage, receiver: Receiver) -> None:
    elias = stage.citizen("Elias", without_number=True, username="@elias")
    elias.writes("hei")
    await stage.send(elias)
    await stage.simulator.settled()
    sent, delivered = (value for value in receiver.values if "statuses" in value)
    assert sent["contacts"][0]["profile"] == {"name": "Elias"}
    assert delivered["contacts"][0]["profile"] == {"name": "Elias", "username": "@elias"}
    assert "wa_id" not in delivered["contacts"][0]
    assert "recipient_id" not in delivered["statuses"][0]
    assert delivered["statuses"][0]["recipient_user_id"] == elias.phone.user_id


async def test_parent_ids_are_told_when_the_portfolio_has_them(make_stage: MakeStage, receiver: Receiver) -> None:
    stage = make_stage(parent_user_ids=True)
    aino = stage.citizen()
    aino.writes("hei")
    await stage.send(aino)
    await stage.simulator.settled()
    parent = aino.phone.parent_user_id
    assert str(parent).startswith("FI.ENT.")
    assert receiver.messages[0]["from_parent_user_id"] == parent
    assert receiver.statuses[-1]["parent_recipient_user_id"] == parent


async def test_our_reaction_is_only_ever_sent(stage: Stage, receiver: Receiver) -> None:
    aino = stage.citizen()
    message = aino.writes("kiitos")
    await stage.send(aino, "reaction", {"message_id": message.id, "emoji": "👍"})
    await stage.simulator.settled()
    assert [status["status"] for status in receiver.statuses] == ["sent"]
    assert stage.simulator.state.messages[message.id].reactions == {"service": "👍"}
    assert aino.received == []


async def test_a_read_mark_turns_this_and_earlier_ticks_blue(stage: Stage) -> None:
    aino = stage.citizen()
    first, second, third = aino.writes("yksi"), aino.writes("kaksi"), aino.writes("kolme")
    await stage.simulator.settled()
    assert (await stage.post(read_mark(second.id))).json() == {"success": True}
    states = [stage.simulator.state.messages[message.id].status for message in (first, second, third)]
    assert states == ["read", "read", "delivered"]


async def test_typing_lasts_until_the_answer_or_25_seconds(stage: Stage) -> None:
    aino = stage.citizen()
    message = aino.writes("hei")
    await stage.post(read_mark(message.id, typing_indicator={"type": "text"}))
    simulator = stage.simulator
    assert simulator.typing_until[aino.id] - simulator.clock.now() == pytest.approx(25, abs=1)
    await stage.send(aino)
    await aino.next_reply()
    assert simulator.typing_until[aino.id] <= simulator.clock.now()


async def test_only_a_message_this_number_got_within_30_days_can_be_marked(make_stage: MakeStage) -> None:
    stage = make_stage(business_numbers={NUMBER: "+358 9 000 0000", "777": "+358 9 000 0001"})
    aino = stage.citizen()
    message = aino.writes("hei")
    own = (await stage.send(aino)).json()["messages"][0]["id"]
    for wamid, number in (("wamid.x", NUMBER), (own, NUMBER), (message.id, "777")):
        assert (await stage.post(read_mark(wamid), number=number)).json()["error"]["code"] == 131009
    stage.simulator.clock.advance(30 * 24 * 3600 + 1)
    assert (await stage.post(read_mark(message.id))).json()["error"]["code"] == 131009


async def test_the_judge_shows_buttons_words_and_times_in_order(stage: Stage) -> None:
    aino = stage.citizen()
    aino.writes("hei")
    await stage.send(aino, "text", {"body": "Ensin"})
    first = await aino.next_reply()
    await stage.send(aino, "interactive", buttons("Kyllä", "Ei", body="Jatketaanko?"), context={"message_id": first.id})
    second = await aino.next_reply()
    assert [message.text for message in stage.simulator.log.received_by(aino.id)] == ["Ensin", "Jatketaanko?"]
    assert second.titles == ["Kyllä", "Ei"]
    assert second.quoted == first.id
    assert first.at <= second.at


async def test_history_survives_a_restart_and_a_torn_last_line(make_stage: MakeStage, tmp_path: Path) -> None:
    path = tmp_path / "log" / "simulator.jsonl"
    before = make_stage(log_path=path, delays=Delays(sent=0, delivered=60, read=0))
    aino = before.citizen()
    aino.writes("hei")
    await before.send(aino, "interactive", buttons("Kyllä"))
    await asyncio.sleep(0.1)
    await before.simulator.close()
    with path.open("a", encoding="utf-8") as log:
        log.write('{"event":"mess')
    after = make_stage(log_path=path)
    simulator = after.simulator
    assert simulator.state.phones[aino.id].name == "Aino"
    assert [message.author for message in simulator.state.by_phone[aino.id]] == ["citizen", "service"]
    assert simulator.window_open(NUMBER, aino.id)
    # What was still on its way arrives when the chat is opened again.
    with simulator.opened(aino.id):
        await simulator.settled()
    assert simulator.log.received_by(aino.id)[0].titles == ["Kyllä"]
    assert simulator.new_phone("Elias").id != aino.id
