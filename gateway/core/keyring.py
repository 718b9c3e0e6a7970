"""The service's own keys, stored wrapped in the database and held unwrapped in memory."""

import datetime as dt

from sqlalchemy import delete, event, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.core import crypto
from gateway.core.database import now
from gateway.core.errors import StorageUnavailable
from gateway.core.leases import KEYS, wait_for_lock
from gateway.core.models import KeyPurpose, ServiceKey

INBOX_KEY_LIFETIME = dt.timedelta(hours=6)


class Keyring:
    """The index key, the inbox keys, and the wrapping of every conversation's own key.

    Several processes share the keys: one creates them at a time, and a key that another has created is read when an
    event names it. A key is used only once it is committed.
    """

    def __init__(self, data_keys: crypto.DataKeys) -> None:
        self._data_keys = data_keys
        self._index: bytes | None = None
        self._inbox: dict[int, bytes] = {}

    async def load(self, session: AsyncSession) -> None:
        """Read the keys; create the index key and an inbox key when they are missing.

        They are usable once the caller's transaction is committed.
        """
        await wait_for_lock(session, KEYS)  # two processes that start together must not create two index keys
        rows = (await session.scalars(select(ServiceKey).order_by(ServiceKey.id))).all()
        index = next((row for row in rows if row.purpose == KeyPurpose.INDEX), None)
        index = index or await self._create(session, KeyPurpose.INDEX)
        fresh = [row for row in rows if row.purpose == KeyPurpose.INBOX]
        if not fresh or now() - fresh[-1].created_at > INBOX_KEY_LIFETIME:
            fresh.append(await self._create(session, KeyPurpose.INBOX))
        opened = self._data_keys.unwrap(index.wrapped)
        inbox = {row.id: self._data_keys.unwrap(row.wrapped) for row in fresh}

        def remember(_: object) -> None:
            self._index, self._inbox = opened, inbox

        event.listen(session.sync_session, "after_commit", remember, once=True)

    async def learn(self, session: AsyncSession, key_ids: set[int]) -> None:
        """Read inbox keys that another process has created since `load`; deleted ones stay unknown."""
        unknown = key_ids - self._inbox.keys()
        if unknown:
            rows = await session.scalars(select(ServiceKey).where(ServiceKey.id.in_(unknown)))
            self._inbox.update(
                {row.id: self._data_keys.unwrap(row.wrapped) for row in rows if row.purpose == KeyPurpose.INBOX}
            )

    async def rotate(self, session: AsyncSession, retention: dt.timedelta) -> None:
        """Create a new inbox key when the last is old, and delete those whose successor is past the retention.

        Counted from the successor: after a long outage the last key is old, and other processes still encrypt with it.
        """
        inbox = ServiceKey.purpose == KeyPurpose.INBOX
        successors = select(func.max(ServiceKey.id)).where(inbox, ServiceKey.created_at < now() - retention)
        await session.execute(delete(ServiceKey).where(inbox, ServiceKey.id < successors.scalar_subquery()))
        await self.load(session)

    @property
    def is_loaded(self) -> bool:
        """Whether the keys have been read; not while the database has been unavailable since the start."""
        return self._index is not None and bool(self._inbox)

    def fingerprint(self, kind: str, value: str) -> bytes:
        """The keyed hash by which an identifier is looked up; raises `StorageUnavailable` before `load`."""
        if self._index is None:
            raise StorageUnavailable("keys_not_loaded")
        return crypto.fingerprint(self._index, kind, value)

    def wrap(self, key: bytes) -> bytes:
        """A key encrypted with the current data key, as tables store it."""
        return self._data_keys.wrap(key)

    def unwrap(self, wrapped: bytes) -> bytes:
        """The key of a conversation or contact; raises `CannotOpen`."""
        return self._data_keys.unwrap(wrapped)

    def current_inbox_key(self) -> tuple[int, bytes]:
        """The id and key for new deliveries; raises `StorageUnavailable` before `load`."""
        if not self._inbox:
            raise StorageUnavailable("keys_not_loaded")
        key_id = max(self._inbox)
        return key_id, self._inbox[key_id]

    def inbox_key(self, key_id: int | None) -> bytes | None:
        """An inbox key by its id, or None when it has been deleted."""
        return self._inbox.get(key_id) if key_id is not None else None

    async def _create(self, session: AsyncSession, purpose: KeyPurpose) -> ServiceKey:
        row = ServiceKey(purpose=purpose, wrapped=self.wrap(crypto.new_key()), created_at=now())
        session.add(row)
        await session.flush()
        return row
