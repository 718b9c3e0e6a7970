"""Meta's counter: tokens, numbers, turnstiles, and the shapes of its answers."""

import base64
import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine

from simulator.core.identifiers import subject_of_wamid
from tests.worlds.simulator_stage import NUMBER, MakeStage, Receiver, Stage

pytestmark = pytest.mark.anyio

HELLO = {"messaging_product": "whatsapp", "to": "+358500000001", "type": "text", "text": {"body": "hei"}}


async def test_an_accepted_message_is_answered_as_meta_does(stage: Stage) -> None:
    aino = stage.citizen()
    aino.writes("hei")
    answer = (await stage.send(aino)).json()
    wamid = answer["messages"][0]["id"]
    assert answer == {
        "messaging_product": "whatsapp",
        "contacts": [{"input": "+358500000001", "wa_id": "358500000001", "user_id": aino.phone.user_id}],
        "messages": [{"id": wamid}],
    }
    assert wamid.startswith("wamid.HBg")
    assert subject_of_wamid(wamid) == "358500000001"
    assert b"358500000001" in base64.b64decode(wamid.removeprefix("wamid."))


async def test_a_citizen_without_a_number_is_answered_by_user_id_alone(stage: Stage) -> None:
    elias = stage.citizen("Elias", without_number=True, username="@elias")
    elias.writes("hei")
    answer = (await stage.send(elias)).json()
    assert answer["contacts"] == [{"input": elias.phone.user_id, "user_id": elias.phone.user_id}]
    assert (await elias.next_reply()).text == "Hei!"


async def test_the_number_beats_the_user_id_when_both_are_given(stage: Stage) -> None:
    aino, elias = stage.citizen(), stage.citizen("Elias")
    aino.writes("hei")
    answer = (await stage.send(aino, recipient=elias.phone.user_id)).json()
    assert answer["contacts"][0]["wa_id"] == aino.phone.number
    assert (await aino.next_reply()).text == "Hei!"
    assert elias.received == []


@pytest.mark.parametrize("token", ["wrong", "", "ä"])
async def test_a_wrong_token_is_answered_401_with_190(stage: Stage, token: str) -> None:
    headers = {b"Authorization": f"Bearer {token}".encode()}
    response = await stage.client.post(f"/graph/v25.0/{NUMBER}/messages", json=HELLO, headers=headers)
    error = response.json()["error"]
    assert (response.status_code, error["code"], error["type"]) == (401, 190, "OAuthException")
    assert error["fbtrace_id"]


async def test_a_missing_token_is_answered_401(stage: Stage) -> None:
    assert (await stage.client.post(f"/graph/v25.0/{NUMBER}/messages", json=HELLO)).status_code == 401


async def test_a_number_that_is_not_ours_is_answered_100_with_33(stage: Stage) -> None:
    response = await stage.post(HELLO, number="999")
    error = response.json()["error"]
    assert (response.status_code, error["code"], error["error_subcode"]) == (400, 100, 33)


async def test_a_version_that_is_not_allowed_is_refused(stage: Stage) -> None:
    assert (await stage.post(HELLO, version="v19.0")).status_code == 400


async def test_a_refusal_has_metas_shape(stage: Stage) -> None:
    error = (await stage.post({**HELLO, "text": {}})).json()["error"]
    assert set(error) == {"message", "type", "code", "error_data", "fbtrace_id"}
    assert error["message"] == "(#131008) Required parameter is missing"
    assert error["error_data"]["messaging_product"] == "whatsapp"


async def test_a_number_without_a_plus_gets_our_country_code_in_front(stage: Stage, receiver: Receiver) -> None:
    aino = stage.citizen()
    aino.writes("hei")
    answer = await stage.post({**HELLO, "to": "358500000001"})
    assert answer.json()["contacts"][0]["wa_id"] == "358358500000001"
    await stage.simulator.settled()
    assert aino.received == []
    assert receiver.statuses[-1]["errors"][0]["code"] == 131026


async def test_nobody_sends_to_the_own_number(stage: Stage) -> None:
    response = await stage.post({**HELLO, "to": "+358 9 000 0000"})
    assert response.json()["error"]["code"] == 131021


@pytest.fixture
def still_clock() -> Iterator[None]:
    """Time stands still: on a busy machine a limit would fill up again before the test has come to it."""
    with time_machine.travel(dt.datetime.now(dt.UTC), tick=False):
        yield


@pytest.mark.usefixtures("still_clock")
async def test_the_forty_sixth_message_to_one_citizen_must_wait_six_seconds(stage: Stage) -> None:
    aino, elias = stage.citizen(), stage.citizen("Elias")
    aino.writes("hei")
    elias.writes("hei")
    assert {(await stage.send(aino)).status_code for _ in range(45)} == {200}
    refused = (await stage.send(aino)).json()["error"]
    assert refused["code"] == 131056
    assert "pair rate limit" in refused["message"]
    assert (await stage.send(elias)).status_code == 200
    stage.simulator.clock.advance(6)
    assert (await stage.send(aino)).status_code == 200
    assert (await stage.send(aino)).status_code == 400


