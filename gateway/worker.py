"""Beside the road: the loops that move messages from station to station, and survive whatever a step raises.

No loop trusts its bell alone: each looks again after a second, so that a lost wake-up costs a second and no message.
"""

import asyncio
import datetime as dt
import uuid
from collections.abc import Awaitable, Callable

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm.exc import StaleDataError

from gateway.bulletins.followers import tell_followers
from gateway.cancelling import cancel_once
from gateway.conversations.breaker import channel_of
from gateway.conversations.claims import BEAT, say_alive, say_farewell
from gateway.conversations.faults import is_of_the_database
from gateway.conversations.intake import drain
from gateway.conversations.pacing import count_incoming, number_rate
from gateway.conversations.retention import tidy
from gateway.conversations.sending import recover, send_due
from gateway.conversations.sorting import Sorted, sort_messages
from gateway.conversations.statuses import sort_statuses
from gateway.conversations.turns import Hold, run_turn
from gateway.conversations.waiting import waiting_conversations
from gateway.database import now
from gateway.encryption import CannotOpen
from gateway.figures.counting import fold
from gateway.handover.clock import tick
from gateway.privacy.after_erasure import finish_erasures
from gateway.service import Service

log = structlog.get_logger()

LOOK_AGAIN = 1.0
AFTER_ERROR = 0.5
TIDY_EVERY = 600.0
# Conversations that a process keeps in mind at once; those behind them are found at a later look.
MOST_TURNS = 2000
FAREWELL = 2.0


