"""Webhook updates of every kind that Meta has, and strategies that spoil them."""

import copy
from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st

from tests.worlds import whatsapp_bodies as bodies

OURS = "wamid.OURS"
EMPTY: tuple[Any, ...] = (None, "", [], {}, 0, False)
# Written as a number of 5,000 digits, which the standard library refuses to write and to read.
ENDLESS = "ENDLESS NUMBER"
HUGE: tuple[Any, ...] = (ENDLESS, -(10**400), 1e308, 2**63, "9" * 5000, "x" * 20_000)
ODD_WORDS = ("\x00", "a\x00b", "\ud800", "\udfff x", "𝕳𝖊𝖎 👮🏽‍♀️", "\u202e", "\ufeff")


def every_kind() -> dict[str, dict[str, Any]]:
    """One update of each kind and shape; fresh ids at each call."""
    person = {"from_user_id": "FI.1349", "from_parent_user_id": "FI.ENT.77"}
    nameless = {key: value for key, value in bodies.message(body="hi", **person).items() if key != "from"}
    reply = {"type": "button_reply", "button_reply": {"id": "topic:x", "title": "X"}}
    shared = {"name": {"formatted_name": "A B"}, "phones": [{"phone": "+358401"}], "vcard": "BEGIN:VCARD"}
    edited = {"original_message_id": OURS, "message": {"type": "text", "text": {"body": "uusi"}}}
    return {
        "text": bodies.message(body="hei", context={"from": "1", "id": OURS}, referral={"source_id": "1"}),
        "user id only": nameless,
        "both eras": bodies.message(body="hei", **person),
        "user id in from": bodies.message(body="hei", sender="FI.1349"),
        "milliseconds": {**bodies.message(body="hei"), "timestamp": "1764000000000"},
        "number as number": {**bodies.message(body="hei"), "timestamp": 1764000000},
        "button reply": bodies.message("interactive", interactive=reply),
        "flow": bodies.message("interactive", interactive={"type": "nfm_reply", "nfm_reply": {"response_json": "{}"}}),
        "no reply object": bodies.message("interactive", errors=[{"code": 131051}]),
        "template button": bodies.message("button", button={"text": "Kyllä"}),
        "picture": bodies.message("image", image={"id": "9", "mime_type": "image/jpeg", "url": "https://x.example"}),
        "voice": bodies.message("audio", audio={"id": "9", "voice": True}),
        "location": bodies.message("location", location={"latitude": 60.1, "longitude": 24.9}),
        "card": bodies.message("contacts", contacts=[shared]),
        "reaction": bodies.message("reaction", reaction={"message_id": OURS, "emoji": "👍"}),
        "reaction removed": bodies.message("reaction", reaction={"message_id": OURS}),
        "order": bodies.message("order", order={"product_items": []}),
        "unsupported": bodies.message("unsupported", errors=[{"code": 131051, "title": "Unsupported"}]),
        "unknown": bodies.message("hologram", hologram={"id": "1"}),
        "edit": bodies.message("edit", edit=edited),
        "revoke": bodies.message("revoke", revoke={"original_message_id": OURS}),
        "group": bodies.message(body="kaikille", group_id="G1"),
        "new number": bodies.message("system", system={"type": "user_changed_number", "wa_id": "358409"}),
        "new user id": bodies.message(
            "system", system={"type": "user_changed_user_id", "user_id": "FI.2", "previous_user_id": "FI.1349"}
        ),
        "failed": bodies.status("failed", OURS, errors=[{"code": 131047, "title": "Re-engagement message"}]),
        "delivered": bodies.status("delivered", OURS, recipient_user_id="FI.1349", pricing={"type": "regular"}),
        "deleted": bodies.status("deleted", OURS, biz_opaque_callback_data="not a uuid"),
    }


def places(content: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of every value inside a JSON value."""
    inner = content.items() if isinstance(content, dict) else enumerate(content) if isinstance(content, list) else ()
    for key, value in inner:
        yield (*at, key)
        yield from places(value, (*at, key))


def nested(levels: int) -> Any:
    """A list in a list in a list …"""
    content: Any = []
    for _ in range(levels):
        content = [content]
    return content


def spoiled() -> st.SearchStrategy[dict[str, Any]]:
    """An update of a real shape with one to three of its values missing, of another type, huge, deep or odd."""
    value = st.sampled_from((*EMPTY, *HUGE, *ODD_WORDS, nested(50), nested(400))) | st.text(max_size=20)
    return st.builds(_spoil, st.sampled_from(sorted(every_kind())), st.lists(st.tuples(st.integers(0, 99), value)))


def _spoil(kind: str, changes: list[tuple[int, Any]]) -> dict[str, Any]:
    update = copy.deepcopy(every_kind()[kind])
    for number, value in changes[:3] or [(0, None)]:
        paths = list(places(update))
        if not paths:
            break
        *way, last = paths[number % len(paths)]
        parent: Any = update
        for key in way:
            parent = parent[key]
        if value is None and isinstance(parent, dict):
            del parent[last]
        else:
            parent[last] = copy.deepcopy(value)
    return update
