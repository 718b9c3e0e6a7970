"""PostgreSQL: several statements in one pipeline of libpq, each parsed by the server once for each connection.

Below psycopg's cursors, which prepare every execution anew: that was a third of what a message cost. Connecting, the
adaptation of values, waiting and cancelling stay psycopg's.
"""

from collections.abc import Generator, Iterator, Sequence
from typing import Any

import psycopg
from psycopg.adapt import PyFormat, Transformer
from psycopg.errors import error_from_result
from psycopg.generators import fetch_many, send
from psycopg.pq import ExecStatus, Format, TransactionStatus

from gateway.core.driver import BEGIN, COMMIT, ROLLBACK, Step, wrapped

_FAILED = (ExecStatus.FATAL_ERROR, ExecStatus.PIPELINE_ABORTED)
_Statement = tuple[str, tuple[int, ...]]  # a text, and the types of its values


class PostgresOutcome:
    """The answer of the server to one statement."""

    __slots__ = ("_result", "rows", "touched")

    def __init__(self, result: Any, rows: Sequence[Sequence[Any]]) -> None:
        self._result, self.rows = result, rows
        self.touched: int = result.command_tuples or 0

    def names(self) -> Sequence[str]:
        """The names of its columns."""
        return [(self._result.fname(place) or b"").decode() for place in range(self._result.nfields)]


class PostgresDriver:
    """A connection of psycopg in autocommit mode, on which transactions are begun and ended by words."""

    def __init__(self, connection: psycopg.AsyncConnection[Any]) -> None:
        self._connection, self._libpq = connection, connection.pgconn
        self._adapted = Transformer(connection)
        self._prepared: dict[_Statement, bytes] = {}
        self._count = 0
        self._is_clean = True  # whether no answer is outstanding

    async def go(
        self, steps: Sequence[Step], *, begin: bool = False, commit: bool = False
    ) -> Sequence[PostgresOutcome]:
        """One pipeline."""
        every = [*[BEGIN] * begin, *steps, *[COMMIT] * commit]
        try:
            found = await self._exchange(every)
        except psycopg.Error as error:
            raise wrapped(error, psycopg.Error, lost=self._connection.broken) from error
        return found[begin : begin + len(steps)]

    async def rollback(self) -> None:
        """Undo, where a transaction is open; raises where an answer is outstanding."""
        if not self._is_clean:
            raise psycopg.InterfaceError("An answer is outstanding.")
        if self._connection.info.transaction_status != TransactionStatus.IDLE:
            await self.go([ROLLBACK])

    async def _exchange(self, steps: Sequence[Step]) -> list[PostgresOutcome]:
        libpq, adapted = self._libpq, self._adapted
        new: list[_Statement | None] = []
        self._is_clean = False
        libpq.enter_pipeline_mode()
        for step in steps:
            values = adapted.dump_sequence(step.values, [PyFormat.AUTO] * len(step.values))
            statement = step.text, adapted.types or ()
            name = self._prepared.get(statement)
            new.append(statement if name is None else None)
            if name is None:
                # Known from here on, for the rest of this pipeline; forgotten where the server does not take it.
                self._count += 1
                name = self._prepared[statement] = b"neuvo%d" % self._count
                libpq.send_prepare(name, step.text.encode(), statement[1] or None)
            libpq.send_query_prepared(name, values, adapted.formats, Format.BINARY)
        libpq.pipeline_sync()
        answers = await self._connection.wait(_answers(libpq, len(new) + sum(each is not None for each in new)))
        libpq.exit_pipeline_mode()
        self._is_clean = True
        return self._outcomes(new, iter(answers))

    def _outcomes(self, new: Sequence[_Statement | None], answers: Iterator[Any]) -> list[PostgresOutcome]:
        found: list[PostgresOutcome] = []
        error: Any = None
        for statement in new:
            results = [next(answers), next(answers)] if statement is not None else [next(answers)]
            if statement is not None and results[0].status in _FAILED:
                self._prepared.pop(statement, None)
            error = error or next((each for each in results if each.status == ExecStatus.FATAL_ERROR), None)
            if error is None:
                found.append(PostgresOutcome(results[-1], self._rows(results[-1])))
        if error is not None:
            raise error_from_result(error, encoding=self._connection.info.encoding)
        return found

    def _rows(self, result: Any) -> Sequence[Sequence[Any]]:
        if result.status != ExecStatus.TUPLES_OK:
            return ()
        self._adapted.set_pgresult(result)
        return self._adapted.load_rows(0, result.ntuples, tuple)


def _answers(libpq: Any, count: int) -> Generator[Any, Any, list[Any]]:
    """What is waited for: everything sent, `count` answers received, and the end of the pipeline."""
    yield from send(libpq)
    found = []
    for _ in range(count):
        found.append((yield from fetch_many(libpq))[-1])  # noqa: PERF401  # a comprehension cannot yield
    yield from fetch_many(libpq)
    return found
