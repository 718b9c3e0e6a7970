"""PostgreSQL: several statements in one pipeline of libpq, each parsed by the server once for each connection.

Below psycopg's cursors, which prepare every execution anew: that was a third of what a message cost. Connecting, the
adaptation of values, waiting and cancelling stay psycopg's.
"""

import asyncio
import contextlib
from collections.abc import Sequence
from typing import Any

import psycopg
from psycopg.adapt import PyFormat, Transformer
from psycopg.errors import error_from_result
from psycopg.generators import send
from psycopg.pq import ConnStatus, ExecStatus, Format, TransactionStatus

from gateway.core.driver import BEGIN, COMMIT, ROLLBACK, Step, wrapped
from gateway.core.postgres_arrays import array_of

_FAILED = (ExecStatus.FATAL_ERROR, ExecStatus.PIPELINE_ABORTED)
_CANCELLED_WITHIN = 5.0  # seconds in which the server ends a statement whose caller has left
_Statement = tuple[str, tuple[int, ...]]  # a text, and the types of its values


class PostgresOutcome:
    """The answer of the server to one statement."""

    __slots__ = ("_result", "rows")

    def __init__(self, result: Any, rows: Sequence[Sequence[Any]]) -> None:
        self._result, self.rows = result, rows

    @property
    def touched(self) -> int:
        """How many rows it read or changed."""
        return self._result.command_tuples or 0

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
        libpq = self._libpq
        new: list[_Statement | None] = []
        self._is_clean = False
        libpq.enter_pipeline_mode()
        for step in steps:
            values, types, formats = self._dumped(step.values)
            statement = step.text, types
            name = self._prepared.get(statement)
            new.append(statement if name is None else None)
            if name is None:
                # Known from here on, for the rest of this pipeline; forgotten where the server does not take it.
                self._count += 1
                name = self._prepared[statement] = b"neuvo%d" % self._count
                libpq.send_prepare(name, step.text.encode(), types or None)
            libpq.send_query_prepared(name, values, formats, Format.BINARY)
        libpq.pipeline_sync()
        answers = await self._answers()
        libpq.exit_pipeline_mode()
        self._is_clean = True
        return self._outcomes(new, answers)

    def _dumped(self, given: Sequence[Any]) -> tuple[Sequence[Any], tuple[int, ...], Sequence[Format] | None]:
        """Values as libpq takes them, with their types and formats."""
        adapted = self._adapted
        if list not in map(type, given):
            values = adapted.dump_sequence(given, [PyFormat.AUTO] * len(given))
            return values, adapted.types or (), adapted.formats
        arrays = [(place, array_of(value)) for place, value in enumerate(given) if isinstance(value, list)]
        plain = [None if isinstance(value, list) else value for value in given]
        values = list(self._adapted.dump_sequence(plain, [PyFormat.AUTO] * len(plain)))
        types, formats = list(self._adapted.types or ()), list(self._adapted.formats or ())
        for place, array in arrays:
            values[place], types[place] = array.content, array.type
            formats[place] = Format.BINARY if array.type else Format.TEXT
        return values, tuple(types), formats

    async def _answers(self) -> list[Any]:
        """Wait for the end of the pipeline; returns the answers, one for each thing that was sent."""
        libpq = self._libpq
        try:
            if libpq.flush():  # more than the socket takes at once
                await self._connection.wait(send(libpq))
            found: list[Any] = []
            while not self._take_answers(found):
                await _readable(libpq.socket)
                libpq.consume_input()
        except asyncio.CancelledError:
            # Not before the server has let go of the locks; the connection is closed then.
            with contextlib.suppress(psycopg.Error, OSError):
                await self._connection.cancel_safe(timeout=_CANCELLED_WITHIN)
            raise
        return found

    def _take_answers(self, found: list[Any]) -> bool:
        """Take what has arrived; returns whether the pipeline has ended."""
        libpq = self._libpq
        while not libpq.is_busy():
            result = libpq.get_result()
            if result is None:  # the end of one answer
                if libpq.status == ConnStatus.BAD:
                    raise self._lost(found)
            elif result.status == ExecStatus.PIPELINE_SYNC:
                return True
            else:
                found.append(result)
        return False

    def _lost(self, found: Sequence[Any]) -> Exception:
        """The error of a lost connection: what the server said last, or that it said nothing."""
        if found and found[-1].status == ExecStatus.FATAL_ERROR:
            return error_from_result(found[-1], encoding=self._connection.info.encoding)
        return psycopg.OperationalError("The connection was lost.")

    def _outcomes(self, new: Sequence[_Statement | None], answers: Sequence[Any]) -> list[PostgresOutcome]:
        found: list[PostgresOutcome] = []
        error, at = None, 0
        for statement in new:
            if statement is not None:  # it was prepared before
                if answers[at].status in _FAILED:
                    self._prepared.pop(statement, None)
                    error = error or (answers[at] if answers[at].status == ExecStatus.FATAL_ERROR else None)
                at += 1
            result, at = answers[at], at + 1
            if error is None and result.status == ExecStatus.FATAL_ERROR:
                error = result
            if error is None:
                found.append(PostgresOutcome(result, self._rows(result)))
        if error is not None:
            raise error_from_result(error, encoding=self._connection.info.encoding)
        return found

    def _rows(self, result: Any) -> Sequence[Sequence[Any]]:
        if result.status != ExecStatus.TUPLES_OK:
            return ()
        self._adapted.set_pgresult(result)
        return self._adapted.load_rows(0, result.ntuples, tuple)


async def _readable(socket: int) -> None:
    loop = asyncio.get_running_loop()
    arrived: asyncio.Future[None] = loop.create_future()
    loop.add_reader(socket, _arrive, arrived)
    try:
        await arrived
    finally:
        loop.remove_reader(socket)


def _arrive(arrived: asyncio.Future[None]) -> None:
    if not arrived.done():
        arrived.set_result(None)
