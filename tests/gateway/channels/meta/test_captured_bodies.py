"""Checks of both doors with what others captured from Meta, and with our own bodies: stored once, answered once.

The captured ones are skipped, with a sentence, where they are not beside the project (`NEUVO_PAYLOADS`).
"""

import itertools
import json
import os
import time
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from gateway.conversations.models import InboxEvent, Message, OutboxItem, Turn
from gateway.core.config.settings import PROJECT
from simulator import Phone, Platform
from tests.worlds.meta_bodies import FILES, PLACES, post, read
from tests.worlds.road import Road, until

pytestmark = pytest.mark.anyio
CAPTURED = Path(os.environ.get("NEUVO_PAYLOADS", PROJECT.parent / "shared" / "payloads")) / "channels"
_fresh = itertools.count(1)


def captured(platform: str) -> list[Path]:
    return sorted(CAPTURED.glob(f"*/{platform}_*.json"))


def refreshed(content: Any, platform: str) -> Any:
    """The same body from this moment, to our place, with ids that nobody has seen."""
    for entry in content["entry"]:
        entry["id"], entry["time"] = PLACES[platform], int(time.time() * 1000)
        changed = [change["value"] for change in entry.get("changes", []) if "recipient" in change.get("value", {})]
        for raw in [*entry.get("messaging", []), *entry.get("standby", []), *changed]:
            is_echo = raw.get("message", {}).get("is_echo")
            ours, theirs = ("sender", "recipient") if is_echo else ("recipient", "sender")
            raw[ours] = {"id": PLACES[platform]}
            if (raw.get(theirs) or {}).get("id"):
                raw[theirs] = {"id": f"2{next(_fresh):015d}"}
            raw["timestamp"] = int(time.time() * 1000)
            for part in (raw.get("message"), raw.get("postback")):
                if isinstance(part, dict) and "mid" in part and not part.get("is_deleted"):
                    part["mid"] = f"m_FRESH{next(_fresh):06d}"
    return content


def texts_in(content: Any) -> list[str]:
    """The ids of the plain texts to us in a body."""
    found = []
    for entry in content["entry"]:
        changed = [change["value"] for change in entry.get("changes", []) if "message" in change.get("value", {})]
        for raw in [*entry.get("messaging", []), *changed]:
            message = raw.get("message", {})
            is_text = message.get("text") and not (message.get("is_echo") or "quick_reply" in message)
            if is_text and raw.get("sender") and "attachments" not in message:
                found.append(message["mid"])
    return found


async def settled(road: Road) -> bool:
    if road.service.spool.backlog().waiting:
        return False  # accepted while the database was slow
    async with road.service.database.transaction() as session:
        new = await session.scalar(select(InboxEvent.id).where(InboxEvent.state == "new").limit(1))
        pending = await session.scalar(select(Message.id).where(Message.turn_id.is_(None)).limit(1))
        waiting = OutboxItem.state.in_(("queued", "sending", "unknown"))
        unsent = await session.scalar(select(OutboxItem.id).where(waiting).limit(1))
    return new is None and pending is None and unsent is None


@pytest.mark.parametrize("whose", ["captured", "own"])
async def test_every_body_posted_thrice_is_stored_once_and_each_text_answered_once(
    road: Road, platform: Platform, whose: str
) -> None:
    paths = captured(platform) if whose == "captured" else sorted((FILES / platform).glob("*.json"))
    if not paths:
        pytest.skip("The captured webhook bodies are not here (NEUVO_PAYLOADS), so this part was not checked.")
    documents = [refreshed(json.loads(path.read_text("utf-8")), platform) for path in paths]
    for content in documents:
        for event in read(json.dumps(content).encode(), platform):
            if event.message is not None and event.message.user_id:
                person = event.message.user_id
                phone = Phone(id=person, name=person, user_id=person, platform=platform)
                road.simulator.update_phone(phone)
                road.simulator.state.last_heard[PLACES[platform], person] = time.time()
        for _ in range(3):
            assert await post(road.settings, json.dumps(content).encode(), platform) == 200
    await until(lambda: settled(road), 30)
    await road.simulator.settled()  # the echoes and statuses of our replies come in too
    await until(lambda: settled(road), 30)

    async with road.service.database.transaction() as session:
        events = list(await session.scalars(select(InboxEvent)))
        messages = list(await session.scalars(select(Message)))
        turns = list(await session.scalars(select(Turn)))
        replies = list(await session.scalars(select(OutboxItem)))
    texts = [mid for content in documents for mid in texts_in(content)]
    known = {road.service.keyring.fingerprint(f"{platform} message", mid) for mid in texts}
    stored = {row.external_fingerprint: row.turn_id for row in messages}
    assert {event.state for event in events} <= {"done", "ignored"}
    assert len(known) >= (4 if whose == "captured" else 0)
    assert known <= stored.keys()
    assert all(stored[fingerprint] is not None for fingerprint in known)
    assert {item.turn_id for item in replies} == {turn.id for turn in turns}
    received = [
        (phone, message.text)
        for phone in road.simulator.state.phones
        for message in road.simulator.log.received_by(phone)
    ]
    assert len(received) == len(set(received)) == len(replies)
    assert {item.state for item in replies} <= {"sent"}
