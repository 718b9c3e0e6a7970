"""Meta's limits at the counter: one character less is sent, one more is refused in Meta's words."""

from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator import Citizen, create_simulator
from simulator.graph_api.errors import GraphRefusal
from simulator.graph_api.requests import read_request
from tests.worlds.simulator_stage import Receiver, Stage, buttons, config_for, rows

pytestmark = pytest.mark.anyio


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    """The counter alone: who is told of a message does not matter here."""
    sink = httpx2.MockTransport(lambda request: httpx2.Response(200))
    app = create_simulator(config_for(Receiver(url="http://gateway/webhook")), sink)
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://simulator") as client:
        yield Stage(app, client)
    await app.state.simulator.close()


@pytest.fixture
async def aino(stage: Stage) -> Citizen:
    citizen = stage.citizen()
    citizen.writes("hei")
    return citizen


def listed(count: int) -> dict[str, Any]:
    return rows(*(f"Aihe {position}" for position in range(count)))


def sections(*titles: str | None) -> dict[str, Any]:
    made = []
    for position, title in enumerate(titles):
        section: dict[str, Any] = {"rows": [{"id": str(position), "title": f"Rivi {position}"}]}
        made.append(section if title is None else {"title": title, **section})
    return {"type": "list", "body": {"text": "x"}, "action": {"button": "Näytä", "sections": made}}


def one_button(**reply: str) -> dict[str, Any]:
    return {
        "type": "button",
        "body": {"text": "x"},
        "action": {"buttons": [{"type": "reply", "reply": {"id": "a", "title": "A", **reply}}]},
    }


def one_row(**row: str) -> dict[str, Any]:
    entry = {"id": "a", "title": "A", **row}
    return {"type": "list", "body": {"text": "x"}, "action": {"button": "Näytä", "sections": [{"rows": [entry]}]}}


LINK = {"type": "cta_url", "body": {"text": "x"}}

AT_THE_LIMIT = [
    ("text", {"body": "ä" * 4096}),
    ("interactive", buttons("1", "2", "3")),
    ("interactive", buttons("A", body="ä" * 1024)),
    ("interactive", one_button(title="ä" * 20)),
    ("interactive", one_button(id="a" * 256)),
    ("interactive", {**buttons("A"), "footer": {"text": "f" * 60}, "header": {"type": "text", "text": "h" * 60}}),
    ("interactive", listed(10)),
    ("interactive", sections("a", "b", "c")),
    ("interactive", sections(None)),
    ("interactive", sections("s" * 24)),
    ("interactive", one_row(title="t" * 24, description="d" * 72, id="i" * 200)),
    ("interactive", {**listed(1), "body": {"text": "ä" * 4096}}),
    (
        "interactive",
        {**LINK, "action": {"name": "cta_url", "parameters": {"display_text": "d" * 20, "url": "https://poliisi.fi"}}},
    ),
    ("interactive", {"type": "location_request_message", "body": {"text": "x"}, "action": {"name": "send_location"}}),
    ("image", {"link": "https://poliisi.fi/a.png", "caption": "c" * 1024}),
    ("audio", {"link": "https://poliisi.fi/a.ogg", "voice": True}),
    ("document", {"link": "https://poliisi.fi/a.pdf", "filename": "a.pdf"}),
    ("location", {"latitude": 60.17, "longitude": 24.94}),
    ("contacts", [{"name": {"formatted_name": "Poliisi"}}]),
    ("template", {"name": "hei", "language": {"code": "fi"}}),
]

BEYOND = [
    ("text", {"body": "ä" * 4097}, 100, "at most 4096"),
    ("text", {"body": " "}, 131009, "must not be empty"),
    ("text", {}, 131008, "text['body']"),
    ("text", {"body": "hei", "colour": "red"}, 100, 'Unexpected key "colour"'),
    ("interactive", buttons("1", "2", "3", "4"), 131009, "Max allowed buttons: 3"),
    ("interactive", buttons(), 131009, "Min allowed buttons: 1"),
    ("interactive", buttons("A", body="ä" * 1025), 131009, "Max length: 1024"),
    ("interactive", one_button(title="ä" * 21), 131009, "Button title length invalid. Min length: 1, Max length: 20"),
    ("interactive", one_button(title=""), 131009, "Button title"),
    ("interactive", one_button(id="a" * 257), 131009, "Max length: 256"),
    ("interactive", one_button(id=" a"), 131009, "begin or end with a space"),
    ("interactive", buttons("Sama", "Sama"), 131009, "unique"),
    ("interactive", {**buttons("A"), "footer": {"text": "f" * 61}}, 131009, "Max length: 60"),
    ("interactive", {**buttons("A"), "header": {"type": "text", "text": "h" * 61}}, 131009, "Max length: 60"),
    ("interactive", {**listed(1), "header": {"type": "image"}}, 131009, "Header type"),
    ("interactive", listed(11), 131009, "Total row count exceed max allowed count: 10"),
    ("interactive", sections("a", None), 131008, "Section title"),
    ("interactive", sections("a", "s" * 25), 131009, "Max length: 24"),
    ("interactive", sections(*"abcdefghijk"), 131009, "Max allowed sections: 10"),
    ("interactive", one_row(title="t" * 25), 131009, "Row title is too long. Max length is 24"),
    ("interactive", one_row(description="d" * 73), 131009, "Max length: 72"),
    ("interactive", one_row(id="i" * 201), 131009, "Max length: 200"),
    ("interactive", {**listed(1), "body": {"text": "ä" * 4097}}, 131009, "Max length: 4096"),
    (
        "interactive",
        {**listed(1), "action": {"button": "n" * 21, "sections": [{"rows": [{"id": "a", "title": "A"}]}]}},
        131009,
        "Max length: 20",
    ),
    ("interactive", {"type": "wheel", "action": {}}, 131009, "must be one of"),
    ("image", {"link": "https://poliisi.fi/a.png", "id": "1"}, 131009, "either 'id' or 'link'"),
    ("image", {"link": "ftp://poliisi.fi/a.png"}, 131009, "https://"),
    ("image", {"link": "https://poliisi.fi/a.png", "caption": "c" * 1025}, 131009, "Max length: 1024"),
    ("sticker", {"id": "1", "caption": "ei"}, 100, "Unexpected key"),
    ("document", {"id": "1"}, 131009, "no media id"),
    ("location", {"latitude": 91, "longitude": 0}, 131009, "between -90 and 90"),
    ("contacts", [], 131009, "at least one"),
    ("reaction", {"message_id": "wamid.x"}, 131009, "emoji"),
    ("template", {"name": "hei"}, 131008, "template['language']"),
    ("poll", {"question": "?"}, 131051, "poll"),
]


