"""Operations, key rotation: every wrapped key is rewrapped with the current data key, while the service runs.

The wrapped keys themselves do not change, so no ciphertext is touched. Each batch is a transaction: the command may be
interrupted and run again, because rewrapped keys name the current data key.
"""

from collections import Counter
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Column, LargeBinary, Table, and_, func, literal, select, tuple_, update

import gateway.ops.all_models  # noqa: F401  # every table with a wrapped key
from gateway.accounts import audit
from gateway.core.crypto import CannotOpen, DataKeys
from gateway.core.database import Base, Database

BATCH = 500
_NAMES = ("wrapped_key", "wrapped")


@dataclass
class KeyStatus:
    """How many keys each data key wraps, by its id; `unopened` are wrapped by none that is configured."""

    current: str
    ours: tuple[str, ...]
    counts: Counter[str] = field(default_factory=Counter)

    @property
    def old(self) -> int:
        """Keys that are not wrapped by the current data key yet."""
        return sum(count for key_id, count in self.counts.items() if key_id != self.current)

    @property
    def unopened(self) -> dict[str, int]:
        """Keys that cannot be unwrapped, by the id of the missing data key."""
        return {key_id: count for key_id, count in self.counts.items() if key_id not in self.ours}

    def sentences(self) -> str:
        """A report for the operator: the state, and what to do next."""
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
    """Count every wrapped key by its data key; reads only the id before each."""
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
    """Rewrap with the current data key what an old one wraps; yields the total count after each batch.

    Keys that no configured data key opens stay as they are; `key_status` counts them.
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
    database: Database, column: Column[bytes], after: Sequence[object] | None, excluding: str | None
) -> Sequence[Sequence[object]]:
    """Rows of primary key and wrapped key, in the order of the primary key."""
    table: Table = column.table
    ids = list(table.primary_key)
    query = select(*ids, column).where(func.length(column) > 0).order_by(*ids).limit(BATCH)
    if after is not None:
        query = query.where(tuple_(*ids) > tuple_(*(literal(v, each.type) for each, v in zip(ids, after, strict=True))))
    if excluding is not None:
        prefix = f"{excluding}:".encode()
        query = query.where(func.substr(column, 1, len(prefix)) != prefix)
    async with database.transaction() as session:
        return [tuple(row) for row in await session.execute(query)]


async def _rewrap(database: Database, keys: DataKeys, column: Column[bytes], rows: Sequence[Sequence[object]]) -> int:
    table: Table = column.table
    done = 0
    async with database.transaction() as session:
        for *ids, wrapped in rows:
            assert isinstance(wrapped, bytes)
            try:
                rewrapped = keys.wrap(keys.unwrap(wrapped))
            except CannotOpen:
                continue
            same = and_(*(each == value for each, value in zip(table.primary_key, ids, strict=True)))
            # Only if unchanged since it was read: a live process may have destroyed or replaced it.
            changed = await session.execute(
                update(table).where(same, column == wrapped).values({column: rewrapped}).returning(*table.primary_key)
            )
            done += len(changed.all())
    return done
