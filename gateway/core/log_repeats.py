"""Logs, repeats: in an outage every loop says the same twice a second, and what is new must still be seen.

A warning or error whose every field equals that of one within the last `QUIET` seconds is left out; the next one after
that says how many were (`repeated`). Metrics count all of them. A line with an id of its own repeats nothing.
"""

import time
from collections import OrderedDict
from collections.abc import MutableMapping
from typing import Any

import structlog

QUIET = 10.0  # seconds
MOST = 500  # different lines that are remembered
_LEVELS = frozenset({"warning", "error", "critical"})


class LeaveOutRepeats:
    """A processor of the log; raises `DropEvent` for a line that is left out."""

    def __init__(self) -> None:
        self._said: OrderedDict[tuple[tuple[str, str], ...], tuple[float, int]] = OrderedDict()

    def __call__(self, _: object, level: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        """The event, or nothing."""
        if level not in _LEVELS:
            return event
        key = tuple(sorted((name, str(value)) for name, value in event.items() if name != "timestamp"))
        at = time.monotonic()
        since, repeated = self._said.pop(key, (float("-inf"), 0))
        if at - since < QUIET:
            self._said[key] = since, repeated + 1
            raise structlog.DropEvent
        self._said[key] = at, 0
        while len(self._said) > MOST:
            self._said.popitem(last=False)
        if repeated:
            event["repeated"] = repeated
        return event
