"""Every kind of message that a phone can send, as the webhook sees it."""

import os
from pathlib import Path
from typing import Any

import pytest
import yaml

from simulator import BadDraft, Citizen
from tests.worlds.simulator_stage import NUMBER, MakeStage, Receiver, Stage, buttons, rows

pytestmark = pytest.mark.anyio

PLAIN: list[tuple[str, dict[str, Any], str, dict[str, Any]]] = [
    ("text", {"text": "hei"}, "text", {"body": "hei"}),
    ("template_button", {"text": "Lopeta", "payload": "stop"}, "button", {"payload": "stop", "text": "Lopeta"}),
    ("template_button", {"text": "Lopeta"}, "button", {"text": "Lopeta"}),
    ("image", {"caption": "katso"}, "image", {"mime_type": "image/png", "caption": "katso"}),
    ("video", {}, "video", {"mime_type": "video/mp4"}),
    ("voice", {}, "audio", {"mime_type": "audio/ogg; codecs=opus", "voice": True}),
    ("audio", {}, "audio", {"voice": False}),
    ("document", {}, "document", {"mime_type": "application/pdf", "filename": "todiste.pdf"}),
    ("sticker", {}, "sticker", {"mime_type": "image/webp", "animated": False}),
    ("location", {"name": "Tori"}, "location", {"latitude": 60.1699, "longitude": 24.9384, "name": "Tori"}),
    ("flow_reply", {"json": "{}"}, "interactive", {"type": "nfm_reply"}),
    ("order", {}, "order", {"catalog_id": "194836987003835"}),
    ("unsupported", {}, "unsupported", {"type": "poll"}),
    ("raw", {"type": "hologram", "content": {"x": 1}}, "hologram", {"x": 1}),
]


async def last(stage: Stage, receiver: Receiver) -> dict[str, Any]:
    await stage.simulator.settled()
    return receiver.messages[-1]


@pytest.mark.parametrize(("kind", "fields", "seen_as", "content"), PLAIN)
async def test_a_message_arrives_in_metas_shape(
    stage: Stage, receiver: Receiver, kind: str, fields: dict[str, Any], seen_as: str, content: dict[str, Any]
) -> None:
    aino = stage.citizen()
    sent = aino.sends(kind, **fields)
    message = await last(stage, receiver)
    assert message["type"] == seen_as
    assert content.items() <= message[seen_as].items()
    assert (message["from"], message["from_user_id"]) == ("358500000001", aino.phone.user_id)
    assert message["id"] == sent.id
    assert message["timestamp"].isdecimal()
    assert receiver.values[-1]["contacts"][0]["wa_id"] == "358500000001"


async def test_a_contact_card_is_a_list(stage: Stage, receiver: Receiver) -> None:
    stage.citizen().sends("contacts", name="Aada Esimerkki")
    assert (await last(stage, receiver))["contacts"][0]["name"]["formatted_name"] == "Aada Esimerkki"


async def test_an_unsupported_message_carries_its_error(stage: Stage, receiver: Receiver) -> None:
    stage.citizen().sends("unsupported")
    assert (await last(stage, receiver))["errors"][0]["code"] == 131051


async def test_an_interactive_answer_may_come_without_its_reply(stage: Stage, receiver: Receiver) -> None:
    stage.citizen().sends("broken_interactive")
    message = await last(stage, receiver)
    assert "interactive" not in message
    assert message["errors"][0]["code"] == 131000


async def test_somebody_without_a_number_has_no_from_and_no_wa_id(stage: Stage, receiver: Receiver) -> None:
    elias = stage.citizen("Elias", without_number=True, username="@elias")
    elias.writes("hei")
    message = await last(stage, receiver)
    assert "from" not in message
    assert message["from_user_id"] == elias.phone.user_id
    contact = {"profile": {"name": "Elias", "username": "@elias"}, "user_id": elias.phone.user_id}
    assert receiver.values[-1]["contacts"] == [contact]


async def test_a_tap_and_a_choice_answer_with_id_and_title_and_name_their_message(
    stage: Stage, receiver: Receiver
) -> None:
    aino = stage.citizen()
    aino.writes("hei")
    await stage.send(aino, "interactive", buttons("Kyllä", "Ei"))
    asked = await aino.next_reply()
    aino.taps("Kyllä")
    message = await last(stage, receiver)
    assert message["interactive"] == {"type": "button_reply", "button_reply": {"id": "kyllä", "title": "Kyllä"}}
    assert message["context"] == {"from": "35890000000", "id": asked.id}
    await stage.send(aino, "interactive", rows("Yksi", "Kaksi"))
    await aino.next_reply()
    aino.taps("Kaksi")
    message = await last(stage, receiver)
    assert message["interactive"] == {"type": "list_reply", "list_reply": {"id": "row-1", "title": "Kaksi"}}


