"""A connection below SQLAlchemy: what both databases' drivers take and give."""

from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol, cast

from sqlalchemy.exc import DBAPIError


class Step(NamedTuple):
    """One statement with its values as the driver takes them.

    `is_short`: it is one of the road's own, which find what they need by an index; nobody need be able to cancel it.
    """

    text: str
    values: Sequence[Any]
    is_short: bool = False


BEGIN, COMMIT, ROLLBACK = Step("BEGIN", ()), Step("COMMIT", ()), Step("ROLLBACK", ())
# A read that later writes would fail with "database is locked" instead of waiting.
BEGIN_IMMEDIATE = Step("BEGIN IMMEDIATE", ())


class Outcome(Protocol):
    """What became of a statement."""

    rows: Sequence[Sequence[Any]]

    @property
    def touched(self) -> int:
        """How many rows it read or changed."""

    def names(self) -> Sequence[str]:
        """The names of what a row consists of."""


class Driver(Protocol):
    """A connection, on which transactions are begun and ended by words."""

    async def go(self, steps: Sequence[Step], *, begin: bool = False, commit: bool = False) -> Sequence[Outcome]:
        """Send all of it at once; the first error is raised and leaves the transaction to be rolled back."""

    async def rollback(self) -> None:
        """Undo what has not been committed; raises where the connection must not be used again."""


def wrapped(error: Exception, base: type[Exception], *, lost: bool) -> Exception:
    """A driver's error as SQLAlchemy's; `lost`: the connection is of no use any more."""
    # Without the values: an error may be logged, and they hold what people wrote.
    found = DBAPIError.instance(None, None, error, base, hide_parameters=True, connection_invalidated=lost)
    return cast(Exception, found)
