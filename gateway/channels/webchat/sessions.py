"""The web chat's sessions: begun with the first message, ended by inactivity, by age, or by the citizen."""

import datetime as dt
import uuid

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.channels.webchat.models import WebMessage, WebSession
from gateway.core import crypto
from gateway.core.database import now, upsert
from gateway.core.keyring import Keyring

# How exact `last_seen_at` is: each page updates it at most so often.
ACTIVITY_INTERVAL = dt.timedelta(seconds=30)


async def ensure_session(
    session: AsyncSession,
    keyring: Keyring,
    session_id: uuid.UUID,
    *,
    ends_at: dt.datetime,
    source: str | None = None,
    network: bytes | None = None,
) -> bool:
    """Insert the session's row where there is none; returns whether it is new. `network`: a keyed hash, 16 bytes."""
    if await session.scalar(select(WebSession.id).where(WebSession.id == session_id)) is not None:
        return False  # most messages are not the first: no key is made in vain
    made = await session.execute(
        upsert(session, WebSession)
        .values(
            id=session_id,
            wrapped_key=keyring.wrap(crypto.new_key()),
            source=source or None,
            network=network,
            created_at=now(),
            last_seen_at=now(),
            ends_at=ends_at,
            last_number=0,
            version=0,
        )
        .on_conflict_do_nothing()
        .returning(WebSession.id)
    )
    return made.scalar_one_or_none() is not None


async def is_over(session: AsyncSession, session_id: uuid.UUID, idle: dt.timedelta) -> bool:
    """Whether a session was ended, or has been without activity for `idle`; one that has not begun is not over."""
    row = await session.get(WebSession, session_id, populate_existing=True)
    return row is not None and (row.ended_at is not None or now() >= min(row.ends_at, row.last_seen_at + idle))


async def record_activity(session: AsyncSession, session_id: uuid.UUID, *, changed: bool = False) -> None:
    """Store that the page is open; `changed` makes its other tabs read the transcript."""
    values: dict[str, object] = {"last_seen_at": now()}
    wanted = update(WebSession).where(WebSession.id == session_id, WebSession.ended_at.is_(None))
    if changed:
        values["version"] = WebSession.version + 1
    else:
        wanted = wanted.where(WebSession.last_seen_at < now() - ACTIVITY_INTERVAL)
    await session.execute(wanted.values(**values))


async def end_session(session: AsyncSession, session_id: uuid.UUID) -> None:
    """End a session, so that nobody reads it in this browser again: its messages and their key are deleted at once."""
    await session.execute(
        update(WebSession)
        .where(WebSession.id == session_id)
        .values(ended_at=now(), wrapped_key=b"", source=None, version=WebSession.version + 1)
    )
    await session.execute(delete(WebMessage).where(WebMessage.session_id == session_id))


async def crowded_networks(session: AsyncSession, *, most: int) -> dict[uuid.UUID, bytes]:
    """The sessions, by id with the hash of their network, of networks that have begun more than `most` of them."""
    crowded = (
        select(WebSession.network)
        .where(WebSession.network.is_not(None))
        .group_by(WebSession.network)
        .having(func.count() > most)
    )
    found = await session.execute(select(WebSession.id, WebSession.network).where(WebSession.network.in_(crowded)))
    return {row.id: row.network for row in found}


async def end_idle_sessions(session: AsyncSession, idle: dt.timedelta) -> int:
    """End sessions without activity for `idle`, and delete rows whose tickets have expired; returns how many ended."""
    over = (WebSession.last_seen_at < now() - idle) | (WebSession.ends_at < now())
    ended = await session.scalars(select(WebSession.id).where(WebSession.ended_at.is_(None), over))
    count = 0
    for session_id in ended.all():
        await end_session(session, session_id)
        count += 1
    await session.execute(delete(WebSession).where(WebSession.ends_at < now()))
    return count