async def test_nobody_taps_what_is_not_there(stage: Stage) -> None:
    aino, elias = stage.citizen(), stage.citizen("Elias")
    aino.writes("hei")
    await stage.send(aino, "interactive", buttons("Kyllä"))
    asked = await aino.next_reply()
    with pytest.raises(BadDraft, match="nothing called 'Ehkä'"):
        aino.taps("Ehkä")
    with pytest.raises(BadDraft, match="no such button"):
        aino.sends("button_reply", about=asked.id, choice="ehkä")
    with pytest.raises(BadDraft, match="no such message on this phone"):
        elias.sends("button_reply", about=asked.id, choice="kyllä")
    with pytest.raises(BadDraft, match="cannot send 'telepathy'"):
        aino.sends("telepathy")
    with pytest.raises(BadDraft, match="needs 'text'"):
        aino.sends("text")


async def test_a_reaction_can_be_taken_back(stage: Stage, receiver: Receiver) -> None:
    aino = stage.citizen()
    aino.writes("hei")
    wamid = (await stage.send(aino)).json()["messages"][0]["id"]
    aino.sends("reaction", about=wamid, emoji="😮")
    assert (await last(stage, receiver))["reaction"] == {"message_id": wamid, "emoji": "😮"}
    assert stage.simulator.state.messages[wamid].reactions == {"citizen": "😮"}
    aino.sends("reaction", about=wamid)
    assert (await last(stage, receiver))["reaction"] == {"message_id": wamid}
    assert stage.simulator.state.messages[wamid].reactions == {}


async def test_an_edit_and_a_revoke_name_the_original(stage: Stage, receiver: Receiver) -> None:
    aino = stage.citizen()
    original = aino.writes("hii")
    aino.sends("edit", about=original.id, text="hei")
    message = await last(stage, receiver)
    assert message["edit"]["original_message_id"] == original.id
    assert message["edit"]["message"]["text"] == {"body": "hei"}
    kept = stage.simulator.state.messages[original.id]
    assert (kept.content, kept.edited) == ({"body": "hei"}, True)
    aino.sends("revoke", about=original.id)
    assert (await last(stage, receiver))["revoke"] == {"original_message_id": original.id}
    assert stage.simulator.state.messages[original.id].revoked


async def test_only_own_words_can_be_edited_or_taken_back(stage: Stage) -> None:
    aino = stage.citizen()
    aino.writes("hei")
    wamid = (await stage.send(aino)).json()["messages"][0]["id"]
    for kind in ("edit", "revoke"):
        with pytest.raises(BadDraft, match="that this phone sent"):
            aino.sends(kind, about=wamid, text="x")


async def test_a_new_number_is_told_without_contacts_and_the_old_one_leads_nowhere(
    stage: Stage, receiver: Receiver
) -> None:
    aino = stage.citizen()
    before = aino.phone
    aino.sends("number_change", number="+358500000077")
    message = await last(stage, receiver)
    assert message["from"] == before.number
    assert message["system"]["type"] == "user_changed_number"
    assert message["system"]["wa_id"] == "358500000077"
    assert message["system"]["previous_user_id"] == before.user_id
    assert message["system"]["user_id"] == aino.phone.user_id != before.user_id
    assert "contacts" not in receiver.values[-1]
    assert stage.simulator.state.phone_by_number("358500000001") is None
    assert stage.simulator.state.phone_by_number("358500000077") is not None


async def test_a_new_user_id_is_told_without_from(stage: Stage, receiver: Receiver) -> None:
    elias = stage.citizen("Elias", without_number=True, username="@elias")
    before = elias.phone.user_id
    elias.sends("user_id_change")
    message = await last(stage, receiver)
    assert "from" not in message
    assert message["system"]["previous_user_id"] == before
    assert stage.simulator.state.phone_by_user_id(before) is None


async def test_a_group_text_and_a_forwarded_text_are_marked(stage: Stage, receiver: Receiver) -> None:
    aino = stage.citizen()
    aino.sends("group_text", text="hei kaikki")
    assert (await last(stage, receiver))["group_id"]
    aino.sends("text", text="katso", forwarded=True)
    assert (await last(stage, receiver))["context"] == {"forwarded": True}


