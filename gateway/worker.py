"""The background loops of one process, which move messages from station to station and survive every error of a step.

One look a second finds what is due for all of them (`gateway.ops.look`), so that a lost wake-up costs a second and no
message.
"""

import asyncio
import datetime as dt
import uuid
from collections import Counter
from collections.abc import Awaitable, Callable
from functools import partial

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm.exc import StaleDataError

from gateway.analytics.counts import fold
from gateway.api.deliver import deliver_due
from gateway.bulletins.followers import notify_followers
from gateway.conversations.addresses import channel_of
from gateway.conversations.kinds import ChannelName
from gateway.core.crypto import CannotOpen
from gateway.core.database import now
from gateway.core.db_errors import is_database_fault
from gateway.core.leases import RENEW_EVERY, end_lease, renew_lease
from gateway.core.rate_limit import count_incoming, number_rate
from gateway.core.tasks import cancel_once, end_if_cancelled, wait_at_most
from gateway.handover.timers import run_due_timers
from gateway.handover.unanswered import run_alarms
from gateway.inbox.delivery_status import process_statuses
from gateway.inbox.process_events import BATCH, SMALL_BATCH, Processed, process_messages
from gateway.inbox.receive import drain
from gateway.ops.look import LOOKED_FOR, look
from gateway.ops.retention import run_retention
from gateway.outbox.send import recover, send_due
from gateway.privacy.after_erasure import finish_erasures
from gateway.service import Service
from gateway.turns.danger_line import LATE, warn_late
from gateway.turns.pace import Debounce
from gateway.turns.pending import pending_conversations
from gateway.turns.run import run_turn
from gateway.turns.unjudged import judge_again

log = structlog.get_logger()
POLL_EVERY, ERROR_DELAY, RETENTION_EVERY = 1.0, 0.5, 600.0  # seconds
IDLE_EVERY = 20.0  # seconds after which a loop runs though no look has found anything for it
# Seconds between two steps of a loop, where work that the look finds for it need not be done within one.
REST = {"unjudged": dt.timedelta(seconds=5), "alarms": dt.timedelta(seconds=3)}
# Conversations of a channel with a task in this process at a time; a later poll finds the rest.
MAX_TURN_TASKS = 2000
SHUTDOWN_TIMEOUT = 2.0  # seconds to release the leases


