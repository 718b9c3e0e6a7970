"""Under the road: the parts that every station needs, made once per process."""

import asyncio
import datetime as dt
import uuid
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import structlog

from gateway.bulletins.in_force import Notices
from gateway.cancelling import cancel_once
from gateway.channels.base import Channel
from gateway.conversations.dialogue import DialogueEngine
from gateway.conversations.gathering import Gathering
from gateway.conversations.keys import Keyring
from gateway.conversations.lines import Lines
from gateway.conversations.spool import Spool
from gateway.conversations.stubborn_lines import StubbornLines
from gateway.conversations.templates import Templates
from gateway.database import Database
from gateway.hours.service_hours import ServiceHours, hours_path
from gateway.settings import Settings
from gateway.signals import Signals

log = structlog.get_logger()
EVENT_KINDS = frozenset({"message", "status", "notice"})
STATUSES_WAIT = 0.4  # seconds; a tick may be that late


@dataclass
class Service:
    """Settings, database, keys, channels, words and engine; and the bells that wake the next station."""

    settings: Settings
    database: Database
    keyring: Keyring
    channels: Mapping[str, Channel]
    content: Path  # the folder of what is published; it changes under our feet, and is read again when it does
    lines: Lines
    engine: DialogueEngine
    signals: Signals
    # This process among all: the name under which it claims work. A new one at each start.
    process: str = field(default_factory=lambda: uuid.uuid4().hex)
    inbox_bell: asyncio.Event = field(default_factory=asyncio.Event)
    statuses_bell: asyncio.Event = field(default_factory=asyncio.Event)
    turns_bell: asyncio.Event = field(default_factory=asyncio.Event)
    outbox_bell: asyncio.Event = field(default_factory=asyncio.Event)
    under_way: int = 0  # requests to providers that have not ended
    stopped: frozenset[str] = frozenset()  # numbers that send nothing, as the last look found them
    turn_slots: asyncio.Semaphore = field(init=False)
    gathering: Gathering = field(init=False)
    spool: Spool = field(init=False)
    templates: Templates = field(init=False)
    notices: Notices = field(init=False)
    hours: ServiceHours = field(init=False)
    stubborn_lines: StubbornLines = field(default_factory=StubbornLines)
    spool_first_until: float = 0.0  # until this moment of the monotonic clock, deliveries go behind the backlog
    released_at: float = -1e9  # when this process last looked for replies of dead processes, on that clock
    _status_timer: asyncio.TimerHandle | None = None
    _outbox_timer: asyncio.TimerHandle | None = None
    _side_tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def __post_init__(self) -> None:
        """No process claims more conversations than it can work on: the rest is for the others."""
        self.turn_slots = asyncio.Semaphore(self.settings.dialogue_concurrency)
        self.gathering = Gathering(self.database, self.spawn, self.settings.storage_timeout)
        self.notices = Notices()
        in_development = self.settings.environment == "development"
        self.hours = ServiceHours(hours_path(self.content), unconfirmed_allowed=in_development)
        self.spool = Spool(self.settings.spool_folder, self.keyring, self.settings.spool_size_limit)
        self.templates = Templates(self.content, all_approved=self.settings.simulator_plays_meta)

    def spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Do something beside the road that nobody need wait for; it is kept until it ends."""
        task = asyncio.get_running_loop().create_task(work)
        self._side_tasks.add(task)
        task.add_done_callback(self._has_ended)
        return task

    def _has_ended(self, task: asyncio.Task[None]) -> None:
        self._side_tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            # Our own line: the library's would quote the error's words, and they may be a citizen's.
            log.error("side_task_failed", task=task.get_name(), exc_info=error)

    @property
    def idle(self) -> dt.timedelta:
        """After so long without a word a conversation is over."""
        return dt.timedelta(hours=self.settings.conversation_idle_hours)

    def wake_inbox(self, kinds: frozenset[str] = EVENT_KINDS) -> None:
        """Events of these kinds have been stored.

        Nobody waits for a status: those of a moment are sorted together, at a fraction of the cost.
        """
        if kinds - {"status"}:
            self.inbox_bell.set()
        if "status" in kinds and self._status_timer is None:
            self._status_timer = asyncio.get_running_loop().call_later(STATUSES_WAIT, self._ring_for_statuses)

    def _ring_for_statuses(self) -> None:
        self._status_timer = None
        self.statuses_bell.set()

    def wake_turns(self) -> None:
        """Messages wait for an answer."""
        self.turns_bell.set()

    def wake_outbox(self) -> None:
        """Replies have been queued."""
        self.outbox_bell.set()

    def wake_outbox_in(self, seconds: float) -> None:
        """Then there is a token for a reply that waits; one alarm is set at a time."""
        if self._outbox_timer is not None:
            self._outbox_timer.cancel()
        self._outbox_timer = asyncio.get_running_loop().call_later(seconds, self.wake_outbox)

    async def close(self) -> None:
        """Give every connection back."""
        for task in self._side_tasks:
            cancel_once(task)
        await asyncio.gather(*self._side_tasks, return_exceptions=True)
        await self.signals.close()
        await self.engine.close()
        for channel in self.channels.values():
            await channel.close()
        await self.database.close()
