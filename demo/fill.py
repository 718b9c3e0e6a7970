"""Demo, the filling: the real service lives through weeks within minutes, with a simulator of Meta and phones.

Nothing is written into tables here. Citizens write by the simulator, officers act by the functions of their pages, and
the clock of this one process is moved from day to day (`time_machine`), so that counts, timers and retention are those
that real weeks would have made.
"""

import asyncio
import contextlib
import datetime as dt
import random
import sys
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

import structlog
import time_machine
from fastapi import FastAPI
from sqlalchemy import func, or_, select

from demo import staff, talks
from demo.talks import DemoTalk
from gateway.accounts import audit
from gateway.accounts.models import AuditEntry
from gateway.app import create_app
from gateway.conversations.kinds import OutboxState
from gateway.conversations.models import Message, OutboxItem
from gateway.core.config.settings import Settings
from gateway.core.database import Database
from gateway.core.locale import HELSINKI
from gateway.dialogue.engine import DialogueEngine
from gateway.server import Listener, configuration
from gateway.service import Service
from simulator import Citizen, Simulator

log = structlog.get_logger()
DAYS = 58  # so that the last whole month, of which the public page tells, has figures
_RECENT = 0.7  # of the talks are of the last weeks, whose words retention still keeps
_RECENT_DAYS = 28
_REPLY_WITHIN = 20.0  # seconds
_SETTLED_WITHIN = 300.0  # a slow disk may be shared with others
_NOON = dt.time(12, tzinfo=HELSINKI)
_BEGUN, _FILLED = "demo_begun", "demo_filled"
SEED = 2611


class DemoRefused(Exception):
    """The database may not be filled; the text says why, and what to do."""


@dataclass
class Progress:
    """How many talks there are to be, and a line that says how far it is."""

    total: int
    done: int = 0

    def add(self, count: int) -> None:
        """So many more are there."""
        self.done += count
        if sys.stdout.isatty():
            print(f"\r· {self.done} of {self.total} talks", end="" if self.done < self.total else "\n", flush=True)
        elif self.done * 10 // self.total > (self.done - count) * 10 // self.total:
            print(f"· {self.done} of {self.total} talks", flush=True)


def refuse_unsafe(settings: Settings) -> None:
    """Raise `DemoRefused` in production, and where messages would not go to the simulator of this process."""
    if settings.environment == "production":
        raise DemoRefused("A demo is for development: NEUVO_ENVIRONMENT is production here. Nothing was written.")
    if not settings.simulator_plays_meta or not settings.demonstration_enabled:
        raise DemoRefused(
            "A demo needs the simulator and the demonstration people: remove NEUVO_SIMULATOR, NEUVO_GRAPH_BASE_URL and "
            "NEUVO_DEMONSTRATION."
        )


async def is_filled(settings: Settings) -> bool:
    """Whether the demo is there already; raises `DemoRefused` for one that was stopped half-way."""
    database = Database(settings.database_url)
    try:
        async with database.transaction() as session:
            found = set(
                await session.scalars(select(AuditEntry.action).where(AuditEntry.action.in_((_BEGUN, _FILLED))))
            )
    finally:
        await database.close()
    if found == {_BEGUN}:
        raise DemoRefused(
            f"A demo was begun here and stopped half-way. Move {settings.state_dir}/ away, or point "
            "NEUVO_DATABASE_URL at an empty database, and start again."
        )
    return bool(found)