class Worker:
    """The loops of one gateway process: inbox, turns, outbox, timers and retention."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._starting: asyncio.Task[None] | None = None
        self._loops: list[asyncio.Task[None]] = []
        self._turns: dict[uuid.UUID, asyncio.Task[None]] = {}
        self._tasks: Counter[ChannelName] = Counter()  # how many of these each channel has
        self._again: set[uuid.UUID] = set()
        self._urgent: set[uuid.UUID] = set()  # those of them in which there may be danger
        self._followed: dict[uuid.UUID, asyncio.Event] = {}  # greetings that wait for what follows
        # What wakes the loops whose work the look finds.
        self._wakeups = {name: getattr(service, f"{name}_wakeup", None) or asyncio.Event() for name in LOOKED_FOR}
        self._last_step: dict[str, dt.datetime] = {}
        self._is_stopping = False

    async def start(self) -> None:
        """Recover what the last process left and start the loops, at once or as soon as the database is available.

        Until then deliveries go to the spool. Raises `CannotOpen` when the data keys are not those of the database.
        """
        self._starting = asyncio.create_task(self._begin_when_possible())
        await asyncio.wait({self._starting}, timeout=self._service.settings.storage_timeout)
        if self._starting.done():
            self._starting.result()

    async def _begin_when_possible(self) -> None:
        while True:
            try:
                await self._prepare()
            except CannotOpen as error:
                log.error("data_keys_do_not_fit", exc_info=error)
                raise
            except Exception as error:  # nearly always the database's; retry after any other too
                log.error("database_unavailable_at_start", exc_info=error)
                end_if_cancelled()
                await asyncio.sleep(POLL_EVERY)
            else:
                return self._begin_loops()

    async def _prepare(self) -> None:
        async with self._service.database.transaction() as session:
            await self._service.keyring.load(session)
        async with self._service.database.transaction() as session:
            await recover(session, self._service.settings.unknown_wait)
            await renew_lease(session, self._service.process)
        if await self._service.database.autovacuum_is_off():
            # Without statistics every look scans whole tables, and erased rows stay on disk.
            log.warning("autovacuum_off", what_to_do="Set autovacuum = on in PostgreSQL, which is its own default.")

    def _begin_loops(self) -> None:
        service = self._service
        loops: list[tuple[str, Callable[[], Awaitable[bool]], asyncio.Event, float]] = [
            ("lease", self._renew_lease, asyncio.Event(), RENEW_EVERY),
            ("signals", self._wake_on_signals, asyncio.Event(), POLL_EVERY),
            ("spool", partial(drain, service), asyncio.Event(), POLL_EVERY),
            ("look", self._look, asyncio.Event(), POLL_EVERY),
            ("retention", self._tidy, asyncio.Event(), RETENTION_EVERY),
        ]
        looked_for: list[tuple[str, Callable[[], Awaitable[bool]]]] = [
            ("inbox", self._process_messages),  # apart from statuses, whose batches would wait for each of these
            ("statuses", self._process_statuses),
            ("turns", self._begin_turns),
            ("outbox", partial(send_due, service)),
            ("danger", partial(warn_late, service)),
            ("unjudged", partial(judge_again, service)),
            ("handover", partial(run_due_timers, service)),
            ("alarms", partial(run_alarms, service)),
            ("bulletins", partial(notify_followers, service)),
            ("analytics", self._fold),
            ("webhooks", partial(deliver_due, service)),
            ("erasures", partial(finish_erasures, service)),
        ]
        loops += [(name, step, self._wakeups[name], IDLE_EVERY) for name, step in looked_for]
        # Named, so that a profiler can tell them apart.
        self._loops = [asyncio.create_task(self._loop(*loop), name=f"loop {loop[0]}") for loop in loops]

    async def stop(self) -> None:
        """Cancel everything; another process or the next start finds what was in progress."""
        self._is_stopping = True
        tasks = [*filter(None, [self._starting]), *self._loops, *self._turns.values()]
        for task in tasks:
            cancel_once(task)
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._loops:
            await self._end_lease()

    async def _renew_lease(self) -> bool:
        async with self._service.database.direct() as session:
            await renew_lease(session, self._service.process)
        return False

    async def _end_lease(self) -> None:
        try:
            async with asyncio.timeout(SHUTDOWN_TIMEOUT), self._service.database.transaction() as session:
                await end_lease(session, self._service.process)
        except (SQLAlchemyError, OSError) as error:
            log.warning("lease_not_ended", exc_info=error)  # then it expires

    async def _wake_on_signals(self) -> bool:
        """Wake the loops on signals of other processes: one of them has more than it can process at once."""
        service = self._service
        wake = {"inbox": service.wake_inbox, "turns": service.wake_turns, "outbox": service.wake_outbox}
        async with service.signals.listen(*wake) as signals:
            async for name, _ in signals:
                wake[name]()
        return False

    def is_alive(self) -> bool:
        """Whether every loop still runs, and those of the pipeline have completed a step within the last minute."""
        fresh = now() - dt.timedelta(seconds=60)
        is_fresh = all(self._last_step.get(name, now()) > fresh for name in ("inbox", "turns", "outbox", "handover"))
        return is_fresh and bool(self._loops) and not any(task.done() for task in self._loops)

    def last_steps(self) -> dict[str, dt.datetime]:
        """When each loop last completed a step."""
        return dict(self._last_step)

    async def _loop(self, name: str, step: Callable[[], Awaitable[bool]], wakeup: asyncio.Event, pause: float) -> None:
        while True:
            wakeup.clear()
            more: bool | None = None
            try:
                more = await step()
                self._last_step[name] = now()
            except Exception as error:  # a loop must survive every error of one step
                log.error("step_failed", station=name, exc_info=error)
            end_if_cancelled()
            if more is None:
                await asyncio.sleep(ERROR_DELAY)
            elif not more:
                await wait_at_most(wakeup, pause)

    async def _process_statuses(self) -> bool:
        service = self._service
        async with service.database.direct() as session:
            shown: set[uuid.UUID] = set()
            more = await process_statuses(session, service.keyring, shown)
            for changed in shown:
                service.signals.send(session, "conversation", changed.hex)
            if more:
                service.signals.send(session, "inbox")  # more than one batch: other processes may help
        return more

    async def _process_messages(self) -> bool:
        try:
            result = await self._process_messages_once(careful=False)
        except Exception as error:
            # A conversation that was deleted since it was read raises this too.
            if is_database_fault(error) and not isinstance(error, StaleDataError):
                raise
            log.warning("batch_failed", exc_info=error)
            result = await self._process_messages_once(careful=True)
        for conversation, channel in result.conversations.items():
            self._begin(conversation, channel, urgent=conversation in result.urgent)
        if result.urgent:
            asyncio.get_running_loop().call_later(LATE.total_seconds(), self._wakeups["danger"].set)
        return result.more

    async def _process_messages_once(self, *, careful: bool) -> Processed:
        service = self._service
        async with service.database.direct() as session:
            limit = SMALL_BATCH if service.turn_slots.is_full else BATCH
            result = await process_messages(
                session, service.keyring, service.idle, checks=service.scam_checks, careful=careful, limit=limit
            )
            for name, channel in sorted(service.channels.items()):
                if channel.pace is not None and channel.pace.both_directions:
                    counted = {place: n for place, n in result.received.items() if channel_of(place) == name}
                    await count_incoming(session, counted, number_rate(channel.pace))
            for changed in result.conversations:
                service.signals.send(session, "conversation", changed.hex)
            if len(self._turns) + len(result.conversations) > service.settings.dialogue_concurrency:
                service.signals.send(session, "turns")  # more than this process answers at a time
        return result

    async def _begin_turns(self) -> bool:
        async with self._service.database.direct() as session:
            waiting = await pending_conversations(session, self._service.process)
        for conversation, pending in waiting.items():
            if conversation not in self._turns:  # its task checks for more before it ends
                self._begin(conversation, pending.channel, urgent=pending.urgent)
        return False

    def _begin(self, conversation: uuid.UUID, channel: ChannelName, *, urgent: bool) -> None:
        if urgent:
            self._urgent.add(conversation)
            self._service.turn_slots.hurry(conversation)
        if conversation in self._turns:
            self._again.add(conversation)  # a message arrived while the last turn was being answered
            if conversation in self._followed:
                self._followed[conversation].set()
            return
        if self._is_stopping or (self._tasks[channel] >= MAX_TURN_TASKS and not urgent):
            return
        task = asyncio.create_task(self._answer(conversation, channel))
        self._turns[conversation] = task
        self._tasks[channel] += 1
        task.add_done_callback(lambda _: self._end(conversation, channel))

    def _end(self, conversation: uuid.UUID, channel: ChannelName) -> None:
        self._turns.pop(conversation, None)
        self._tasks[channel] -= 1
        urgent = conversation in self._urgent
        self._urgent.discard(conversation)
        if conversation in self._again:
            self._again.discard(conversation)
            self._begin(conversation, channel, urgent=urgent)

    async def _answer(self, conversation: uuid.UUID, channel: ChannelName) -> None:
        """All turns of one conversation, one at a time."""
        structlog.contextvars.bind_contextvars(conversation=conversation.hex)  # of this task alone
        outcome: Debounce | bool = True
        try:
            while outcome is not False:
                urgent = conversation in self._urgent
                outcome = await run_turn(self._service, conversation, channel, urgent=urgent, sends=True)
                if isinstance(outcome, Debounce):
                    await self._wait_for_what_follows(conversation, outcome.until)
        except Exception as error:  # the messages are still pending; the next poll finds them
            log.error("turn_failed", conversation=conversation.hex, exc_info=error)
            await asyncio.sleep(ERROR_DELAY)

    async def _wait_for_what_follows(self, conversation: uuid.UUID, until: dt.datetime) -> None:
        followed = self._followed[conversation] = asyncio.Event()
        try:
            if conversation not in self._again:  # else it came while the greeting was being read
                await wait_at_most(followed, max((until - now()).total_seconds(), 0.01))
        finally:
            self._again.discard(conversation)
            del self._followed[conversation]

    async def _look(self) -> bool:
        for name in await look(self._service):
            if name not in REST or now() - self._last_step.get(name, now()) >= REST[name]:
                self._wakeups[name].set()
        return False

    async def _fold(self) -> bool:
        async with self._service.database.direct() as session:
            return await fold(session)

    async def _tidy(self) -> bool:
        await run_retention(self._service)
        return False
