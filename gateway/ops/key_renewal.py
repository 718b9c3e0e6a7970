"""Operations, key renewal: after a leak every key is replaced, and all that it sealed is sealed anew.

Rotation wraps the same keys with another data key, so that who has copied the old wrapped keys and the old data key
reads what is written later, too. Renewal makes new keys. It needs a new data key in front of `NEUVO_DATA_KEY`, by which
it knows what is renewed already, so that it may be stopped and run again; and no process that serves, which would write
under keys that it remembers.
"""

import base64
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import JSON, Column, LargeBinary, Table, and_, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

import gateway.ops.all_models  # noqa: F401  # every table with a sealed column
from gateway.accounts import audit
from gateway.core import crypto
from gateway.core.crypto import DataKeys
from gateway.core.database import Base, Database, now
from gateway.core.models import GatewayProcess, KeyPurpose, ServiceKey
from gateway.ops.key_rotation import rotate

BATCH = 50  # owners of a key in one transaction, each with all that it seals
_WRAPPED, _SUFFIX = "wrapped_key", "_sealed"
# Sealed with the inbox keys, which are deleted within hours by themselves; renewal begins a new one.
UNDER_INBOX_KEYS = frozenset({"webhook_delivery", "inbox_event", "login_flow_step"})
# Their contexts are the whole names of the columns.
_WHOLE_NAMES = frozenset({"staff_person", "staff_session"})
# A sealed value within JSON, in base64: the column, the field, and its context.
_WITHIN = ("conversation_event.details", "reason_sealed", "conversation_event.reason")


class ServiceRuns(Exception):
    """Processes serve at present, and would go on to write under the old keys."""

    def __init__(self, count: int) -> None:
        super().__init__(
            f"{count} processes of the service are running. Stop all of them (messages wait at the platforms and are "
            "delivered again), run this command, and start them with the same NEUVO_DATA_KEY."
        )


class NothingToRenew(Exception):
    """`NEUVO_DATA_KEY` holds one data key, by which everything is wrapped."""


@dataclass(frozen=True)
class SealedColumn:
    """A column that is sealed with the key of an owner: `link` is what names the owner in its table."""

    column: Column[bytes]
    context: str
    link: Column[Any]


def owners() -> list[Table]:
    """The tables whose rows have a key of their own."""
    return [table for table in Base.metadata.sorted_tables if _WRAPPED in table.c]


def sealed_columns(owner: Table) -> list[SealedColumn]:
    """What the keys of this table seal: its own columns, and those of tables that refer to it and have no key."""
    found = []
    for table in Base.metadata.sorted_tables:
        link = _link(table, owner)
        if link is None or table.name in UNDER_INBOX_KEYS:
            continue
        found += [
            SealedColumn(column, _context(column), link)
            for column in table.columns
            if isinstance(column.type, LargeBinary) and column.name.endswith(_SUFFIX)
        ]
    return found


async def renew(database: Database, keys: DataKeys) -> AsyncGenerator[int]:
    """Replace every key that the first data key does not wrap; yields the count of renewed owners after each batch.

    Raises `ServiceRuns`, `NothingToRenew`, and `CannotOpen` where a value does not open with its key: then the batch is
    undone, and nothing is lost.
    """
    if len(keys.ids) == 1:
        raise NothingToRenew("Put a new data key in front of the old one: NEUVO_DATA_KEY=new:…,old:… (docs/data.md).")
    async with database.transaction() as session:
        if alive := await session.scalar(
            select(func.count()).select_from(GatewayProcess).where(GatewayProcess.alive_until > now())
        ):
            raise ServiceRuns(alive)
        session.add(ServiceKey(purpose=KeyPurpose.INBOX, wrapped=keys.wrap(crypto.new_key()), created_at=now()))
    done = 0
    for owner in owners():
        while renewed := await _renew_batch(database, keys, owner):
            done += renewed
            yield done
    async for _ in rotate(database, keys):  # the index key, and inbox keys that still open what waits
        yield done
    async with database.transaction() as session:
        await audit.record(session, "operator", "keys_renewed", keys.current, {"renewed": done})


async def _renew_batch(database: Database, keys: DataKeys, owner: Table) -> int:
    prefix = f"{keys.current}:".encode()
    wrapped, ids = owner.c[_WRAPPED], list(owner.primary_key)
    query = (
        select(*ids, wrapped)
        .where(func.length(wrapped) > 0, func.substr(wrapped, 1, len(prefix)) != prefix)
        .where(or_(*(func.substr(wrapped, 1, len(each) + 1) == f"{each}:".encode() for each in keys.ids)))
        .order_by(*ids)
        .limit(BATCH)
        .with_for_update()
    )
    async with database.transaction() as session:
        rows = (await session.execute(query)).all()
        for row in rows:
            old = keys.unwrap(row[-1])
            new = crypto.new_key()
            for sealed in sealed_columns(owner):
                await _seal_anew(session, sealed, _owned_by(sealed, owner, row), old, new)
            if owner.name == "conversation":
                await _seal_within(session, row[0], old, new)
            same = and_(*(column == value for column, value in zip(ids, row, strict=False)))
            await session.execute(update(owner).where(same).values({wrapped: keys.wrap(new)}))
    return len(rows)


def _owned_by(sealed: SealedColumn, owner: Table, row: Sequence[Any]) -> Any:
    if sealed.column.table is owner:  # its own row, whose key may have several columns
        return and_(*(column == value for column, value in zip(owner.primary_key, row, strict=False)))
    return sealed.link == row[0]


async def _seal_anew(session: AsyncSession, sealed: SealedColumn, owned: Any, old: bytes, new: bytes) -> None:
    table, column = sealed.column.table, sealed.column
    ids = list(table.primary_key)
    for *key, value in (await session.execute(select(*ids, column).where(owned, column.is_not(None)))).all():
        if not value:
            continue
        again = crypto.seal(new, crypto.unseal(old, value, sealed.context), sealed.context)
        same = and_(*(each == part for each, part in zip(ids, key, strict=True)))
        await session.execute(update(table).where(same).values({column: again}))


async def _seal_within(session: AsyncSession, conversation_id: Any, old: bytes, new: bytes) -> None:
    name, field, context = _WITHIN
    table = Base.metadata.tables[name.partition(".")[0]]
    details: Column[Mapping[str, Any]] = table.c[name.partition(".")[2]]
    assert isinstance(details.type, JSON)
    for number, found in (
        await session.execute(select(table.c.id, details).where(table.c.conversation_id == conversation_id))
    ).all():
        if (value := (found or {}).get(field)) is not None:
            again = crypto.seal(new, crypto.unseal(old, base64.b64decode(value), context), context)
            changed = {**found, field: base64.b64encode(again).decode()}
            await session.execute(update(table).where(table.c.id == number).values({details: changed}))


def _link(table: Table, owner: Table) -> Column[Any] | None:
    if table is owner:
        return next(iter(owner.primary_key))
    if _WRAPPED in table.c:
        return None
    return next((key.parent for key in table.foreign_keys if key.column.table is owner), None)


def _context(column: Column[bytes]) -> str:
    name = column.name if column.table.name in _WHOLE_NAMES else column.name.removesuffix(_SUFFIX)
    return f"{column.table.name}.{name}"
