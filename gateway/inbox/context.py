"""Station 1: the parts of the process that it needs."""

from typing import Protocol

from gateway.inbox.batching import Batcher
from gateway.inbox.outage_line import OutageLine
from gateway.inbox.poison_records import PoisonRecords
from gateway.inbox.spool import Spool
from gateway.turns.turn_input import TurnsContext


class InboxContext(TurnsContext, Protocol):
    """A process that receives deliveries."""

    prefer_spool_until: float
    """Until this time of the monotonic clock deliveries are appended to the spool's backlog."""

    @property
    def spool(self) -> Spool:
        """The deliveries on disk."""

    @property
    def batcher(self) -> Batcher:
        """Stores deliveries in batches."""

    @property
    def outage_line(self) -> OutageLine:
        """Whom this process has told whom to call while the database is away."""

    @property
    def poison_records(self) -> PoisonRecords:
        """The lines of the spool that the database has rejected."""
