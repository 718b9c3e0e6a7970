"""Beside the road: what the tables, the spool and the loops say of the service's state, asked when somebody looks.

Every process tells the same of the tables; of the spool and the loops each tells its own.
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

from gateway.conversations.models import Conversation, InboxEvent, Message, OutboxItem, StoppedNumber, Turn
from gateway.database import now
from gateway.service import Service
from gateway.worker import Worker

log = structlog.get_logger()
PATIENCE = 3.0  # seconds for the tables; a scrape must not hang where the database does
RECENT = dt.timedelta(minutes=5)
_MOST_ROWS = 2000
_QUANTILES = (0.5, 0.95, 1.0)


class Measures:
    """The gauges of one look."""

    def __init__(self, registry: CollectorRegistry) -> None:
        def gauge(name: str, text: str, *labels: str) -> Gauge:
            return Gauge(name, text, labels, registry=registry)

        self._database = gauge("neuvo_database_up", "Whether the database answered this look.")
        self._outbox = gauge("neuvo_outbox_items", "Replies by state.", "state")
        self._oldest = gauge("neuvo_outbox_oldest_seconds", "Since when the oldest reply that is due waits.")
        self._refused = gauge("neuvo_outbox_failures", "Replies that ended in an error, by its class.", "error_class")
        self._inbox = gauge("neuvo_inbox_events", "Events of providers by state.", "state")
        self._messages = gauge("neuvo_messages", "Messages of citizens that are stored.", "channel")
        self._pending = gauge("neuvo_messages_pending", "Messages that wait for their turn.")
        self._turns = gauge("neuvo_turns", "Turns that are stored, by outcome.", "outcome")
        self._danger = gauge("neuvo_turns_with_danger", "Turns in which danger was found, by kind.", "danger")
        self._conversations = gauge("neuvo_conversations", "Conversations by who owns them.", "state")
        self._stopped = gauge("neuvo_numbers_stopped", "Numbers that send nothing until somebody has looked.")
        self._latency = gauge(
            "neuvo_latency_seconds", "Of the last five minutes: until a turn, until a reply went.", "part", "quantile"
        )
        self._spool = gauge("neuvo_spool_bytes", "What lies in the spool: waiting, set_aside.", "what")
        self._spooled = gauge("neuvo_spool_waiting_seconds", "Since when the oldest delivery in the spool waits.")
        self._worker = gauge("neuvo_worker_alive", "Whether every loop of this process runs.")
        self._steps = gauge("neuvo_loop_last_step_seconds", "How long ago a loop of this process last went.", "loop")

    async def take(self, service: Service, worker: Worker) -> None:
        """Look; a database that does not answer leaves its gauges out, and says so."""
        backlog = service.spool.backlog()
        self._spool.labels("waiting").set(backlog.waiting)
        self._spool.labels("set_aside").set(backlog.set_aside)
        self._spooled.set(max((now() - backlog.since).total_seconds(), 0) if backlog.since else 0)
        self._worker.set(worker.is_alive())
        for name, at in worker.last_steps().items():
            self._steps.labels(name).set((now() - at).total_seconds())
        try:
            async with asyncio.timeout(PATIENCE), service.database.transaction() as session:
                await self._ask(session)
        except (SQLAlchemyError, OSError, TimeoutError) as error:
            log.info("metrics_without_database", error=type(error).__name__)
            self._database.set(0)
        else:
            self._database.set(1)

    async def _ask(self, session: AsyncSession) -> None:
        await _count(session, self._outbox, OutboxItem.state)
        await _count(session, self._refused, OutboxItem.error_class)
        await _count(session, self._inbox, InboxEvent.state)
        await _count(session, self._turns, Turn.outcome)
        await _count(session, self._danger, Turn.danger)
        await _count(session, self._conversations, Conversation.state)
        channels = select(Conversation.channel, func.count(Message.id)).join(Message).group_by(Conversation.channel)
        for channel, count in await session.execute(channels):
            self._messages.labels(channel).set(count)
        pending = select(func.count()).select_from(Message).where(Message.turn_id.is_(None))
        self._pending.set(await session.scalar(pending) or 0)
        self._stopped.set(await session.scalar(select(func.count()).select_from(StoppedNumber)) or 0)
        due = select(OutboxItem.due_at).where(OutboxItem.state == "queued").order_by(OutboxItem.due_at).limit(1)
        first = await session.scalar(due)
        self._oldest.set(max((now() - first).total_seconds(), 0) if first is not None else 0)
        await self._ask_latencies(session)

    async def _ask_latencies(self, session: AsyncSession) -> None:
        since = now() - RECENT
        turns = (
            select(Message.received_at, Turn.created_at)
            .join(Turn, Turn.id == Message.turn_id)
            .where(Turn.created_at > since)
            .limit(_MOST_ROWS)
        )
        sent = select(OutboxItem.created_at, OutboxItem.sent_at).where(OutboxItem.sent_at > since).limit(_MOST_ROWS)
        asked: dict[str, Select[*tuple[Any, ...]]] = {"turn": turns, "reply": sent}
        for part, wanted in asked.items():
            rows = (await session.execute(wanted)).all()
            for quantile, seconds in _quantiles((end - begin).total_seconds() for begin, end in rows):
                self._latency.labels(part, f"{quantile:g}").set(seconds)


async def _count(session: AsyncSession, gauge: Gauge, column: InstrumentedAttribute[Any]) -> None:
    wanted = select(column, func.count()).where(column.is_not(None)).group_by(column)
    for value, count in await session.execute(wanted):
        gauge.labels(value).set(count)


def _quantiles(values: Iterable[float]) -> list[tuple[float, float]]:
    ordered = sorted(values)
    return [(each, ordered[min(int(each * len(ordered)), len(ordered) - 1)]) for each in _QUANTILES] if ordered else []