async def fill(settings: Settings, engine: DialogueEngine | None = None, *, count: int = 200) -> None:
    """Fill the migrated database with `count` talks, the queue and the notice; the engine is Rasa's by default."""
    dice = random.Random(SEED)  # noqa: S311  # the same demo each time
    in_queue, in_wave = talks.queue(), talks.wave(max(count // 12, 8), dice)
    past = talks.ordinary(count - len(in_queue) - len(in_wave), dice)
    progress = Progress(count)
    quick = settings.model_copy(update={"turn_hold": 0.0, "storage_timeout": 30.0})
    today = dt.datetime.now(HELSINKI).date()
    with time_machine.travel(dt.datetime.combine(today - dt.timedelta(days=DAYS), _NOON), tick=True) as clock:
        async with _serving(create_app(quick, engine), quick) as app:
            life = _Life(app, progress)
            await life.note(_BEGUN)
            for day, of_day in _by_day(past, today, dice):
                clock.move_to(dt.datetime.combine(day, _NOON), tick=True)
                await life.day(of_day)
            clock.move_to(dt.datetime.combine(today - dt.timedelta(days=1), _NOON), tick=True)
            await life.day(in_wave[: len(in_wave) // 2])
    async with _serving(create_app(quick, engine), quick) as app:
        life = _Life(app, progress)
        await life.day(in_wave[len(in_wave) // 2 :])
        await staff.publish_wave(life.service, await staff.staff_of(life.service))
        await life.write(in_queue)
        await life.note(_FILLED)


def _by_day(past: Sequence[DemoTalk], today: dt.date, dice: random.Random) -> list[tuple[dt.date, Sequence[DemoTalk]]]:
    """The talks of each day, oldest first: most of the last weeks. Few talks come on few days."""
    every = max(1, 4 * DAYS // len(past))
    chosen: dict[dt.date, list[DemoTalk]] = {}
    for talk in past:
        oldest, newest = (_RECENT_DAYS, 2) if dice.random() < _RECENT else (DAYS - 1, _RECENT_DAYS + 1)
        ago = dice.randint(newest, oldest)
        chosen.setdefault(today - dt.timedelta(days=max(ago - ago % every, 2)), []).append(talk)
    return sorted(chosen.items())


@contextlib.asynccontextmanager
async def _serving(app: FastAPI, settings: Settings) -> AsyncIterator[FastAPI]:
    server = Listener(configuration(app, settings), app)
    task = asyncio.create_task(server.serve())
    try:
        while not server.started:
            if task.done():
                await task
                raise DemoRefused(f"The service could not listen on port {settings.port}.")
            await asyncio.sleep(0.05)
        yield app
    finally:
        server.should_exit = True
        await task


class _Life:
    """What happens in the running service."""

    def __init__(self, app: FastAPI, progress: Progress) -> None:
        self.service: Service = app.state.service
        self._simulator: Simulator = app.state.simulator
        self._progress = progress

    async def day(self, of_day: Sequence[DemoTalk]) -> None:
        """Everybody writes, and officers answer whoever waits before the day is over."""
        await self.write(of_day)
        people = await staff.staff_of(self.service)
        await staff.answer_waiting(self.service, people)
        await staff.end_dangers(self.service, people)
        await self._settle()

    async def write(self, of_day: Sequence[DemoTalk]) -> None:
        """Everybody writes, a few at a time."""
        for begin in range(0, len(of_day), 4):
            some = of_day[begin : begin + 4]
            await asyncio.gather(*(self._talk(talk) for talk in some))
            self._progress.add(len(some))
        await self._settle()

    async def _talk(self, talk: DemoTalk) -> None:
        citizen = Citizen(self._simulator, self._simulator.new_phone(talk.name).id)
        with citizen.opens():
            for text in talk.texts:
                citizen.writes(text)
                try:
                    await citizen.next_reply(_REPLY_WITHIN)
                except TimeoutError:  # not each message gets an answer: whoever waits for an officer may get none
                    log.info("demo_message_without_answer")

    async def _settle(self) -> None:
        """Wait until nothing is under way, so that the clock may move."""
        waiting = select(func.count()).select_from(Message).where(Message.turn_id.is_(None))
        leaving = select(func.count()).where(
            or_(OutboxItem.state == OutboxState.QUEUED, OutboxItem.state == OutboxState.SENDING)
        )
        async with asyncio.timeout(_SETTLED_WITHIN):
            while True:
                async with self.service.database.transaction() as session:
                    if not (await session.scalar(waiting) or await session.scalar(leaving)):
                        return
                await asyncio.sleep(0.25)

    async def note(self, action: str) -> None:
        """Say in the audit log how far the demo is: by that it is known to be there."""
        async with self.service.database.transaction() as session:
            await audit.record(session, "operator", action, "demo", {"seed": SEED})
