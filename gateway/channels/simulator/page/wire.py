"""The simulator's ear on the wire: the JSON that went in and out, for developers and never on disk."""

from collections import deque
from dataclasses import asdict, dataclass
from itertools import count
from typing import Any, Literal

from gateway.channels.simulator.page.feed import Feed

KEPT = 300


@dataclass(frozen=True)
class WireRecord:
    """One request with its answer. `webhook` went from Meta to us, `graph` from us to Meta."""

    id: int
    at: float
    direction: Literal["webhook", "graph"]
    request: Any
    status: int | None
    answer: Any
    seconds: float
    attempt: int = 1


class Wire:
    """The last `KEPT` exchanges."""

    def __init__(self, feed: Feed) -> None:
        self._feed = feed
        self._ids = count(1)
        self.records: deque[WireRecord] = deque(maxlen=KEPT)

    def add(
        self,
        direction: Literal["webhook", "graph"],
        at: float,
        request: Any,
        status: int | None,
        answer: Any,
        seconds: float,
        attempt: int = 1,
    ) -> None:
        """Note one exchange; `status` is `None` when no answer came."""
        record = WireRecord(next(self._ids), at, direction, request, status, answer, round(seconds, 4), attempt)
        self.records.append(record)
        self._feed.publish("wire", record=asdict(record))
