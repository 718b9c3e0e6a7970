"""Operations, stored state: what waits in the tables, by a few indexed queries that read no more rows than `MOST`.

What has ended is not counted here: that is for counters, which retention cannot lower (`gateway.core.road_metrics`).
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Select, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from gateway.accounts.models import AuditEntry
from gateway.conversations.kinds import InboxState, OutboxState, QueueRank
from gateway.conversations.models import InboxEvent, Message, OutboxItem, SuspendedNumber
from gateway.core.database import Database, now
from gateway.core.models import GatewayProcess
from gateway.handover.models import QueueEntry

MOST = 10_000  # rows that are counted of each kind; more are said as this many
UNFINISHED = (OutboxState.QUEUED, OutboxState.SENDING, OutboxState.UNKNOWN)
_STATEMENT_LIMIT = text("SET LOCAL statement_timeout = '2s'")
_FINDING_OLDEST = text("SET LOCAL enable_seqscan = off")


@dataclass(frozen=True)
class StoredState:
    """One look at the tables; counts stop at `MOST`, ages are seconds, and an age is 0 where nothing waits."""

    processes: int = 0
    outbox: Mapping[str, int] = field(default_factory=dict)  # unfinished replies by state
    outbox_oldest: float = 0.0
    inbox: int = 0  # events that are not processed yet
    inbox_oldest: float = 0.0
    pending: int = 0  # messages without a turn
    pending_oldest: float = 0.0
    queue: Mapping[str, int] = field(default_factory=dict)  # conversations that wait for an officer, by rank
    queue_oldest: float = 0.0
    numbers_stopped: int = 0
    backup_at: dt.datetime | None = None


async def look(database: Database) -> StoredState:
    """Look at the tables in one transaction; raises what the database raises."""
    async with database.transaction() as session:
        if not database.is_sqlite:
            await session.execute(_STATEMENT_LIMIT)
            # Where tables have grown since they were analysed, PostgreSQL would rather read them than their indexes.
            await session.execute(_FINDING_OLDEST)
        return await _read(session)


async def _read(session: AsyncSession) -> StoredState:
    at = now()
    alive = select(func.count()).select_from(GatewayProcess).where(GatewayProcess.alive_until > at)
    stopped = select(func.count()).select_from(SuspendedNumber)
    # By the index of actions: a search for the newest entry first could walk through the whole log.
    backups = select(AuditEntry.at).where(AuditEntry.action == "backup_made").limit(MOST).subquery()
    backup = select(func.max(backups.c.at))
    queued = select(OutboxItem.due_at).where(OutboxItem.state == OutboxState.QUEUED).order_by(OutboxItem.due_at)
    new = InboxEvent.state == InboxState.NEW
    inbox, inbox_since = await _count_and_oldest(session, select(InboxEvent.received_at).where(new))
    without_turn = select(Message.received_at).where(Message.turn_id.is_(None))
    pending, pending_since = await _count_and_oldest(session, without_turn)
    waiting, waiting_since = await _queue(session)
    return StoredState(
        processes=await session.scalar(alive) or 0,
        outbox={state: await _count(session, select(OutboxItem.id).where(OutboxItem.state == state))
                for state in UNFINISHED},
        outbox_oldest=_age(at, await session.scalar(queued.limit(1))),
        inbox=inbox,
        inbox_oldest=_age(at, inbox_since),
        pending=pending,
        pending_oldest=_age(at, pending_since),
        queue=waiting,
        queue_oldest=_age(at, waiting_since),
        numbers_stopped=await session.scalar(stopped) or 0,
        backup_at=await session.scalar(backup),
    )  # fmt: skip


async def _count(session: AsyncSession, rows: Select[Any]) -> int:
    return await session.scalar(select(func.count()).select_from(rows.limit(MOST).subquery())) or 0


async def _count_and_oldest(session: AsyncSession, times: Select[dt.datetime]) -> tuple[int, dt.datetime | None]:
    found = times.limit(MOST).subquery()
    count, oldest = (await session.execute(select(func.count(), func.min(found.c[0])))).one()
    return count, oldest


async def _queue(session: AsyncSession) -> tuple[dict[str, int], dt.datetime | None]:
    is_open: InstrumentedAttribute[Any] = QueueEntry.resolved_at
    entries = select(QueueEntry.rank, QueueEntry.waiting_since).where(
        is_open.is_(None), QueueEntry.waiting_since.is_not(None)
    )
    found = entries.limit(MOST).subquery()
    grouped = select(found.c.rank, func.count(), func.min(found.c.waiting_since)).group_by(found.c.rank)
    rows = (await session.execute(grouped)).all()
    counts = {rank.name.lower(): 0 for rank in QueueRank} | {QueueRank(rank).name.lower(): n for rank, n, _ in rows}
    return counts, min((since for _, _, since in rows), default=None)


def _age(at: dt.datetime, since: dt.datetime | None) -> float:
    return max((at - since).total_seconds(), 0.0) if since is not None else 0.0
