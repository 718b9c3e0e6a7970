"""Counts what the gateway asks its database: every statement, and every trip to the database, whichever way it goes."""

import asyncio
import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Engine

from gateway.core.postgres import PostgresDriver
from gateway.core.sqlite import SqliteDriver

# Loops that look, renew or tidy up by the clock: nobody's message pays for them. That of the turns only finds what
# nobody was told of.
_BY_THE_CLOCK = frozenset(
    f"loop {name}"
    for name in (
        "look",
        "lease",
        "retention",
        "bulletins",
        "analytics",
        "erasures",
        "handover",
        "alarms",
        "spool",
        "turns",
    )
) | {"look for jobs"}


@dataclass
class Asked:
    """The statements that were sent, in order, and how many trips that took."""

    statements: list[str] = field(default_factory=list)
    trips: int = 0
    watcher: asyncio.Task[Any] | None = field(default_factory=asyncio.current_task)  # whoever counts does not count

    def note(self, *statements: str) -> None:
        """Count one trip, unless a loop of the clock makes it."""
        task = asyncio.current_task()
        if task is not None and task is not self.watcher and task.get_name() not in _BY_THE_CLOCK:
            self.statements += [" ".join(each.split()) for each in statements]
            self.trips += 1


@contextlib.contextmanager
def asked() -> Iterator[Asked]:
    """What is asked until the block ends, by every database of this process."""
    found = Asked()
    originals = {kind: kind.go for kind in (PostgresDriver, SqliteDriver)}

    def counting(original: Any) -> Any:
        async def go(self: Any, steps: Any, *, begin: bool = False, commit: bool = False) -> Any:
            found.note(*["BEGIN"] * begin, *(step.text for step in steps), *["COMMIT"] * commit)
            return await original(self, steps, begin=begin, commit=commit)

        return go

    def note(*given: Any) -> None:
        found.note(given[2])

    for kind, original in originals.items():
        kind.go = counting(original)  # type: ignore[method-assign]
    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(Engine, "before_cursor_execute", note)
        for kind, original in originals.items():
            kind.go = original  # type: ignore[method-assign]
