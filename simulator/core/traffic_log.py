"""The last requests and answers in both directions as JSON, for developers; never on disk."""

from collections import deque
from dataclasses import asdict, dataclass
from enum import StrEnum
from itertools import count
from typing import Any

from simulator.core.feed import Feed

KEPT = 300


class Direction(StrEnum):
    """`WEBHOOK`: from the platform to the service; `GRAPH`: from the service to the platform."""

    WEBHOOK = "webhook"
    GRAPH = "graph"


@dataclass(frozen=True)
class Exchange:
    """One request with its answer."""

    id: int
    at: float
    direction: Direction
    request: Any
    status: int | None
    answer: Any
    seconds: float
    attempt: int = 1


class TrafficLog:
    """The last `KEPT` exchanges."""

    def __init__(self, feed: Feed) -> None:
        self._feed = feed
        self._ids = count(1)
        self.records: deque[Exchange] = deque(maxlen=KEPT)

    def add(
        self,
        direction: Direction,
        at: float,
        request: Any,
        status: int | None,
        answer: Any,
        seconds: float,
        attempt: int = 1,
    ) -> None:
        """Add one exchange; `status` is `None` when no answer came."""
        record = Exchange(next(self._ids), at, direction, request, status, answer, round(seconds, 4), attempt)
        self.records.append(record)
        self._feed.publish("wire", record=asdict(record))
