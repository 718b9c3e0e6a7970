"""Privacy, rotating: every wrapped key is wrapped anew by the present data key, in batches, beside live processes.

The keys themselves stay, so nothing that is sealed is touched. Each batch is a transaction of its own: the command may
be stopped at any moment and begins again where it was, for what is done already names the present key.
"""

from collections import Counter
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Column, LargeBinary, Table, and_, func, select, update

import gateway.tables  # noqa: F401  # every table with a wrapped key
from gateway.accounts import audit
from gateway.database import Base, Database
from gateway.encryption import CannotOpen, DataKeys

BATCH = 500
_NAMES = ("wrapped_key", "wrapped")


@dataclass
class KeyStatus:
    """How many keys are wrapped by which data key (by its id); `unopened` are wrapped by none of ours."""

    current: str
    ours: tuple[str, ...]
    counts: Counter[str] = field(default_factory=Counter)

    @property
    def old(self) -> int:
        """Keys that the present data key does not wrap yet."""
        return sum(count for key_id, count in self.counts.items() if key_id != self.current)

    @property
    def unopened(self) -> dict[str, int]:
        """Keys that nobody can open, by the id of the missing data key."""
        return {key_id: count for key_id, count in self.counts.items() if key_id not in self.ours}

    def sentences(self) -> str:
        """For the operator: what is, and what to do next."""
        lines = [f"The present data key is {self.current!r}."]
        lines += [f"  {count:>8} keys are wrapped by {key_id!r}" for key_id, count in sorted(self.counts.items())]
        for key_id, count in self.unopened.items():
            lines.append(
                f"{count} keys are wrapped by {key_id!r}, which is not in NEUVO_DATA_KEY: nobody can read what "
                "they seal. Put that key back behind a comma."
            )
        removable = [key_id for key_id in self.ours if key_id != self.current and not self.counts[key_id]]
        if self.old:
            lines.append("Run `python -m gateway keys rotate`; keep the old data keys until it says that they may go.")
        elif removable:
            lines.append(
                f"{', '.join(map(repr, removable))} may be removed from NEUVO_DATA_KEY once every process runs with "
                "the present key and no spool waits; keep it apart as long as a backup of its time is kept."
            )
        return "\n".join(lines)


def wrapped_columns() -> list[Column[bytes]]:
    """Every column of every table that holds a wrapped key."""
    return [
        table.c[name]
        for table in Base.metadata.sorted_tables
        for name in _NAMES
        if name in table.c and isinstance(table.c[name].type, LargeBinary)
    ]


async def key_status(database: Database, keys: DataKeys) -> KeyStatus:
    """Look at every wrapped key; only the ids in front of them are read."""
    status = KeyStatus(keys.current, keys.ids)
    for column in wrapped_columns():
        last = None
        while True:
            rows = await _batch(database, column, last, None)
            for row in rows:
                wrapped = row[-1]
                assert isinstance(wrapped, bytes)
                status.counts[keys.id_of(wrapped)] += 1
            if len(rows) < BATCH:
                break
            last = rows[-1][:-1]
    return status


async def rotate(database: Database, keys: DataKeys) -> AsyncGenerator[int]:
    """Wrap what an old data key wraps by the present one; yields after each batch how many were done in all.

    What no key of ours opens is left as it is: `key_status` tells of it.
    """
    done = 0
    for column in wrapped_columns():
        last = None
        while True:
            rows = await _batch(database, column, last, keys.current)
            if not rows:
                break
            done += await _rewrap(database, keys, column, rows)
            last = rows[-1][:-1]
            yield done
    async with database.transaction() as session:
        await audit.record(session, "operator", "keys_rotated", keys.current, {"rewrapped": done})


async def _batch(
    database: Database, column: Column[bytes], after: Sequence[object] | None, but: str | None
) -> Sequence[Sequence[object]]:
    """Rows of primary key and wrapped key, in the order of the primary key."""
    table: Table = column.table
    ids = list(table.primary_key)
    wanted = select(*ids, column).where(func.length(column) > 0).order_by(*ids).limit(BATCH)
    if after is not None:
        (only,), (value,) = ids, after  # no table with a key has a primary key of two columns
        wanted = wanted.where(only > value)
    if but is not None:
        prefix = f"{but}:".encode()
        wanted = wanted.where(func.substr(column, 1, len(prefix)) != prefix)
    async with database.transaction() as session:
        return [tuple(row) for row in await session.execute(wanted)]


async def _rewrap(database: Database, keys: DataKeys, column: Column[bytes], rows: Sequence[Sequence[object]]) -> int:
    table: Table = column.table
    done = 0
    async with database.transaction() as session:
        for *ids, wrapped in rows:
            assert isinstance(wrapped, bytes)
            try:
                anew = keys.wrap(keys.unwrap(wrapped))
            except CannotOpen:
                continue
            same = and_(*(each == value for each, value in zip(table.primary_key, ids, strict=True)))
            # Only where it is still the one that was read: a live process may have destroyed or replaced it.
            changed = await session.execute(
                update(table).where(same, column == wrapped).values({column: anew}).returning(*table.primary_key)
            )
            done += len(changed.all())
    return done
