"""The parts of one process that the stations share, and which features subscribe to which events."""

import asyncio
import datetime as dt
import uuid
from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.accounts.events import PersonLeft
from gateway.analytics import counts
from gateway.bulletins.cache import BulletinCache
from gateway.channels.base import Channel
from gateway.content.editing import missed_messages
from gateway.conversations.events import (
    CitizenArrived,
    ConversationQueued,
    HandoverRequested,
    MessagesErased,
    OfficerReplied,
    TurnFinished,
)
from gateway.conversations.kinds import InboxEventKind
from gateway.conversations.scam_checks import ScamChecks
from gateway.core.config.settings import Settings
from gateway.core.database import Database, now
from gateway.core.events import subscribe
from gateway.core.keyring import Keyring
from gateway.core.lines import Lines
from gateway.core.priority_slots import PrioritySlots
from gateway.core.pubsub import Signals
from gateway.core.tasks import cancel_once
from gateway.dialogue.engine import DialogueEngine
from gateway.dialogue.likeness import Likeness
from gateway.dialogue.translator import Translator, translator_of
from gateway.handover import feedback, own_answers, push_alarms, response_times
from gateway.handover.queue import on_handover_requested
from gateway.handover.shifts import anybody_on_duty
from gateway.hours.service import ServiceHours, hours_path
from gateway.inbox.batching import Batcher
from gateway.inbox.outage_line import OutageLine
from gateway.inbox.poison_records import PoisonRecords
from gateway.inbox.receive import receive as receive
from gateway.inbox.spool import Spool
from gateway.outbox.templates import Templates
from gateway.referrals.service import names_by_code as referral_names
from screening.danger.screen import warm_up

log = structlog.get_logger()
STATUS_DELAY = 0.4  # seconds in which statuses are collected before they are processed