class Worker:
    """Inbox, turns, outbox and tidying of one gateway process."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._starting: asyncio.Task[None] | None = None
        self._loops: list[asyncio.Task[None]] = []
        self._turns: dict[uuid.UUID, asyncio.Task[None]] = {}
        self._again: set[uuid.UUID] = set()
        self._last_step: dict[str, dt.datetime] = {}

    async def start(self) -> None:
        """Pick up what the last process left, then begin; at once, or as soon as the database answers.

        Until it does, deliveries go to the spool. Raises `CannotOpen` when the keys are not those of the database.
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
                log.error("keys_do_not_open", exc_info=error)
                raise
            except Exception as error:  # the database's, nearly always; nobody would try again after another
                log.error("database_away_at_start", exc_info=error)
                await asyncio.sleep(LOOK_AGAIN)
            else:
                return self._begin_loops()

    async def _prepare(self) -> None:
        async with self._service.database.transaction() as session:
            await self._service.keyring.load(session)
        async with self._service.database.transaction() as session:
            await recover(session, self._service.settings.unknown_wait)
            await say_alive(session, self._service.process)
        if await self._service.database.is_left_untidy():
            # Without statistics every look at the outbox reads whole tables, and what was erased stays on the disk.
            log.warning("autovacuum_off", advice="Set autovacuum = on in PostgreSQL, which is its own default.")

    def _begin_loops(self) -> None:
        service = self._service
        loops: list[tuple[str, Callable[[], Awaitable[bool]], asyncio.Event, float]] = [
            ("alive", self._say_alive, asyncio.Event(), BEAT),
            ("signals", self._hear, asyncio.Event(), LOOK_AGAIN),
            ("spool", self._drain, asyncio.Event(), LOOK_AGAIN),
            # Beside each other: with many of both waiting, statuses would come to each step of the messages only once.
            ("inbox", self._sort_messages, service.inbox_bell, LOOK_AGAIN),
            ("statuses", self._sort_statuses, service.statuses_bell, LOOK_AGAIN),
            ("turns", self._begin_turns, service.turns_bell, LOOK_AGAIN),
            ("outbox", self._send, service.outbox_bell, LOOK_AGAIN),
            ("handover", self._tick, asyncio.Event(), LOOK_AGAIN),
            ("bulletins", self._tell_followers, asyncio.Event(), LOOK_AGAIN),
            ("figures", self._fold, asyncio.Event(), LOOK_AGAIN),
            ("erasures", self._finish_erasures, asyncio.Event(), LOOK_AGAIN),
            ("tidying", self._tidy, asyncio.Event(), TIDY_EVERY),
        ]
        # Named, so that a profile can tell them apart.
        self._loops = [asyncio.create_task(self._loop(*loop), name=f"loop {loop[0]}") for loop in loops]

    async def stop(self) -> None:
        """Cancel everything; whatever was under way is found again by another process or the next start."""
        tasks = [*filter(None, [self._starting]), *self._loops, *self._turns.values()]
        for task in tasks:
            cancel_once(task)
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._loops:
            await self._say_farewell()

    async def _say_alive(self) -> bool:
        async with self._service.database.transaction() as session:
            await say_alive(session, self._service.process)
        return False

    async def _say_farewell(self) -> None:
        try:
            async with asyncio.timeout(FAREWELL), self._service.database.transaction() as session:
                await say_farewell(session, self._service.process)
        except (SQLAlchemyError, OSError) as error:
            log.warning("no_farewell", error=type(error).__name__)  # then what it held is free when its lease ends

    async def _hear(self) -> bool:
        """Bells of other processes: one of them has more than it can do at once."""
        service = self._service
        wake = {"inbox": service.wake_inbox, "turns": service.wake_turns, "outbox": service.wake_outbox}
        async with service.signals.listen(*wake) as signals:
            async for name, _ in signals:
                wake[name]()
        return False

    def is_alive(self) -> bool:
        """Whether every loop still runs and the road's loops have looked within the last minute."""
        fresh = now() - dt.timedelta(seconds=60)
        return (
            bool(self._loops)
            and not any(task.done() for task in self._loops)
            and all(self._last_step.get(name, now()) > fresh for name in ("inbox", "turns", "outbox", "handover"))
        )

    def last_steps(self) -> dict[str, dt.datetime]:
        """When each loop last went through."""
        return dict(self._last_step)

    async def _loop(self, name: str, step: Callable[[], Awaitable[bool]], bell: asyncio.Event, pause: float) -> None:
        while True:
            bell.clear()
            try:
                more = await step()
            except asyncio.CancelledError:
                raise
            except Exception as error:  # a station must outlive every error of one step
                log.error("step_failed", station=name, exc_info=error)
                await asyncio.sleep(AFTER_ERROR)
                continue
            self._last_step[name] = now()
            if not more:
                await _wait(bell, pause)

    async def _drain(self) -> bool:
        return await drain(self._service)

    async def _sort_statuses(self) -> bool:
        service = self._service
        async with service.database.transaction() as session:
            ticked: set[uuid.UUID] = set()
            more = await sort_statuses(session, service.keyring, ticked)
            for changed in ticked:
                service.signals.send(session, "conversation", changed.hex)
            if more:
                service.signals.send(session, "inbox")  # more than one step: the others may help
        return more

    async def _sort_messages(self) -> bool:
        try:
            result = await self._sort_messages_once(careful=False)
        except Exception as error:
            # A talk that is gone since it was read says so as a stale row.
            if is_of_the_database(error) and not isinstance(error, StaleDataError):
                raise
            log.warning("not_sorted_together", error=type(error).__name__)
            result = await self._sort_messages_once(careful=True)
        for conversation in result.conversations:
            self._begin(conversation)
        return result.more

    async def _sort_messages_once(self, *, careful: bool) -> Sorted:
        service = self._service
        async with service.database.transaction() as session:
            result = await sort_messages(session, service.keyring, service.idle, careful=careful)
            for name, channel in sorted(service.channels.items()):
                if channel.pace is not None and channel.pace.both_directions:
                    counted = {place: n for place, n in result.received.items() if channel_of(place) == name}
                    await count_incoming(session, counted, number_rate(channel.pace))
            for changed in result.conversations:
                service.signals.send(session, "conversation", changed.hex)
            if len(self._turns) + len(result.conversations) > service.settings.dialogue_concurrency:
                service.signals.send(session, "turns")  # more than this process answers at once
        return result

    async def _begin_turns(self) -> bool:
        async with self._service.database.transaction() as session:
            waiting = await waiting_conversations(session, self._service.process)
        for conversation in waiting:
            if conversation not in self._turns:  # who is there already looks for more before it ends
                self._begin(conversation)
        return False

    def _begin(self, conversation: uuid.UUID) -> None:
        if conversation in self._turns:
            self._again.add(conversation)  # words arrived while the last turn was being answered
            return
        if len(self._turns) >= MOST_TURNS:
            return
        task = asyncio.create_task(self._answer(conversation))
        self._turns[conversation] = task
        task.add_done_callback(lambda _: self._end(conversation))

    def _end(self, conversation: uuid.UUID) -> None:
        self._turns.pop(conversation, None)
        if conversation in self._again:
            self._again.discard(conversation)
            self._begin(conversation)

    async def _answer(self, conversation: uuid.UUID) -> None:
        """All turns of one conversation, one at a time."""
        try:
            while (outcome := await run_turn(self._service, conversation)) is not False:
                if isinstance(outcome, Hold):
                    await asyncio.sleep(max((outcome.until - now()).total_seconds(), 0.01))
        except asyncio.CancelledError:
            raise
        except Exception as error:  # the messages are still pending; the next look takes them up
            log.error("turn_failed", conversation=conversation.hex, exc_info=error)
            await asyncio.sleep(AFTER_ERROR)

    async def _send(self) -> bool:
        return await send_due(self._service)

    async def _tick(self) -> bool:
        return await tick(self._service)

    async def _tell_followers(self) -> bool:
        return await tell_followers(self._service)

    async def _fold(self) -> bool:
        async with self._service.database.transaction() as session:
            return await fold(session)

    async def _finish_erasures(self) -> bool:
        return await finish_erasures(self._service)

    async def _tidy(self) -> bool:
        await tidy(self._service)
        return False


async def _wait(bell: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await bell.wait()
    except TimeoutError:
        pass
