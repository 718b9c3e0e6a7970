"""Operations, metrics: gauges of the tables, the spool and the loops, read at each scrape.

The gauges of the tables are the same in every process; those of the spool and the loops are the process's own.
"""

import asyncio
import datetime as dt
from collections.abc import Iterable
from typing import Any

import structlog
from prometheus_client import CollectorRegistry, Gauge
from sqlalchemy import Select, func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from gateway.conversations.kinds import OutboxState
from gateway.conversations.models import Conversation, InboxEvent, Message, OutboxItem, SuspendedNumber, Turn
from gateway.core.database import now
from gateway.inbox.context import InboxContext
from gateway.ops.health import WorkerState

log = structlog.get_logger()
TIMEOUT = 3.0  # seconds for the tables; a scrape must not hang with the database
RECENT = dt.timedelta(minutes=5)
_MOST_ROWS = 2000
_QUANTILES = (0.5, 0.95, 1.0)


class ServiceGauges:
    """The gauges of one scrape."""

    def __init__(self, registry: CollectorRegistry) -> None:
        def gauge(name: str, text: str, *labels: str) -> Gauge:
            return Gauge(name, text, labels, registry=registry)

        self._database = gauge("neuvo_database_up", "Whether the database answered this scrape.")
        self._outbox = gauge("neuvo_outbox_items", "Replies by state.", "state")
        self._oldest = gauge("neuvo_outbox_oldest_seconds", "For how long the oldest due reply has waited.")
        self._failed = gauge("neuvo_outbox_failures", "Replies that ended in an error, by its class.", "error_class")
        self._inbox = gauge("neuvo_inbox_events", "Events of providers by state.", "state")
        self._messages = gauge("neuvo_messages", "Messages of citizens that are stored.", "channel")
        self._pending = gauge("neuvo_messages_pending", "Messages that no turn has answered yet.")
        self._turns = gauge("neuvo_turns", "Turns that are stored, by outcome.", "outcome")
        self._danger = gauge("neuvo_turns_with_danger", "Turns in which danger was found, by kind.", "danger")
        self._conversations = gauge("neuvo_conversations", "Conversations by who owns them.", "state")
        self._suspended = gauge("neuvo_numbers_stopped", "Suspended numbers: their replies wait for an operator.")
        self._latency = gauge(
            "neuvo_latency_seconds",
            "Of the last five minutes: from a message to its turn, from a reply to its sending.",
            "part",
            "quantile",
        )
        self._spool = gauge("neuvo_spool_bytes", "Bytes in the spool: waiting, set_aside.", "what")
        self._spooled = gauge(
            "neuvo_spool_waiting_seconds", "For how long the oldest delivery in the spool has waited."
        )
        self._worker = gauge("neuvo_worker_alive", "Whether every loop of this process runs.")
        self._steps = gauge(
            "neuvo_loop_last_step_seconds", "Seconds since the last step of a loop of this process.", "loop"
        )

    async def collect(self, service: InboxContext, worker: WorkerState) -> None:
        """Set all gauges; without the database its gauges stay unset, and `neuvo_database_up` is 0."""
        backlog = service.spool.backlog()
        self._spool.labels("waiting").set(backlog.waiting)
        self._spool.labels("set_aside").set(backlog.set_aside)
        self._spooled.set(max((now() - backlog.since).total_seconds(), 0) if backlog.since else 0)
        self._worker.set(worker.is_alive())
        for name, at in worker.last_steps().items():
            self._steps.labels(name).set((now() - at).total_seconds())
        try:
            async with asyncio.timeout(TIMEOUT), service.database.transaction() as session:
                await self._collect_tables(session)
        except (SQLAlchemyError, OSError, TimeoutError) as error:
            log.info("metrics_without_database", error=type(error).__name__)
            self._database.set(0)
        else:
            self._database.set(1)

    async def _collect_tables(self, session: AsyncSession) -> None:
        await _count_by(session, self._outbox, OutboxItem.state)
        await _count_by(session, self._failed, OutboxItem.error_class)
        await _count_by(session, self._inbox, InboxEvent.state)
        await _count_by(session, self._turns, Turn.outcome)
        await _count_by(session, self._danger, Turn.danger)
        await _count_by(session, self._conversations, Conversation.state)
        channels = select(Conversation.channel, func.count(Message.id)).join(Message).group_by(Conversation.channel)
        for channel, count in await session.execute(channels):
            self._messages.labels(channel).set(count)
        pending = select(func.count()).select_from(Message).where(Message.turn_id.is_(None))
        self._pending.set(await session.scalar(pending) or 0)
        self._suspended.set(await session.scalar(select(func.count()).select_from(SuspendedNumber)) or 0)
        due = (
            select(OutboxItem.due_at).where(OutboxItem.state == OutboxState.QUEUED).order_by(OutboxItem.due_at).limit(1)
        )
        first = await session.scalar(due)
        self._oldest.set(max((now() - first).total_seconds(), 0) if first is not None else 0)
        await self._collect_latencies(session)

    async def _collect_latencies(self, session: AsyncSession) -> None:
        since = now() - RECENT
        turns = (
            select(Message.received_at, Turn.created_at)
            .join(Turn, Turn.id == Message.turn_id)
            .where(Turn.created_at > since)
            .limit(_MOST_ROWS)
        )
        sent = select(OutboxItem.created_at, OutboxItem.sent_at).where(OutboxItem.sent_at > since).limit(_MOST_ROWS)
        queries: dict[str, Select[*tuple[Any, ...]]] = {"turn": turns, "reply": sent}
        for part, query in queries.items():
            rows = (await session.execute(query)).all()
            for quantile, seconds in _quantiles((end - begin).total_seconds() for begin, end in rows):
                self._latency.labels(part, f"{quantile:g}").set(seconds)


async def _count_by(session: AsyncSession, gauge: Gauge, column: InstrumentedAttribute[Any]) -> None:
    query = select(column, func.count()).where(column.is_not(None)).group_by(column)
    for value, count in await session.execute(query):
        gauge.labels(value).set(count)


def _quantiles(values: Iterable[float]) -> list[tuple[float, float]]:
    ordered = sorted(values)
    return [(each, ordered[min(int(each * len(ordered)), len(ordered) - 1)]) for each in _QUANTILES] if ordered else []
