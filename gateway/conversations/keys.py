"""Under the road: the service's own keys, kept wrapped in the database and opened in memory."""

import datetime as dt

from sqlalchemy import delete, event, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from gateway import encryption
from gateway.conversations.claims import KEYS, wait_for_lock
from gateway.conversations.models import ServiceKey
from gateway.database import now
from gateway.errors import StorageUnavailable

INBOX_KEY_LIFE = dt.timedelta(hours=6)


class Keyring:
    """The index key, the inbox keys, and the wrapping of every conversation's own key.

    Several processes share the keys: one makes them at a time, and a key that another has made is read when an event
    names it. A key is used only once it is committed.
    """

    def __init__(self, data_keys: encryption.DataKeys) -> None:
        self._data_keys = data_keys
        self._index: bytes | None = None
        self._inbox: dict[int, bytes] = {}

    async def load(self, session: AsyncSession) -> None:
        """Read the keys; make the index key and an inbox key when they are missing.

        They are there once the caller's transaction is committed.
        """
        await wait_for_lock(session, KEYS)  # two processes that start together must not make two index keys
        rows = (await session.scalars(select(ServiceKey).order_by(ServiceKey.id))).all()
        index = next((row for row in rows if row.purpose == "index"), None) or await self._make(session, "index")
        fresh = [row for row in rows if row.purpose == "inbox"]
        if not fresh or now() - fresh[-1].created_at > INBOX_KEY_LIFE:
            fresh.append(await self._make(session, "inbox"))
        opened = self._data_keys.unwrap(index.wrapped)
        inbox = {row.id: self._data_keys.unwrap(row.wrapped) for row in fresh}

        def remember(_: object) -> None:
            self._index, self._inbox = opened, inbox

        event.listen(session.sync_session, "after_commit", remember, once=True)

    async def learn(self, session: AsyncSession, key_ids: set[int]) -> None:
        """Read inbox keys that another process has made since `load`; those that are gone stay unknown."""
        unknown = key_ids - self._inbox.keys()
        if unknown:
            rows = await session.scalars(select(ServiceKey).where(ServiceKey.id.in_(unknown)))
            self._inbox.update({row.id: self._data_keys.unwrap(row.wrapped) for row in rows if row.purpose == "inbox"})

    async def rotate(self, session: AsyncSession, retention: dt.timedelta) -> None:
        """Begin a new inbox key when the last is old, and destroy those whose follower is past the retention.

        Counted from the follower: after a long outage the last key is old, and other processes still seal with it.
        """
        inbox = ServiceKey.purpose == "inbox"
        followers = select(func.max(ServiceKey.id)).where(inbox, ServiceKey.created_at < now() - retention)
        await session.execute(delete(ServiceKey).where(inbox, ServiceKey.id < followers.scalar_subquery()))
        await self.load(session)

    @property
    def is_loaded(self) -> bool:
        """Whether the keys have been read; not so while the database has been away since the start."""
        return self._index is not None and bool(self._inbox)

    def fingerprint(self, kind: str, value: str) -> bytes:
        """The keyed hash under which an identifier is found again; raises `StorageUnavailable` before `load`."""
        if self._index is None:
            raise StorageUnavailable("The database has been away since this process began: its keys are not known yet.")
        return encryption.fingerprint(self._index, kind, value)

    def wrap(self, key: bytes) -> bytes:
        """A key as a table may hold it."""
        return self._data_keys.wrap(key)

    def unwrap(self, wrapped: bytes) -> bytes:
        """The key of a conversation or contact."""
        return self._data_keys.unwrap(wrapped)

    def current_inbox_key(self) -> tuple[int, bytes]:
        """The key for what arrives now, with its id; raises `StorageUnavailable` before `load`."""
        if not self._inbox:
            raise StorageUnavailable("The database has been away since this process began: its keys are not known yet.")
        key_id = max(self._inbox)
        return key_id, self._inbox[key_id]

    def inbox_key(self, key_id: int | None) -> bytes | None:
        """An inbox key by its id; nothing when it has been destroyed."""
        return self._inbox.get(key_id) if key_id is not None else None

    async def _make(self, session: AsyncSession, purpose: str) -> ServiceKey:
        row = ServiceKey(purpose=purpose, wrapped=self.wrap(encryption.new_key()), created_at=now())
        session.add(row)
        await session.flush()
        return row
