"""What deletes a month's talks fastest: ways of doing it side by side, on tables of the same content.

`python -m tests.bench.retention [--messages 200000] [--way NAME]`: for each way half of the talks go, with what they
hold. docs/decisions/0038 has the figures. The server is the one that NEUVO_TEST_POSTGRES names, as a superuser.
"""

import argparse
import asyncio
import os
import time
import uuid
from collections.abc import Awaitable, Callable, Sequence

from sqlalchemy import select, text

from gateway.conversations.models import Conversation
from gateway.core.config.settings import Settings
from gateway.core.crypto import DataKeys
from gateway.core.database import Database, now
from gateway.core.keyring import Keyring
from gateway.core.migrate import migrate
from gateway.ops.retention import TALKS, _delete_conversations
from tests.bench.stored import TABLES, fill
from tests.worlds.services import TemporaryPostgres

Ids = Sequence[uuid.UUID]
_CHILDREN_FIRST = (
    "DELETE FROM outbox_item WHERE conversation_id = ANY(:ids)",
    "DELETE FROM message WHERE conversation_id = ANY(:ids)",
    "DELETE FROM turn WHERE conversation_id = ANY(:ids)",
    "DELETE FROM contact_address WHERE contact_id IN (SELECT contact_id FROM conversation WHERE id = ANY(:ids))",
    "CREATE TEMP TABLE gone ON COMMIT DROP AS SELECT contact_id FROM conversation WHERE id = ANY(:ids)",
    "DELETE FROM conversation WHERE id = ANY(:ids)",
    "DELETE FROM contact WHERE id IN (SELECT contact_id FROM gone)",
)


async def _as_it_is(database: Database, ids: Ids) -> None:
    for start in range(0, len(ids), TALKS):
        async with database.transaction() as session:
            await _delete_conversations(session, ids[start : start + TALKS], now())


async def _at_a_time(database: Database, ids: Ids, count: int) -> None:
    share = -(-len(ids) // count)
    await asyncio.gather(*(_as_it_is(database, ids[start : start + share]) for start in range(0, len(ids), share)))


async def _two(database: Database, ids: Ids) -> None:
    await _at_a_time(database, ids, 2)


async def _four(database: Database, ids: Ids) -> None:
    await _at_a_time(database, ids, 4)


async def _children_first(database: Database, ids: Ids, size: int = TALKS, before: str = "SELECT 1") -> None:
    for start in range(0, len(ids), size):
        async with database.transaction() as session:
            await session.execute(text(before))
            for statement in _CHILDREN_FIRST:
                values = {"ids": list(ids[start : start + size])} if ":ids" in statement else {}
                await session.execute(text(statement), values)


async def _one_statement_each(database: Database, ids: Ids) -> None:
    await _children_first(database, ids, len(ids))


async def _without_checks(database: Database, ids: Ids) -> None:
    # The other tables that refer to a talk are empty here; where they are not, this would leave rows without one.
    await _children_first(database, ids, len(ids), "SET LOCAL session_replication_role = replica")


WAYS: dict[str, Callable[[Database, Ids], Awaitable[None]]] = {
    "as it is": _as_it_is,
    "two pieces at a time": _two,
    "four pieces at a time": _four,
    "children first, in pieces": _children_first,
    "children first, one statement a table": _one_statement_each,
    "the same without checks of references": _without_checks,
}


async def measure(way: str, template: str) -> tuple[float, int]:
    """The seconds that a way takes for half of the talks, and how many rows went."""
    copy = TemporaryPostgres(template)
    database = Database(copy.url)
    try:
        async with database.transaction() as session:
            order = select(Conversation.id).order_by(Conversation.last_citizen_message_at)
            ids = list(await session.scalars(order))
        before = await _rows(database)
        began = time.monotonic()
        await WAYS[way](database, ids[: len(ids) // 2])
        took = time.monotonic() - began
        return took, before - await _rows(database)
    finally:
        await database.close()
        copy.drop()


async def _rows(database: Database) -> int:
    async with database.transaction() as session:
        return sum([int(await session.scalar(text(f"SELECT count(*) FROM {name}")) or 0) for name in TABLES])


async def main() -> int:
    """Read the command line, fill a database, and try each way on a copy of it."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--messages", type=int, default=200_000)
    parser.add_argument("--way", choices=list(WAYS), action="append", help="one of them; all when not given")
    chosen = parser.parse_args()
    filled = TemporaryPostgres()
    try:
        await asyncio.to_thread(migrate, Settings(database_url=filled.url))
        database = Database(filled.url)
        await fill(database, Keyring(DataKeys(Settings().data_key.get_secret_value())), chosen.messages, "1")
        print(f"{await _rows(database):,} rows; half of {chosen.messages // 5:,} talks go", flush=True)
        await database.close()
        for way in chosen.way or WAYS:
            took, rows = await measure(way, filled.name)
            print(f"  {way:<40}{took:>7.1f} s for {rows:,} rows, load {os.getloadavg()[0]:.1f}", flush=True)
    finally:
        filled.drop()
    return 0


if __name__ == "__main__":
    raise SystemExit(asyncio.run(main()))
