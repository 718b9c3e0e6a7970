"""A database that really goes away, and comes back."""

import asyncio
import contextlib
import sqlite3
from collections.abc import AsyncIterator

import psycopg
from sqlalchemy.engine import make_url

from tests.worlds.services import POSTGRES


@contextlib.asynccontextmanager
async def away(database_url: str) -> AsyncIterator[None]:
    """Nobody can write while the block runs: SQLite is locked, PostgreSQL ends and refuses every connection."""
    name = make_url(database_url).database
    if database_url.startswith("sqlite"):
        other = sqlite3.connect(str(name), isolation_level=None, check_same_thread=False)
        # In a thread: the gateway in this event loop must be able to end what it has begun.
        await asyncio.to_thread(other.execute, "BEGIN IMMEDIATE")
        try:
            yield
        finally:
            other.close()
        return
    await _administer(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false', _end(name))
    try:
        yield
    finally:
        await _administer(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')


@contextlib.asynccontextmanager
async def read_only(database_url: str) -> AsyncIterator[None]:
    """PostgreSQL answers questions and refuses to write, as a replica does."""
    name = make_url(database_url).database
    await _administer(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on', _end(name))
    try:
        yield
    finally:
        await _administer(f'ALTER DATABASE "{name}" RESET default_transaction_read_only', _end(name))


def _end(name: str | None) -> str:
    return f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"


async def _administer(*statements: str) -> None:
    async with await psycopg.AsyncConnection.connect(POSTGRES, autocommit=True) as connection:
        for statement in statements:
            await connection.execute(statement.encode())
