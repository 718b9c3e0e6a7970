"""Station 1, poison records: a line of the spool that the database rejects each time, though other writes succeed.

An error of the database is no fault of a line, so the line is tried again and all behind it wait. A line that alone
fails, again and again while other writes succeed, is set aside: a blocked spool would lose more.
"""

import hashlib
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

import structlog
from sqlalchemy.exc import SQLAlchemyError

log = structlog.get_logger()

MAX_ATTEMPTS = 5
MIN_DURATION = 30.0  # seconds between the first and the last attempt


@dataclass
class PoisonRecords:
    """Counts failed attempts by line, in this process only."""

    clock: Callable[[], float] = time.monotonic
    _failures: dict[bytes, tuple[int, float]] = field(default_factory=dict)

    async def store_singly(
        self,
        lines: Sequence[bytes],
        store: Callable[[list[bytes]], Awaitable[list[bytes]]],
        others_succeed: Callable[[], Awaitable[bool]],
    ) -> list[bytes] | None:
        """Store the lines of a failed batch, each alone.

        Returns the lines to set aside, or None where one must be tried again or the database is unavailable.
        """
        if not await others_succeed():
            return None  # the database is unavailable
        rejected: list[bytes] = []
        pending = False
        for line in lines:
            try:
                rejected += await store([line])
            except (SQLAlchemyError, OSError) as error:
                if not await others_succeed():
                    return None  # the database is unavailable
                if self._is_poison(line):
                    log.error("spool_line_rejected", exc_info=error)
                    rejected.append(line)
                else:
                    pending = True
        if pending:
            return None
        self._failures.clear()
        return rejected

    def _is_poison(self, line: bytes) -> bool:
        digest = hashlib.blake2b(line, digest_size=16).digest()
        attempts, since = self._failures.get(digest, (0, self.clock()))
        self._failures[digest] = (attempts + 1, since)
        return attempts + 1 >= MAX_ATTEMPTS and self.clock() - since >= MIN_DURATION
