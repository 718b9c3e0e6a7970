"""What every layer may use of this process: its settings, database, keys and texts, and the wake-ups of the stations.

Each layer adds to it what it offers itself (`ChannelsContext`, `EngineContext`, `OutboxContext` …), so that a function
says by its parameter how much of the service it needs. `gateway.service.Service` is all of them.
"""

import asyncio
import datetime as dt
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, Protocol

from gateway.core.config.settings import Settings
from gateway.core.database import Database
from gateway.core.keyring import Keyring
from gateway.core.lines import Lines
from gateway.core.pubsub import Signals


class SpooledDelivery(Protocol):
    """A delivery that waits on disk, decrypted."""

    @property
    def channel(self) -> str:
        """The channel's name."""

    @property
    def body(self) -> bytes:
        """The raw body."""


class DeliverySpool(Protocol):
    """The deliveries on disk while the database is unavailable."""

    def has_backlog(self) -> bool:
        """Whether any delivery waits."""

    def forget(self, unwanted: Callable[[Any], bool]) -> int:
        """Delete the deliveries (`SpooledDelivery`) for which `unwanted` holds; returns how many."""


class Context(Protocol):
    """The parts of one gateway process that every layer may use."""

    @property
    def settings(self) -> Settings:
        """The settings, read once at the start."""

    @property
    def database(self) -> Database:
        """The database and its transactions."""

    @property
    def keyring(self) -> Keyring:
        """The keys of the service, of conversations and of contacts."""

    @property
    def lines(self) -> Lines:
        """The fixed lines and the titles of topics, as published."""

    @property
    def signals(self) -> Signals:
        """Notifications to other processes and to open pages, sent once a transaction is committed."""

    @property
    def content(self) -> Path:
        """The folder of published content; its files change while the process runs."""

    @property
    def spool(self) -> DeliverySpool:
        """The deliveries on disk that are not in the database yet."""

    @property
    def process(self) -> str:
        """The id under which this process holds its leases; a new one at each start."""

    @property
    def idle(self) -> dt.timedelta:
        """After so long without a message a conversation is over."""

    def spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run a background task; it is referenced until it ends, and its error is logged."""

    def wake_inbox(self, kinds: frozenset[Any] = ...) -> None:
        """Inbox events of these kinds (`InboxEventKind`) have been stored."""

    def wake_turns(self) -> None:
        """Messages wait for an answer."""

    def wake_outbox(self) -> None:
        """Replies have been queued."""

    def wake_outbox_in(self, seconds: float) -> None:
        """A queued reply may be sent after so many seconds."""
