"""Checks of what is read from Messenger's and Instagram's bodies: every kind of event, and nothing that breaks it."""

import copy
import json
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.conversations.messages import IncomingEvent, IncomingMessage, IncomingStatus, PlatformEvent
from tests.worlds import tiers
from tests.worlds.meta_bodies import ACCOUNT, PAGE, PERSON, body, files, item, read, text


def one(raw: dict[str, Any], platform: str = "messenger") -> IncomingEvent:
    (event,) = read(body(raw, platform=platform), platform)
    return event


def message_of(raw: dict[str, Any], platform: str = "messenger") -> IncomingMessage:
    message = one(raw, platform).message
    assert message is not None
    return message


def notice_of(raw: dict[str, Any], platform: str = "messenger") -> PlatformEvent:
    notice = one(raw, platform).platform_event
    assert notice is not None
    return notice


def status_of(raw: dict[str, Any], platform: str = "messenger") -> IncomingStatus:
    status = one(raw, platform).status
    assert status is not None
    return status


def attached(kind: str, payload: Any = None, **more: Any) -> dict[str, Any]:
    return item(message={"mid": "m1", "attachments": [{"type": kind, "payload": payload}], **more})


def test_a_text_has_its_ends_and_its_moment_in_milliseconds() -> None:
    raw = text("hei")
    message = message_of(raw)

    assert (message.kind, message.text, message.user_id, message.business_number) == ("text", "hei", PERSON, PAGE)
    assert message.phone is None
    assert abs(message.sent_at.timestamp() - time.time()) < 5


def test_a_quick_reply_and_a_postback_are_choices() -> None:
    quick = message_of(text("Puhu poliisille", quick_reply={"payload": "topic:talk_to_officer"}))
    postback = message_of(item(postback={"mid": "m2", "title": "Puhu", "payload": "topic:talk_to_officer"}))

    assert (quick.kind, quick.choice, quick.text) == ("choice", "topic:talk_to_officer", "Puhu poliisille")
    assert (postback.kind, postback.choice, postback.external_id) == ("choice", "topic:talk_to_officer", "m2")


def test_an_old_postback_has_an_id_of_what_it_is() -> None:
    raw = item(postback={"title": "Aloita", "payload": "GET_STARTED"})

    assert one(raw).unique_id == one(copy.deepcopy(raw)).unique_id
    assert one(raw).unique_id != one({**raw, "timestamp": raw["timestamp"] + 1}).unique_id


@pytest.mark.parametrize(
    ("kind", "payload", "wanted"),
    [
        ("image", {"url": "https://cdn.example/1"}, "picture"),
        ("video", {"url": "https://cdn.example/1"}, "video"),
        ("audio", {"url": "https://cdn.example/1"}, "voice"),
        ("file", {"url": "https://cdn.example/1"}, "file"),
        ("sticker", {"url": "https://cdn.example/1", "sticker_id": 1}, "sticker"),
        ("image", {"url": "https://cdn.example/1", "sticker_id": 1}, "sticker"),
        ("like_heart", {}, "sticker"),
        ("location", {"coordinates": {"lat": 60.1, "long": 24.9}}, "location"),
        ("reel", {}, "unsupported"),
        ("ig_reel", {}, "unsupported"),
        ("ig_post", {}, "unsupported"),
        ("story_mention", {"url": "https://cdn.example/1"}, "unsupported"),
        ("appointment_booking", None, "unsupported"),
        ("fallback", None, "unsupported"),
        ("of_tomorrow", [], "unsupported"),
    ],
)
def test_an_attachment_is_of_our_kinds_and_only_what_officers_open_keeps_its_address(
    kind: str, payload: Any, wanted: str
) -> None:
    message = message_of(attached(kind, payload))

    assert message.kind == wanted
    assert (message.media_id is not None) == (wanted in ("picture", "video", "voice", "file"))


def test_words_beside_a_link_or_a_post_are_words() -> None:
    assert message_of(attached("fallback", None, text="katso tämä")).kind == "text"
    assert message_of(attached("ig_post", {}, text="katso tämä")).text == "katso tämä"
    assert message_of(attached("image", {"url": "u"}, text="katso tämä")).kind == "picture"


