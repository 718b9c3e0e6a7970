"""Faults that a test switches on, for webhooks and for answers of the Graph API."""

import random
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from simulator.core import whatsapp_limits as limits


class GraphFault(BaseModel):
    """What goes wrong with sends: for the next `times` requests (`None`: until it is taken away), or for a `share`.

    `error` answers with `http_status` and Meta's `code`. `timeout` keeps the line open for `seconds` and then
    hangs up. `reset` hangs up in the middle of the answer. `accepted`: the message goes out all the same, so that
    the sender cannot know (only for `timeout` and `reset`).
    """

    model_config = ConfigDict(extra="forbid")

    kind: Literal["error", "timeout", "reset"] = "error"
    code: int = 131000
    subcode: int | None = None
    http_status: int | None = Field(default=None, ge=400, le=599)
    seconds: float = Field(default=30.0, ge=0)
    accepted: bool = False
    times: int | None = Field(default=1, ge=0)
    share: float = Field(default=1.0, ge=0, le=1)


class Faults(BaseModel):
    """Everything that may go wrong; by default nothing does.

    Shares are of 0 to 1. `duplicate_share` of the webhooks are posted twice. Each webhook waits `delay_seconds`
    and, with `disorder_seconds`, up to that much longer by chance, so that later ones overtake. `batch_size`
    updates go in one body, or fewer when `batch_wait` seconds have passed. `lost_statuses` names statuses that
    are never told; `lost_status_share` of the others are lost by chance.
    """

    model_config = ConfigDict(extra="forbid")

    duplicate_share: float = Field(default=0.0, ge=0, le=1)
    delay_seconds: float = Field(default=0.0, ge=0)
    disorder_seconds: float = Field(default=0.0, ge=0)
    batch_size: int = Field(default=1, ge=1, le=limits.BATCH)
    batch_wait: float = Field(default=0.5, ge=0)
    lost_statuses: list[str] = Field(default_factory=list)
    lost_status_share: float = Field(default=0.0, ge=0, le=1)
    graph: list[GraphFault] = Field(default_factory=list)
    seed: int | None = None


class FaultInjector:
    """The current faults, and the random generator that they use."""

    def __init__(self) -> None:
        self.current = Faults()
        self._random = random.Random()  # noqa: S311 - random in tests, no secret

    def set(self, faults: Faults) -> None:
        """Exchange all faults; with a seed the random choices are repeatable."""
        self.current = faults
        self._random = random.Random(faults.seed)  # noqa: S311 - random in tests, no secret

    def clear(self) -> None:
        """Switch all faults off."""
        self.set(Faults())

    def next_graph_fault(self) -> GraphFault | None:
        """The fault that the next send meets, counted down, or `None`."""
        for fault in self.current.graph:
            if fault.times == 0 or self._random.random() >= fault.share:
                continue
            if fault.times is not None:
                fault.times -= 1
            return fault
        return None

    def waits(self) -> float:
        """How long the next webhook is held back, in seconds."""
        return self.current.delay_seconds + self._random.uniform(0, self.current.disorder_seconds)

    def duplicates(self) -> bool:
        """Whether the next webhook is posted twice."""
        return self._random.random() < self.current.duplicate_share

    def loses(self, status: str) -> bool:
        """Whether nobody is told of this status."""
        return status in self.current.lost_statuses or self._random.random() < self.current.lost_status_share