@pytest.mark.usefixtures("still_clock")
async def test_what_citizens_write_counts_for_the_number_too(make_stage: MakeStage) -> None:
    stage = make_stage(messages_per_second=10)
    aino = stage.citizen()
    for _ in range(6):
        aino.writes("hei")
    codes = [(await stage.send(aino)).json().get("error", {}).get("code") for _ in range(6)]
    assert codes == [None] * 4 + [130429] * 2


async def test_a_template_must_be_approved_and_filled(make_stage: MakeStage) -> None:
    stage = make_stage(templates={"palaamme": {"fi": "Hei {{1}}, palaamme asiaan {{2}}."}})
    aino = stage.citizen()
    language = {"code": "fi"}

    def filled(*values: str) -> list[dict[str, Any]]:
        return [{"type": "body", "parameters": [{"type": "text", "text": value} for value in values]}]

    unknown = await stage.send(aino, "template", {"name": "muu", "language": language})
    assert (unknown.status_code, unknown.json()["error"]["code"]) == (404, 132001)
    short = await stage.send(aino, "template", {"name": "palaamme", "language": language, "components": filled("Aino")})
    assert short.json()["error"]["code"] == 132000
    foreign = await stage.send(
        aino, "template", {"name": "palaamme", "language": {"code": "sv"}, "components": filled("Aino", "i morgon")}
    )
    assert (foreign.status_code, foreign.json()["error"]["code"]) == (404, 132001)
    components = filled("Aino", "huomenna")
    await stage.send(aino, "template", {"name": "palaamme", "language": language, "components": components})
    assert (await aino.next_reply()).text == "Hei Aino, palaamme asiaan huomenna."


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ([("day", "24.11.")], None),
        ([(None, "24.11.")], 132012),
        ([("date", "24.11.")], 132012),
        ([("day", "")], 131008),
        ([("day", "a\nb")], 100),
        ([("day", "a     b")], 100),
        ([("day", "x" * 1024)], 132005),
        ([("day", "1"), ("day", "2")], 132000),
        ([], 132000),
    ],
)
async def test_named_gaps_take_named_values_of_one_line(
    make_stage: MakeStage, values: list[tuple[str | None, str]], code: int | None
) -> None:
    stage = make_stage(templates={"waits": {"en": "You wrote on {{day}}. There is a reply."}})
    parameters = [{"type": "text", "text": text, **({"parameter_name": name} if name else {})} for name, text in values]
    content = {
        "name": "waits",
        "language": {"code": "en"},
        "components": [{"type": "body", "parameters": parameters}],
    }
    answer = (await stage.send(stage.citizen(), "template", content)).json()
    assert answer.get("error", {}).get("code") == code


async def test_metas_list_of_templates_comes_in_pages_and_for_the_own_account_only(make_stage: MakeStage) -> None:
    stage = make_stage(templates={f"name_{n}": {"fi": "Hei.", "sv": "Hej."} for n in range(3)})
    headers = {"Authorization": "Bearer access-token"}
    path = f"/graph/v25.0/{stage.simulator.config.business_account_id}/message_templates"
    first = (await stage.client.get(path, params={"limit": "4"}, headers=headers)).json()
    after = first["paging"]["cursors"]["after"]
    second = (await stage.client.get(path, params={"limit": "4", "after": after}, headers=headers)).json()
    names = [(each["name"], each["language"]) for each in [*first["data"], *second["data"]]]
    assert (len(first["data"]), len(set(names)), "paging" in second) == (4, 6, False)
    assert (await stage.client.get("/graph/v25.0/1/message_templates", headers=headers)).status_code == 400
    assert (await stage.client.get(path)).status_code == 401


async def test_the_address_of_a_file_lives_five_minutes(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    media_id = stage.citizen().sends("image").content["id"]
    headers = {"Authorization": "Bearer access-token"}
    about = (await stage.client.get(f"/graph/v25.0/{media_id}", headers=headers)).json()
    later = stage.simulator.clock.now() + 301
    monkeypatch.setattr(stage.simulator.clock, "now", lambda: later)
    assert (await stage.client.get(about["url"], headers=headers)).status_code == 404


async def test_a_file_of_a_citizen_can_be_fetched_with_the_token_only(stage: Stage) -> None:
    aino = stage.citizen()
    media_id = aino.sends("image").content["id"]
    headers = {"Authorization": "Bearer access-token"}
    about = (await stage.client.get(f"/graph/v25.0/{media_id}", headers=headers)).json()
    assert about["mime_type"] == "image/png"
    file = await stage.client.get(about["url"], headers=headers)
    assert file.content.startswith(b"\x89PNG")
    assert len(file.content) == about["file_size"]
    assert (await stage.client.get(about["url"])).status_code == 401
    assert (await stage.client.get("/graph/v25.0/12345", headers=headers)).status_code == 400