def test_an_edit_a_taken_back_message_and_a_reaction_name_what_they_change_and_are_told_apart() -> None:
    first = message_of(item(message_edit={"mid": "m1", "text": "uusi", "num_edit": 1}))
    second = message_of(item(message_edit={"mid": "m1", "text": "uudempi", "num_edit": 2}))
    gone = message_of(item("instagram", message={"mid": "m1", "is_deleted": True}), "instagram")
    liked = message_of(item(reaction={"mid": "m1", "action": "react", "emoji": "❤"}))

    assert [each.kind for each in (first, second, gone, liked)] == ["edit", "edit", "revoke", "reaction"]
    assert {each.about for each in (first, second, gone, liked)} == {"m1"}
    assert len({each.external_id for each in (first, second, gone, liked)} | {"m1"}) == 5
    taken_back = message_of(item(reaction={"mid": "m1", "action": "unreact", "emoji": "❤"}))
    assert (liked.reaction, taken_back.reaction, taken_back.kind) == ("❤", None, "reaction")


@pytest.mark.parametrize("stamp", [253402300799000, 1, "later", None])
def test_a_moment_outside_of_all_reason_is_the_moment_of_arrival(stamp: Any) -> None:
    raw = {**text("hei"), "timestamp": stamp}

    assert abs(message_of(raw).sent_at.timestamp() - time.time()) < 60


def test_a_reply_to_a_message_or_a_story_is_words() -> None:
    assert message_of(text("tätä", reply_to={"mid": "m0"})).about == "m0"
    story = message_of(text("tätä", "instagram", reply_to={"story": {"id": "1", "url": "u"}}), "instagram")
    assert (story.kind, story.about) == ("text", None)


def test_a_watermark_reaches_back_from_its_own_moment_and_a_mid_from_its_message() -> None:
    delivered = status_of(item(delivery={"mids": ["m1", "m2"], "watermark": "1795000000000"}))
    read_by_mid = status_of(item("instagram", read={"mid": "m9"}), "instagram")

    assert (delivered.status, delivered.external_id, delivered.earlier) == ("delivered", "", True)
    assert delivered.occurred_at.timestamp() == 1795000000
    assert (read_by_mid.status, read_by_mid.external_id, read_by_mid.user_id) == ("read", "m9", PERSON)


@pytest.mark.parametrize(
    ("echo", "by_us"),
    [
        ({"app_id": 998000000000001, "metadata": "x"}, True),
        ({"app_id": "998000000000001"}, True),
        ({"app_id": 263902037430900}, False),
        ({}, None),
    ],
)
def test_an_echo_says_who_wrote_it_where_meta_tells(echo: dict[str, Any], by_us: bool | None) -> None:
    ends = {"sender": {"id": PAGE}, "recipient": {"id": PERSON}}
    notice = notice_of({**ends, "message": {"mid": "m1", "text": "Hei", "is_echo": True, **echo}})

    assert (notice.kind, notice.by_us, notice.user_id, notice.business_number) == ("echo", by_us, PERSON, PAGE)
    assert "Hei" not in notice.model_dump_json()


def test_what_is_heard_in_standby_is_no_message_and_keeps_no_words() -> None:
    here, there = read(body(text("tänne"), standby=(text("muualle"),)))

    assert here.message is not None
    assert here.message.text == "tänne"
    assert there.platform_event is not None
    assert there.platform_event.kind == "external_control"
    assert "muualle" not in there.model_dump_json()


def test_control_is_ours_or_anothers() -> None:
    ours = notice_of(item(pass_thread_control={"new_owner_app_id": 998000000000001}))
    others = notice_of(item(pass_thread_control={"new_owner_app_id": 263902037430900}))
    taken = notice_of(item(take_thread_control={"previous_owner_app_id": 998000000000001}))

    assert [each.kind for each in (ours, others, taken)] == ["own_control", "external_control", "external_control"]
    assert one(item(request_thread_control={"requested_owner_app_id": 1})).kind == "other"


