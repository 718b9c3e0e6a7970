"""Operations, metrics: gauges of what is stored and of the parts, written at each scrape from the probes' answers.

What is stored is the same in every process: ask for `max`. The spool, the disks and the loops are the process's own.
"""

import math

from prometheus_client import CollectorRegistry, Gauge

from gateway.conversations.kinds import ChannelName, Danger, FailureClass, InboxEventKind, TurnOutcome
from gateway.core import road_metrics
from gateway.core.database import now
from gateway.ops.parts import Condition, Parts
from gateway.ops.stored_state import StoredState

# A counter that appears with its first event has no increase to be seen: these are there from the start.
for _outcome in TurnOutcome:
    road_metrics.TURNS.labels(ChannelName.WHATSAPP, _outcome)
for _danger in Danger:
    road_metrics.DANGER.labels(_danger)
for _failure in FailureClass:
    road_metrics.REPLY_FAILURES.labels(_failure, "yes")
for _kind in InboxEventKind:
    road_metrics.EVENTS_FAILED.labels(_kind)


class ServiceGauges:
    """The gauges of one scrape."""

    def __init__(self, registry: CollectorRegistry) -> None:
        def gauge(name: str, text: str, *labels: str) -> Gauge:
            return Gauge(name, text, labels, registry=registry)

        self._database = gauge("neuvo_database_up", "Whether the database answered this scrape in time.")
        self._redis = gauge("neuvo_redis_up", "Whether Redis answered in time; 1 where it is not used.")
        self._engine = gauge("neuvo_engine_up", "Whether a dialogue engine has a model, by its number.", "engine")
        self._age = gauge("neuvo_stored_state_age_seconds", "Age of what the gauges of stored state show.")
        self._processes = gauge("neuvo_processes", "Gateway processes that renew their lease.")
        self._outbox = gauge("neuvo_outbox_items", "Replies that are not finished, by state; 10000 at most.", "state")
        self._outbox_oldest = gauge("neuvo_outbox_oldest_seconds", "How long the oldest due reply has waited.")
        self._inbox = gauge("neuvo_inbox_waiting", "Updates that are not processed yet; 10000 at most.")
        self._inbox_oldest = gauge("neuvo_inbox_oldest_seconds", "How long the oldest of them has waited.")
        self._pending = gauge("neuvo_messages_pending", "Messages without a turn; 10000 at most.")
        self._pending_oldest = gauge("neuvo_messages_pending_oldest_seconds", "How long the oldest has waited.")
        self._queue = gauge("neuvo_queue_waiting", "Conversations that wait for an officer, by rank.", "rank")
        self._queue_oldest = gauge("neuvo_queue_oldest_seconds", "How long the oldest of them has waited.")
        self._stopped = gauge("neuvo_numbers_stopped", "Suspended numbers: their replies wait for an operator.")
        self._backup = gauge(
            "neuvo_backup_last_success_timestamp_seconds", "When the last backup was made; 0: never, or long ago."
        )
        self._published = gauge(
            "neuvo_publication_timestamp_seconds", "When what is live was published; 0: the project's own."
        )
        self._spool = gauge("neuvo_spool_bytes", "Bytes in the spool: waiting, set_aside.", "what")
        self._spool_limit = gauge("neuvo_spool_limit_bytes", "The most bytes that the spool may hold.")
        self._spooled = gauge("neuvo_spool_waiting_seconds", "How long the oldest delivery in the spool has waited.")
        self._free = gauge("neuvo_disk_free_bytes", "Free bytes of the disk under a folder.", "folder")
        self._size = gauge("neuvo_disk_size_bytes", "All bytes of the disk under a folder.", "folder")
        self._worker = gauge("neuvo_worker_alive", "Whether every loop of this process runs.")
        self._steps = gauge(
            "neuvo_loop_last_step_seconds", "Seconds since the last step of a loop of this process.", "loop"
        )
        self._of_tables = (
            self._age, self._processes, self._outbox_oldest, self._inbox, self._inbox_oldest, self._pending,
            self._pending_oldest, self._queue_oldest, self._stopped, self._backup,
        )  # fmt: skip

    async def collect(self, parts: Parts) -> None:
        """Set all gauges within a second; those of stored state are NaN where no look at the tables is recent."""
        condition = await parts.condition()
        self._set_condition(condition)
        # Where the database is silent, the last look is shown as long as it is recent, and its age says so.
        state, age = await parts.stored(wait=condition.database)
        if state is not None:
            self._set_stored(state, age)
        else:
            for each in self._of_tables:
                each.set(math.nan)
        published = parts.published_at()
        self._published.set(published.timestamp() if published else 0)
        self._spool_limit.set(parts.spool_limit())
        for folder, (free, size) in parts.disks().items():
            self._free.labels(folder).set(free)
            self._size.labels(folder).set(size)
        for name, at in parts.loops().items():
            self._steps.labels(name).set((now() - at).total_seconds())

    def _set_condition(self, condition: Condition) -> None:
        self._database.set(condition.database)
        self._redis.set(condition.redis is not False)
        for number, is_up in condition.engines.items():
            self._engine.labels(number).set(is_up)
        self._worker.set(condition.worker)
        backlog = condition.backlog
        self._spool.labels("waiting").set(backlog.waiting)
        self._spool.labels("set_aside").set(backlog.set_aside)
        self._spooled.set(max((now() - backlog.since).total_seconds(), 0) if backlog.since else 0)

    def _set_stored(self, state: StoredState, age: float) -> None:
        self._age.set(age)
        self._processes.set(state.processes)
        for name, count in state.outbox.items():
            self._outbox.labels(name).set(count)
        self._outbox_oldest.set(state.outbox_oldest)
        self._inbox.set(state.inbox)
        self._inbox_oldest.set(state.inbox_oldest)
        self._pending.set(state.pending)
        self._pending_oldest.set(state.pending_oldest)
        for rank, count in state.queue.items():
            self._queue.labels(rank).set(count)
        self._queue_oldest.set(state.queue_oldest)
        self._stopped.set(state.numbers_stopped)
        self._backup.set(state.backup_at.timestamp() if state.backup_at else 0)