@pytest.mark.parametrize(("kind", "content"), AT_THE_LIMIT)
async def test_what_stays_within_the_limits_is_accepted(stage: Stage, aino: Citizen, kind: str, content: Any) -> None:
    response = await stage.send(aino, kind, content)
    assert response.status_code == 200, response.text


@pytest.mark.parametrize(("kind", "content", "code", "words"), BEYOND)
async def test_what_goes_beyond_is_refused_and_the_judge_knows_why(
    stage: Stage, aino: Citizen, kind: str, content: Any, code: int, words: str
) -> None:
    response = await stage.send(aino, kind, content)
    error = response.json()["error"]
    assert (response.status_code, error["code"]) == (400, code)
    assert words in error["message"] + error.get("error_data", {}).get("details", "")
    assert stage.simulator.log.refused()[-1].code == code
    assert words in stage.simulator.log.refused()[-1].why
    await stage.simulator.settled()
    assert aino.received == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"messaging_product": None}, "messaging_product"),
        ({"messaging_product": "sms"}, "messaging_product"),
        ({"recipient_type": "group"}, "recipient_type"),
        ({"to": None}, "to is required"),
        ({"to": "soita minulle"}, "phone number"),
        ({"to": "FI.1349120865"}, "goes in 'recipient'"),
        ({"recipient": "358500000001"}, "business-scoped"),
        ({"biz_opaque_callback_data": "x" * 513}, "at most 512"),
        ({"text": "hei"}, "must be an object"),
    ],
)
async def test_a_wrong_envelope_is_refused(stage: Stage, change: dict[str, Any], words: str) -> None:
    body = {"messaging_product": "whatsapp", "to": "+358500000001", "type": "text", "text": {"body": "hei"}, **change}
    response = await stage.post({key: value for key, value in body.items() if value is not None})
    error = response.json()["error"]
    assert response.status_code == 400
    assert words in error["message"] + error.get("error_data", {}).get("details", "")


async def test_a_body_that_is_no_json_is_refused(stage: Stage) -> None:
    response = await stage.client.post(
        "/graph/v25.0/106540352242922/messages", content=b"{", headers={"Authorization": "Bearer access-token"}
    )
    assert (response.status_code, response.json()["error"]["code"]) == (400, 100)


def parts_of(part: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path to every part of a JSON document."""
    inner = part.items() if isinstance(part, dict) else enumerate(part) if isinstance(part, list) else ()
    return [path, *(found for key, item in inner for found in parts_of(item, (*path, key)))]


def replaced(part: Any, path: tuple[Any, ...], new: Any) -> Any:
    """The document with another value at the path."""
    if not path:
        return new
    if isinstance(part, list):
        return [replaced(item, path[1:], new) if key == path[0] else item for key, item in enumerate(part)]
    return {key: replaced(item, path[1:], new) if key == path[0] else item for key, item in part.items()}


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=5,
)
VALID = [
    {
        "messaging_product": "whatsapp",
        "to": "+358500000001",
        "type": kind,
        kind: content,
        "context": {"message_id": "x"},
    }
    for kind, content in AT_THE_LIMIT
] + [{"messaging_product": "whatsapp", "status": "read", "message_id": "x", "typing_indicator": {"type": "text"}}]


@given(data=st.data())
def test_whatever_stands_in_a_body_it_is_served_or_refused_and_never_breaks_the_counter(data: st.DataObject) -> None:
    body = data.draw(st.sampled_from(VALID))
    wrong = replaced(body, data.draw(st.sampled_from(parts_of(body))), data.draw(JUNK))
    with suppress(GraphRefusal):
        read_request(wrong, "358")
