"""Content, the shared store: archives of words, models and papers by their SHA-256, and one record of what is live.

All machines see the same; each verifies what it takes (`sharing.py`), so whoever can write here can stop a publication
and cannot make one.
"""

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import Final, Protocol

from sqlalchemy import delete, exists, func, insert, select

from gateway.content.models import PublishedChunk, PublishedRecord
from gateway.core.database import INSERTS, Database, now

CHUNK: Final = 1024 * 1024  # bytes of one row
ONLY_ROW: Final = 1


class StoreFailed(Exception):
    """The store did not do what was asked; the text says what, without an address or a secret."""


class PublishedStore(Protocol):
    """Where what is published lives for all machines. Each method raises `StoreFailed`, `OSError` or the database's."""

    async def record(self) -> str | None:
        """The record of what is live; None while nothing has been shared."""

    async def set_record(self, text: str, number: int) -> None:
        """Replace the record; `number` is that of the live release."""

    async def has(self, digest: str) -> bool:
        """Whether the whole blob of this digest is there."""

    async def put(self, digest: str, path: Path) -> None:
        """Store a file under its digest."""

    async def fetch(self, digest: str, path: Path) -> None:
        """Write a blob into a new file, not verified yet."""

    async def forget(self, digests: Iterable[str]) -> None:
        """Delete blobs; one that is not there is no error."""

    async def close(self) -> None:
        """Close what was opened."""


class DatabaseStore:
    """The service's own database: chunks as rows, each blob in one transaction, so it is there whole or not at all."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def record(self) -> str | None:
        """See `PublishedStore`."""
        async with self._database.transaction() as session:
            text: str | None = await session.scalar(select(PublishedRecord.text).where(PublishedRecord.id == ONLY_ROW))
            return text

    async def set_record(self, text: str, number: int) -> None:
        """See `PublishedStore`."""
        values = {"number": number, "text": text, "changed_at": now()}
        async with self._database.transaction() as session:
            written = INSERTS[session.get_bind().dialect.name](PublishedRecord).values(id=ONLY_ROW, **values)
            await session.execute(written.on_conflict_do_update(index_elements=[PublishedRecord.id], set_=values))

    async def has(self, digest: str) -> bool:
        """See `PublishedStore`."""
        async with self._database.transaction() as session:
            return bool(await session.scalar(select(exists().where(PublishedChunk.digest == digest))))

    async def put(self, digest: str, path: Path) -> None:
        """See `PublishedStore`."""
        async with self._database.transaction() as session:
            await session.execute(delete(PublishedChunk).where(PublishedChunk.digest == digest))
            with path.open("rb") as file:
                position = 0
                while content := file.read(CHUNK):
                    row = {"digest": digest, "position": position, "content": content}
                    await session.execute(insert(PublishedChunk), row)
                    position += 1

    async def fetch(self, digest: str, path: Path) -> None:
        """See `PublishedStore`."""
        with path.open("wb") as file:
            async with self._database.transaction() as session:
                of = PublishedChunk.digest == digest
                count = await session.scalar(select(func.count()).select_from(PublishedChunk).where(of)) or 0
                for position in range(count):
                    one = select(PublishedChunk.content).where(of, PublishedChunk.position == position)
                    file.write(await session.scalar(one) or b"")

    async def forget(self, digests: Iterable[str]) -> None:
        """See `PublishedStore`."""
        async with self._database.transaction() as session:
            await session.execute(delete(PublishedChunk).where(PublishedChunk.digest.in_(list(digests))))

    async def close(self) -> None:
        """The database is the service's, and stays open."""


def digest_of(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