@pytest.mark.parametrize(
    ("ref", "kept"),
    [("koulu-kallio_2026", "koulu-kallio_2026"), ("<b>", None), ("040 123", None), ("x" * 65, None), (None, None)],
)
def test_of_a_link_only_a_name_of_ours_is_kept(ref: str | None, kept: str | None) -> None:
    start = message_of(item(postback={"mid": "m1", "payload": "GET_STARTED", "title": "A", "referral": {"ref": ref}}))
    again = notice_of(item(referral={"ref": ref, "type": "OPEN_THREAD"}))

    assert (start.referral, again.referral, again.kind) == (kept, kept, "referral")


def test_the_samples_of_instagrams_dashboard_are_read_and_comments_are_not() -> None:
    value = {
        "sender": {"id": PERSON},
        "recipient": {"id": ACCOUNT},
        "timestamp": "1527459824",
        "message": {"mid": "r", "text": "t"},
    }
    changes = [{"field": "messages", "value": value}, {"field": "comments", "value": {"text": "hieno"}}]
    document = {"object": "instagram", "entry": [{"id": "0", "time": "2021-09-08T06:34:04+0000", "changes": changes}]}

    sample, comment = read(json.dumps(document).encode(), "instagram")

    assert sample.message is not None
    assert sample.message.sent_at.year == 2018
    assert comment.kind == "other"


@pytest.mark.parametrize("sender", [None, {}, {"user_ref": "x"}, {"id": ""}, {"id": None}, "x", []])
def test_what_nobody_sent_is_kept_and_answered_by_nobody(sender: Any) -> None:
    for deed in ({"message": {"mid": "m1", "text": "hei"}}, {"read": {"watermark": 1}}, {"referral": {"ref": "a"}}):
        assert one({**item(**deed), "sender": sender}).kind == "other"


EVERY_BODY = [(platform, path) for platform in ("messenger", "instagram") for path in files(platform)]


@pytest.mark.parametrize(("platform", "path"), EVERY_BODY, ids=lambda each: getattr(each, "stem", each))
def test_our_own_bodies_are_read_twice_alike(platform: str, path: Any) -> None:
    first, again = read(path.read_bytes(), platform), read(path.read_bytes(), platform)

    assert first
    assert [event.unique_id for event in first] == [event.unique_id for event in again]
    known = {"unknown_kind", "app_roles", "optin_with_user_ref", "text_without_sender", "comment"}
    assert all((event.kind == "other") == (path.stem in known) for event in first)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.sampled_from(["\x00", "\ud800"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["id", "mid", "type", "x"]), inner),
    max_leaves=6,
)


@given(st.sampled_from(EVERY_BODY), st.data())
@settings(max_examples=tiers.examples(250), deadline=None)
def test_whatever_stands_in_a_body_is_an_event_and_never_an_error(which: Any, data: st.DataObject) -> None:
    platform, path = which
    document = json.loads(path.read_bytes())
    spot, key = _somewhere(document, data)
    if data.draw(st.booleans()):
        spot[key] = data.draw(JSON)
    else:
        del spot[key]

    for event in read(json.dumps(document).encode(), platform):
        event.model_dump_json().encode()
        assert len(event.unique_id) > 0


def _somewhere(document: Any, data: st.DataObject) -> tuple[Any, Any]:
    spots: list[tuple[Any, Any]] = []

    def walk(part: Any) -> None:
        keys = list(part) if isinstance(part, dict) else range(len(part)) if isinstance(part, list) else []
        for key in keys:
            spots.append((part, key))
            walk(part[key])

    walk(document)
    return spots[data.draw(st.integers(0, len(spots) - 1))]


@pytest.mark.parametrize("platform", ["messenger", "instagram"])
@pytest.mark.parametrize("strange", ["[" * 900 + "]" * 900, "[" * 100_000 + "]" * 100_000, "9" * 5_000])
def test_an_update_too_deep_or_too_long_for_the_reader_spoils_no_neighbour(platform: str, strange: str) -> None:
    before, after = text("ennen", mid="m-before"), text("jälkeen", mid="m-after")
    content = body(before, {**text("outo", mid="m-odd"), "deep": "HERE"}, after, platform=platform)
    events = read(content.replace(b'"HERE"', strange.encode()), platform)

    assert [event.message.text for event in events if event.message] == ["ennen", "outo", "jälkeen"]
