"""Checks of station 0: Meta's bodies become events, all of them, and none is an error."""

import datetime as dt
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.channels.whatsapp.payloads import read_events
from gateway.core.config.settings import PROJECT
from tests.worlds import tiers
from tests.worlds import whatsapp_bodies as bodies


def only_message(content: bytes) -> Any:
    (event,) = read_events(content)
    assert event.kind == "message"
    return event.message


def test_every_message_and_status_of_every_entry_and_change_is_read() -> None:
    first = json.loads(bodies.body(bodies.message(), bodies.message(sender="358409999999")))
    second = json.loads(bodies.body(statuses=(bodies.status("sent", "wamid.A"), bodies.status("read", "wamid.A"))))
    first["entry"] += second["entry"]
    first["entry"][0]["changes"] += json.loads(bodies.body(bodies.message()))["entry"][0]["changes"]

    events = read_events(bodies.encode(first))

    assert [event.kind for event in events] == ["message"] * 3 + ["status"] * 2


@pytest.mark.parametrize(
    ("content", "kind", "text", "choice"),
    [
        (bodies.message(body="hej"), "text", "hej", None),
        (
            bodies.message(
                "interactive", interactive={"type": "button_reply", "button_reply": {"id": "topic:x", "title": "X"}}
            ),
            "choice",
            "X",
            "topic:x",
        ),
        (
            bodies.message(
                "interactive", interactive={"type": "list_reply", "list_reply": {"id": "topic:y", "title": "Y"}}
            ),
            "choice",
            "Y",
            "topic:y",
        ),
        (bodies.message("interactive"), "unsupported", None, None),
        (bodies.message("button", button={"text": "Kyllä"}), "choice", "Kyllä", None),
        (bodies.message("image", image={"id": "9", "caption": "katso"}), "picture", "katso", None),
        (bodies.message("audio", audio={"id": "9", "voice": True}), "voice", None, None),
        (bodies.message("reaction", reaction={"message_id": "wamid.A"}), "reaction", None, None),
        (bodies.message("hologram", hologram={}), "unsupported", None, None),
        (bodies.message(body="ryhmälle", group_id="G"), "group", None, None),
        (
            bodies.message(
                "edit", edit={"original_message_id": "wamid.A", "message": {"type": "text", "text": {"body": "b"}}}
            ),
            "edit",
            "b",
            None,
        ),
    ],
)
def test_a_message_keeps_its_kind_words_and_choice(
    content: dict[str, Any], kind: str, text: str | None, choice: str | None
) -> None:
    message = only_message(bodies.body(content))

    assert (message.kind, message.text, message.choice) == (kind, text, choice)


def test_a_reaction_brings_its_emoji_and_one_that_is_taken_back_none() -> None:
    liked = only_message(bodies.body(bodies.message("reaction", reaction={"message_id": "wamid.A", "emoji": "👍"})))
    taken_back = only_message(bodies.body(bodies.message("reaction", reaction={"message_id": "wamid.A"})))

    assert (liked.reaction, liked.about, liked.text) == ("👍", "wamid.A", None)
    assert (taken_back.reaction, taken_back.about) == (None, "wamid.A")


def test_people_are_matched_by_number_and_never_by_place() -> None:
    content = json.loads(bodies.body(bodies.message(sender="358401111111"), bodies.message(sender="358402222222")))
    content["entry"][0]["changes"][0]["value"]["contacts"] = [
        {"wa_id": "358402222222", "user_id": "FI.222"},
        {"wa_id": "358401111111", "user_id": "FI.111"},
    ]

    people = [
        (event.message.phone, event.message.user_id) for event in read_events(bodies.encode(content)) if event.message
    ]

    assert people == [("358401111111", "FI.111"), ("358402222222", "FI.222")]


def test_a_citizen_without_a_phone_number_has_a_user_id() -> None:
    content = bodies.message(body="hi")
    del content["from"]
    content["from_user_id"] = "FI.13491208655302741918"
    document = json.loads(bodies.body())
    document["entry"][0]["changes"][0]["value"]["messages"] = [content]

    message = only_message(bodies.encode(document))

    assert (message.phone, message.user_id) == (None, "FI.13491208655302741918")


def test_a_failed_status_has_no_contacts_and_is_read_all_the_same() -> None:
    failed = bodies.status("failed", "wamid.B", errors=[{"code": 131047}], biz_opaque_callback_data="ref")

    (event,) = read_events(bodies.body(statuses=(failed,)))

    assert event.status is not None
    assert (event.status.status, event.status.error_code, event.status.reference) == ("failed", 131047, "ref")


def test_the_same_message_is_one_event_and_two_statuses_of_it_are_two() -> None:
    sent, read = bodies.status("sent", "wamid.C"), bodies.status("read", "wamid.C")

    ids = {event.unique_id for event in read_events(bodies.body(statuses=(sent, read, sent)))}

    assert len(ids) == 2


@pytest.mark.parametrize(("stamp", "year"), [("1700000000", 2023), ("1700000000000", 2023)])
def test_seconds_and_milliseconds_are_told_apart(stamp: str, year: int) -> None:
    message = only_message(bodies.body({**bodies.message(), "timestamp": stamp}))

    assert message.sent_at.year == year
    assert message.sent_at.tzinfo == dt.UTC


@pytest.mark.parametrize(
    "content", [b"", b"not json", b"[]", b"{}", b"null", b'{"entry":[{}]}', b"\xff\xfe", b"[" * 100_000]
)
def test_what_cannot_be_understood_is_kept_as_one_other_event(content: bytes) -> None:
    assert [event.kind for event in read_events(content)] == ["other"]


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
keys = [
    "from",
    "id",
    "timestamp",
    "type",
    "text",
    "interactive",
    "image",
    "edit",
    "context",
    "from_user_id",
    "status",
    "errors",
]
half_right = st.dictionaries(st.sampled_from(keys), anything | st.just("text") | st.just("12345"), max_size=8)


@given(
    messages=st.lists(half_right, max_size=3) | anything,
    statuses=st.lists(half_right, max_size=3) | anything,
    contacts=anything,
)
@settings(max_examples=tiers.examples(300))
def test_no_body_breaks_the_reading(messages: Any, statuses: Any, contacts: Any) -> None:
    value = {"messages": messages, "statuses": statuses, "contacts": contacts, "metadata": contacts}
    document = {"entry": [{"changes": [{"field": "messages", "value": value}, value]}]}

    events = read_events(json.dumps(document).encode())

    assert events
    assert all(event.model_dump_json().encode() for event in events)


def test_the_captured_body_of_a_tapped_button_is_read() -> None:
    content = (PROJECT / "tests" / "payloads" / "whatsapp" / "button_reply.json").read_bytes()

    assert only_message(content).choice == "topic:report_how"
