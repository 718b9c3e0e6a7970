"""Station 1, beside the spool: a line that the database refuses each time, though it takes everything else.

An error of the database's own is no fault of a line, so such a line is tried again, and all behind it wait. Where only
this one fails, again and again while other writes succeed, it is given up: a spool that stands still loses more.
"""

import hashlib
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

import structlog
from sqlalchemy.exc import SQLAlchemyError

log = structlog.get_logger()

TRIES = 5
PATIENCE = 30.0  # seconds between the first and the last try


@dataclass
class StubbornLines:
    """What this process knows of lines that failed; a restart begins anew."""

    clock: Callable[[], float] = time.monotonic
    _failures: dict[bytes, tuple[int, float]] = field(default_factory=dict)

    async def store_singly(
        self,
        lines: Sequence[bytes],
        store: Callable[[list[bytes]], Awaitable[list[bytes]]],
        others_succeed: Callable[[], Awaitable[bool]],
    ) -> list[bytes] | None:
        """Store the lines of a step that failed, each alone; returns those to set aside, or nothing while one waits."""
        if not await others_succeed():
            return None  # the database is away: nobody's fault
        given_up: list[bytes] = []
        waits = False
        for line in lines:
            try:
                given_up += await store([line])
            except (SQLAlchemyError, OSError) as error:
                if not await others_succeed():
                    return None  # the database is away: nobody's fault
                if self._is_hopeless(line):
                    log.error("spool_line_given_up", error=type(error).__name__)
                    given_up.append(line)
                else:
                    waits = True
        if waits:
            return None
        self._failures.clear()
        return given_up

    def _is_hopeless(self, line: bytes) -> bool:
        name = hashlib.blake2b(line, digest_size=16).digest()
        tries, since = self._failures.get(name, (0, self.clock()))
        self._failures[name] = (tries + 1, since)
        return tries + 1 >= TRIES and self.clock() - since >= PATIENCE
