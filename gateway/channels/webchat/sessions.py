"""The web chat: the life of a session: begun with the first words, ended by silence, by age, or by the citizen."""

import datetime as dt
import uuid
from collections.abc import Sequence

from sqlalchemy import delete, exists, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from gateway import encryption
from gateway.channels.webchat.models import WebMessage, WebSession
from gateway.conversations.keys import Keyring
from gateway.conversations.models import Contact, ContactAddress, Conversation, ConversationEvent
from gateway.database import now
from gateway.doors.arriving import is_door
from gateway.doors.codes import as_code
from gateway.figures.counting import add
from gateway.privacy.holds import is_held

# How fresh the note of a page's last sign of life is kept: each writes at most so often.
SEEN_EVERY = dt.timedelta(seconds=30)


async def ensure(
    session: AsyncSession, keyring: Keyring, session_id: uuid.UUID, *, ends_at: dt.datetime, source: str | None = None
) -> bool:
    """Make the session's row where there is none; returns whether it is new."""
    if await session.scalar(select(WebSession.id).where(WebSession.id == session_id)) is not None:
        return False  # most messages are not the first: no key is made in vain
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    made = await session.execute(
        insert(WebSession)
        .values(
            id=session_id,
            wrapped_key=keyring.wrap(encryption.new_key()),
            source=source or None,
            created_at=now(),
            last_seen_at=now(),
            ends_at=ends_at,
            last_number=0,
            version=0,
        )
        .on_conflict_do_nothing()
        .returning(WebSession.id)
    )
    new = made.scalar_one_or_none() is not None
    if new and source and not await is_door(session, as_code(source)):  # a door is counted with the words
        add(session, [("source", source)])
    return new


async def is_over(session: AsyncSession, session_id: uuid.UUID, idle: dt.timedelta) -> bool:
    """Whether a session was ended, or has been silent for too long; one that has not begun is not over."""
    row = await session.get(WebSession, session_id, populate_existing=True)
    return row is not None and (row.ended_at is not None or now() >= min(row.ends_at, row.last_seen_at + idle))


async def touch(session: AsyncSession, session_id: uuid.UUID, *, changed: bool = False) -> None:
    """Note that the page is there; `changed` tells its other tabs to look."""
    values: dict[str, object] = {"last_seen_at": now()}
    wanted = update(WebSession).where(WebSession.id == session_id, WebSession.ended_at.is_(None))
    if changed:
        values["version"] = WebSession.version + 1
    else:
        wanted = wanted.where(WebSession.last_seen_at < now() - SEEN_EVERY)
    await session.execute(wanted.values(**values))


async def end(session: AsyncSession, session_id: uuid.UUID) -> None:
    """Let nobody at this browser read the talk again: its messages and their key go at once."""
    await session.execute(
        update(WebSession)
        .where(WebSession.id == session_id)
        .values(ended_at=now(), wrapped_key=b"", source=None, version=WebSession.version + 1)
    )
    await session.execute(delete(WebMessage).where(WebMessage.session_id == session_id))


async def forget(session: AsyncSession, keyring: Keyring, channel: str, session_id: uuid.UUID) -> Sequence[uuid.UUID]:
    """End the session and delete its talk; returns the dialogue ids that the engine should forget.

    What an officer has taken, or what waits as danger, stays in front of the officers: it may be about somebody's
    life, and whoever pressed the button may not be the one who wrote.
    """
    await end(session, session_id)
    contact_id = await contact_of(session, keyring, channel, session_id)
    if contact_id is None:
        return ()
    of_contact = Conversation.contact_id == contact_id
    kept = (Conversation.state == "officer") | Conversation.urgency.is_not(None) | is_held()
    gone = await session.execute(delete(Conversation).where(of_contact, ~kept).returning(Conversation.dialogue_id))
    dialogues = list(gone.scalars())
    for conversation in await session.scalars(select(Conversation).where(of_contact)):
        session.add(
            ConversationEvent(
                conversation_id=conversation.id, kind="citizen_left", actor="citizen", details={}, created_at=now()
            )
        )
    left = exists(select(Conversation.id).where(Conversation.contact_id == Contact.id))
    await session.execute(delete(Contact).where(Contact.id == contact_id, ~left))
    return dialogues


async def contact_of(session: AsyncSession, keyring: Keyring, channel: str, session_id: uuid.UUID) -> uuid.UUID | None:
    """The contact whose address this session is, once its first words were sorted."""
    print_ = keyring.fingerprint(f"{channel} user_id", session_id.hex)
    found: uuid.UUID | None = await session.scalar(
        select(ContactAddress.contact_id).where(
            ContactAddress.channel == channel,
            ContactAddress.kind == "user_id",
            ContactAddress.value_fingerprint == print_,
        )
    )
    return found


async def tidy(session: AsyncSession, idle: dt.timedelta) -> int:
    """End what has been silent too long, and drop the rows whose cookies are worth nothing any more."""
    over = (WebSession.last_seen_at < now() - idle) | (WebSession.ends_at < now())
    ended = await session.scalars(select(WebSession.id).where(WebSession.ended_at.is_(None), over))
    count = 0
    for session_id in ended.all():
        await end(session, session_id)
        count += 1
    await session.execute(delete(WebSession).where(WebSession.ends_at < now()))
    return count