async def test_a_quote_names_the_quoted_message(stage: Stage, receiver: Receiver) -> None:
    aino = stage.citizen()
    aino.writes("hei")
    wamid = (await stage.send(aino)).json()["messages"][0]["id"]
    aino.writes("mitä tarkoitat?", quoted=wamid)
    assert (await last(stage, receiver))["context"]["id"] == wamid


async def test_phones_write_to_the_number_they_choose(stage: Stage) -> None:
    aino = stage.citizen()
    assert aino.writes("hei").business_number == NUMBER
    with pytest.raises(BadDraft, match="no business number"):
        aino.sends("text", text="hei", business_number="1")


async def test_two_phones_never_share_a_number(stage: Stage) -> None:
    stage.citizen(number="+358 50 123")
    with pytest.raises(ValueError, match="taken"):
        stage.citizen("Elias", number="+35850123")


async def test_no_phone_gets_a_number_of_ours(make_stage: MakeStage) -> None:
    stage = make_stage(business_numbers={NUMBER: "+358 50 000 0001"})
    assert stage.citizen().phone.number == "358500000002"
    with pytest.raises(ValueError, match="taken"):
        stage.citizen("Elias", number="+358500000001")


@pytest.fixture(scope="module")
def metas_examples() -> dict[str, dict[str, Any]]:
    """Meta's own example of each kind of message (the schema beside them refuses even these)."""
    path = os.environ.get("NEUVO_META_OPENAPI")
    if not path:
        pytest.skip("Set NEUVO_META_OPENAPI to Meta's OpenAPI file to compare the webhooks with Meta's own examples.")
    document = yaml.load(Path(path).read_text(encoding="utf-8"), getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    content = document["paths"]["/whatsapp/webhooks"]["post"]["requestBody"]["content"]["application/json"]
    examples = {}
    for name, example in content["examples"].items():
        value = example["value"]["entry"][0]["changes"][0]["value"]
        if "messages" in value:
            examples[name] = value
    return examples


def paths(part: Any, above: str = "") -> set[str]:
    """Where in a JSON document there is a value, and of which type."""
    if isinstance(part, list):
        return {path for item in part for path in paths(item, f"{above}[]")}
    if isinstance(part, dict):
        return {path for key, item in part.items() for path in paths(item, f"{above}.{key}")}
    return {f"{above}: {'number' if isinstance(part, int | float) else type(part).__name__}"}


EXAMPLES = [
    ("Text Message", "text", {"text": "hei"}),
    ("Image Message", "image", {"caption": "katso"}),
    ("Location Message", "location", {"name": "Tori", "address": "Helsinki", "url": "https://poliisi.fi"}),
    ("Contact Sharing Message", "contacts", {}),
    ("Unsupported Message", "unsupported", {}),
    ("Button Message", "template_button", {"text": "Lopeta", "payload": "stop", "about": "wamid.x"}),
    ("Order Message", "order", {}),
    ("System Message", "number_change", {"number": "+358500000077"}),
]


@pytest.mark.parametrize(("name", "kind", "fields"), EXAMPLES)
async def test_everything_in_metas_own_example_is_in_ours(
    stage: Stage,
    receiver: Receiver,
    metas_examples: dict[str, dict[str, Any]],
    name: str,
    kind: str,
    fields: dict[str, Any],
) -> None:
    stage.citizen().sends(kind, **fields)
    await stage.simulator.settled()
    # A card may name an employer; ours has none.
    wanted = {path for path in paths(metas_examples[name]) if ".org." not in path}
    assert wanted - paths(receiver.values[-1]) == set()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("Interactive Button Reply Message", buttons("Kyllä")),
        ("Interactive List Reply Message", rows("Kyllä", description="Kuvaus")),
    ],
)
async def test_everything_in_metas_example_of_an_answer_is_in_ours(
    stage: Stage,
    receiver: Receiver,
    metas_examples: dict[str, dict[str, Any]],
    name: str,
    content: dict[str, Any],
) -> None:
    aino = stage.citizen()
    aino.writes("hei")
    await stage.send(aino, "interactive", content)
    await aino.next_reply()
    aino.taps("Kyllä")
    await stage.simulator.settled()
    assert paths(metas_examples[name]) - paths(receiver.values[-1]) == set()


async def test_a_citizen_sees_only_the_own_chat(stage: Stage) -> None:
    aino, elias = stage.citizen(), stage.citizen("Elias")
    aino.writes("hei")
    await stage.send(aino)
    await aino.next_reply()
    assert isinstance(elias, Citizen)
    assert elias.received == []