@dataclass
class Service:
    """Settings, database, keys, channels, texts and engine; and the events that wake the loop of the next station."""

    settings: Settings
    database: Database
    keyring: Keyring
    channels: Mapping[str, Channel]
    content: Path  # the folder of published content, which is read again when it changes
    lines: Lines
    engine: DialogueEngine
    signals: Signals
    # The id under which this process holds its leases; a new one at each start.
    process: str = field(default_factory=lambda: uuid.uuid4().hex)
    started_at: dt.datetime = field(default_factory=now)
    inbox_wakeup: asyncio.Event = field(default_factory=asyncio.Event)
    statuses_wakeup: asyncio.Event = field(default_factory=asyncio.Event)
    turns_wakeup: asyncio.Event = field(default_factory=asyncio.Event)
    outbox_wakeup: asyncio.Event = field(default_factory=asyncio.Event)
    in_flight: int = 0  # requests to providers that have not finished
    suspended: frozenset[str] = frozenset()  # the suspended numbers, as the last poll found them
    turn_slots: PrioritySlots = field(init=False)
    likeness: Likeness = field(init=False)
    translator: Translator | None = field(init=False)
    batcher: Batcher = field(init=False)
    spool: Spool = field(init=False)
    templates: Templates = field(init=False)
    bulletins: BulletinCache = field(init=False)
    hours: ServiceHours = field(init=False)
    outage_line: OutageLine = field(init=False)
    scam_checks: ScamChecks = field(init=False)
    poison_records: PoisonRecords = field(default_factory=PoisonRecords)
    prefer_spool_until: float = 0.0  # of the monotonic clock; until then deliveries are appended to the backlog
    expired_checked_at: float = -1e9  # when it last checked for expired leases of replies, on that clock
    _status_timer: asyncio.TimerHandle | None = None
    _outbox_timer: asyncio.TimerHandle | None = None
    _background_tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def __post_init__(self) -> None:
        """Create the parts that depend on the settings."""
        slots = self.settings.dialogue_concurrency
        self.turn_slots = PrioritySlots(slots, reserve=slots)  # danger waits for no turn that hangs
        self.likeness = Likeness(self._embed)
        self.translator = translator_of(self.settings)
        warm_up()
        self.batcher = Batcher(self.database, self.spawn, self.settings.storage_timeout)
        self.bulletins = BulletinCache()
        in_development = self.settings.environment == "development"
        self.hours = ServiceHours(hours_path(self.content), unconfirmed_allowed=in_development)
        self.hours.anybody_on_duty = partial(anybody_on_duty, lost_seconds=self.settings.officer_lost_seconds)
        self.scam_checks = ScamChecks(self.content, self.settings.scam_list)
        self.scam_checks.warm_up()
        self.spool = Spool(self.settings.spool_folder, self.keyring, self.settings.spool_size_limit)
        self.outage_line = OutageLine(self.keyring, self.settings.secret_key.get_secret_value())
        self.templates = Templates(self.content, all_approved=self.settings.simulator_plays_meta)

    def spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run a background task; it is referenced until it ends, and its error is logged."""
        task = asyncio.get_running_loop().create_task(work)
        self._background_tasks.add(task)
        task.add_done_callback(self._on_task_done)
        return task

    async def _embed(self, texts: Sequence[str]) -> list[list[float]]:
        return await self.engine.embed(texts)  # whichever engine it is by then

    def _on_task_done(self, task: asyncio.Task[None]) -> None:
        self._background_tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            # Logged here, because asyncio would log the message of the error, which may quote a citizen.
            log.error("background_task_failed", task=task.get_name(), exc_info=error)

    @property
    def idle(self) -> dt.timedelta:
        """After so long without a message a conversation is closed."""
        return dt.timedelta(hours=self.settings.conversation_idle_hours)

    def wake_inbox(self, kinds: frozenset[InboxEventKind] = frozenset(InboxEventKind)) -> None:
        """Events of these kinds have been stored.

        Statuses are not urgent: those of `STATUS_DELAY` are processed together, at a fraction of the cost.
        """
        if kinds - {InboxEventKind.STATUS}:
            self.inbox_wakeup.set()
        if InboxEventKind.STATUS in kinds and self._status_timer is None:
            self._status_timer = asyncio.get_running_loop().call_later(STATUS_DELAY, self._wake_statuses)

    def _wake_statuses(self) -> None:
        self._status_timer = None
        self.statuses_wakeup.set()

    def wake_turns(self) -> None:
        """Messages wait for an answer."""
        self.turns_wakeup.set()

    def wake_outbox(self) -> None:
        """Replies have been queued."""
        self.outbox_wakeup.set()

    def wake_outbox_in(self, seconds: float) -> None:
        """A queued reply may be sent after so many seconds; replaces an earlier timer."""
        if self._outbox_timer is not None:
            self._outbox_timer.cancel()
        self._outbox_timer = asyncio.get_running_loop().call_later(seconds, self.wake_outbox)

    async def receive(self, channel: Channel, body: bytes) -> None:
        """Store a verified body durably; raises `StorageUnavailable` when neither database nor spool takes it."""
        await receive(self, channel, body)

    async def names_of_referrals(self, session: AsyncSession) -> dict[str, str]:
        """The name of each referral link, by its code."""
        return await referral_names(session)

    async def close(self) -> None:
        """Cancel the background tasks and close every connection."""
        for task in self._background_tasks:
            cancel_once(task)
        await asyncio.gather(*self._background_tasks, return_exceptions=True)
        await self.signals.close()
        await self.engine.close()
        if self.translator is not None:
            await self.translator.close()
        for channel in self.channels.values():
            await channel.close()
        await self.database.close()


subscribe(
    TurnFinished,
    missed_messages.on_turn_finished,
    counts.on_turn_finished,
    feedback.on_turn_finished,
)
subscribe(HandoverRequested, on_handover_requested)
subscribe(ConversationQueued, counts.on_conversation_queued)
subscribe(
    OfficerReplied, missed_messages.on_officer_replied, counts.on_officer_replied, response_times.on_officer_replied
)
subscribe(MessagesErased, missed_messages.on_messages_erased)
subscribe(PersonLeft, push_alarms.on_person_left, own_answers.on_person_left)
subscribe(CitizenArrived, counts.on_citizen_arrived)
