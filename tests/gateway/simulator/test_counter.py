"""Meta's counter: tokens, numbers, turnstiles, and the shapes of its answers."""

import base64
from typing import Any

import pytest

from gateway.channels.simulator.memory.identifiers import subject_of_wamid
from tests.gateway.simulator.stage import NUMBER, MakeStage, Receiver, Stage

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


async def test_what_citizens_write_counts_for_the_number_too(make_stage: MakeStage) -> None:
    stage = make_stage(messages_per_second=10)
    aino = stage.citizen()
    for _ in range(6):
        aino.writes("hei")
    codes = [(await stage.send(aino)).json().get("error", {}).get("code") for _ in range(6)]
    assert codes.count(None) == 4
    assert set(codes) == {None, 130429}


async def test_a_template_must_be_approved_and_filled(make_stage: MakeStage) -> None:
    stage = make_stage(templates={"palaamme": "Hei {{1}}, palaamme asiaan {{2}}."})
    aino = stage.citizen()
    language = {"code": "fi"}

    def filled(*values: str) -> list[dict[str, Any]]:
        return [{"type": "body", "parameters": [{"type": "text", "text": value} for value in values]}]

    unknown = await stage.send(aino, "template", {"name": "muu", "language": language})
    assert (unknown.status_code, unknown.json()["error"]["code"]) == (404, 132001)
    short = await stage.send(aino, "template", {"name": "palaamme", "language": language, "components": filled("Aino")})
    assert short.json()["error"]["code"] == 132000
    components = filled("Aino", "huomenna")
    await stage.send(aino, "template", {"name": "palaamme", "language": language, "components": components})
    assert (await aino.next_reply()).text == "Hei Aino, palaamme asiaan huomenna."


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
