"""Measures the officers' views: 500 who wait and 10,000 past conversations, on both databases.

Run `python -m tests.bench.console`; NEUVO_TEST_POSTGRES names the PostgreSQL server.
"""

import asyncio
import datetime as dt
import random
import statistics
import tempfile
import time
import uuid
from collections.abc import Awaitable, Callable
from pathlib import Path

from sqlalchemy import insert, text

from gateway.app import create_service
from gateway.console.conversation_view import conversation_view
from gateway.console.queue_view import queue_view
from gateway.console.search import SearchQuery, find_conversations
from gateway.conversations.models import Contact, Conversation, Message, OutboxItem, Turn
from gateway.core import crypto
from gateway.core.actors import Officer
from gateway.core.config.settings import Settings
from gateway.core.database import now
from gateway.core.migrate import migrate
from gateway.handover.models import QueueEntry
from gateway.service import Service
from tests.worlds.services import TemporaryPostgres

WAITING, PAST, TURNS, ROUNDS = 500, 10_000, 5, 30
TOPICS = ("grooming", "account_hacked", "sextortion", "report_how", "bank_phishing")
Tables = dict[type, list[dict[str, object]]]
OFFICER = Officer(uuid.uuid4(), "Sari Virtanen")


async def fill(service: Service) -> list[uuid.UUID]:
    """Past conversations of five turns each, then those who wait; returns who waits."""
    dice, start = random.Random(7), now()
    key = crypto.new_key()
    wrapped = service.keyring.wrap(key)
    tables: Tables = {each: [] for each in (Contact, Conversation, Turn, Message, OutboxItem, QueueEntry)}
    waiting = []
    for number in range(PAST + WAITING):
        waits = number >= PAST
        begun = start - (dt.timedelta(minutes=dice.random() * 600) if waits else dt.timedelta(days=dice.random() * 29))
        contact, talk = uuid.uuid4(), uuid.uuid4()
        tables[Contact].append({"id": contact, "wrapped_key": wrapped, "created_at": begun})
        tables[Conversation].append(
            {
                "id": talk, "contact_id": contact, "channel": "whatsapp", "business_number": "1",
                "wrapped_key": wrapped, "dialogue_id": uuid.uuid4(), "state": "waiting" if waits else "closed",
                "language": "fi",
                "last_citizen_message_at": begun, "created_at": begun, "said_under_18": False,
            }
        )  # fmt: skip
        _turns(tables, key, talk, begun, dice)
        _entry(tables, talk, begun, dice, waits=waits)
        if waits:
            waiting.append(talk)
    async with service.database.transaction() as session:
        for table, rows in tables.items():
            for first in range(0, len(rows), 5000):
                await session.execute(insert(table), rows[first : first + 5000])
        await session.execute(text("ANALYZE"))
    return waiting


def _turns(tables: Tables, key: bytes, talk: uuid.UUID, begun: dt.datetime, dice: random.Random) -> None:
    sealed = crypto.seal(key, '{"text": "mun tili on hakkeroitu", "media_id": null}', "message.content")
    said = crypto.seal(key, '{"text": "Vaihda salasana."}', "outbox_item.content")
    for place in range(TURNS):
        turn, moment = uuid.uuid4(), begun - dt.timedelta(minutes=TURNS - place)
        tables[Turn].append(
            {
                "id": turn, "conversation_id": talk, "outcome": "answered", "topic": dice.choice(TOPICS),
                "confidence": 0.9, "language": "fi", "guesses": [], "created_at": moment,
            }
        )  # fmt: skip
        tables[Message].append(
            {
                "conversation_id": talk, "turn_id": turn, "kind": "text", "content_sealed": sealed, "masked": [],
                "external_fingerprint": uuid.uuid4().bytes, "external_id_sealed": sealed, "sent_at": moment,
                "received_at": moment,
            }
        )  # fmt: skip
        tables[OutboxItem].append(
            {
                "id": uuid.uuid4(), "sequence": place + 1, "conversation_id": talk, "turn_id": turn,
                "reply_kind": "answer", "author": "bot", "content_sealed": said, "state": "sent",
                "priority": 1, "attempts": 1, "delivery_rank": 3, "due_at": moment, "created_at": moment,
                "sent_at": moment,
            }
        )  # fmt: skip


def _entry(
    tables: dict[type, list[dict[str, object]]],
    talk: uuid.UUID,
    begun: dt.datetime,
    dice: random.Random,
    *,
    waits: bool,
) -> None:
    tables[QueueEntry].append(
        {
            "id": uuid.uuid4(), "conversation_id": talk, "reason": "asked", "rank": dice.choice((0, 1, 2, 3, 3, 3)),
            "topic": dice.choice(TOPICS), "language": "fi", "created_at": begun, "queued_at": begun,
            "waiting_since": begun, "resolved_at": None if waits else begun,
        }
    )  # fmt: skip


async def timed(service: Service, look: Callable[..., Awaitable[object]]) -> str:
    """Median, 95th percentile and largest of some looks, in milliseconds."""
    taken = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        async with service.database.transaction() as session:
            await look(session)
        taken.append((time.perf_counter() - began) * 1000)
    taken.sort()
    return f"{statistics.median(taken):8.1f}{taken[int(0.95 * ROUNDS) - 1]:8.1f}{taken[-1]:8.1f}"


async def measure(name: str, url: str, folder: Path) -> None:
    """Fill a database and look at it."""
    settings = Settings(database_url=url, state_dir=folder)
    await asyncio.to_thread(migrate, settings)
    service = create_service(settings)
    async with service.database.transaction() as session:
        await service.keyring.load(session)
    waiting = await fill(service)
    looks: dict[str, Callable[..., Awaitable[object]]] = {
        "queue": lambda session: queue_view(session, service),
        "conversation": lambda session: conversation_view(session, service, OFFICER, waiting[0]),
        "search by topic": lambda session: find_conversations(session, service, SearchQuery(topic="grooming")),
    }
    for what, look in looks.items():
        print(f"  {name:<12}{what:<18}{await timed(service, look)}   n={ROUNDS}", flush=True)
    await service.close()


def main() -> None:
    """Both databases, one after the other."""
    print(f"{WAITING} waiting, {PAST} past conversations; milliseconds: median, p95, largest")
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(measure("SQLite", f"sqlite:///{folder}/bench.db", Path(folder)))
        database = TemporaryPostgres()
        try:
            asyncio.run(measure("PostgreSQL", database.url, Path(folder)))
        finally:
            database.drop()


if __name__ == "__main__":
    main()
