"""Bulletins, followers: citizens who agreed to be notified of changes, once, while the channel's window is open."""

import datetime as dt
import uuid

import structlog
from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.bulletins.cache import BulletinsContext, active_bulletin
from gateway.bulletins.compose import FOLLOW_PREFIX, update_text
from gateway.bulletins.models import Bulletin, BulletinFollower, BulletinVersion
from gateway.bulletins.states import BulletinState
from gateway.conversations.kinds import Author, Priority, UnaskedKind
from gateway.conversations.messages import Reply
from gateway.conversations.models import Contact, Conversation
from gateway.conversations.states import BOT_ANSWERS
from gateway.core.database import now, upsert
from gateway.core.db_errors import is_database_fault
from gateway.outbox.gate import permit
from gateway.outbox.queue import WINDOW, enqueue

log = structlog.get_logger()
BATCH = 100  # followers notified in one transaction
# How long after a bulletin's end its followers are kept: a late withdrawal can still reach them.
FOLLOWERS_KEPT = dt.timedelta(days=1)


def followed_bulletin(choice: str | None) -> uuid.UUID | None:
    """The bulletin of a tapped button, or None when the button is another."""
    if choice is None or not choice.startswith(FOLLOW_PREFIX):
        return None
    try:
        return uuid.UUID(hex=choice.removeprefix(FOLLOW_PREFIX))
    except ValueError:
        return None


async def follow(session: AsyncSession, conversation: Conversation, bulletin_id: uuid.UUID) -> bool:
    """Store that the citizen follows the bulletin; false when the bulletin has ended or was withdrawn meanwhile."""
    bulletin = await session.get(Bulletin, bulletin_id)
    if (
        bulletin is None
        or bulletin.state != BulletinState.PUBLISHED
        or bulletin.ends_at is None
        or bulletin.ends_at <= now()
    ):
        return False
    row = upsert(session, BulletinFollower).values(
        bulletin_id=bulletin_id,
        contact_id=conversation.contact_id,
        conversation_id=conversation.id,
        updates_sent=bulletin.updates,
        agreed_at=now(),
    )
    # One row for each citizen, whichever addresses the conversation has: nobody is notified twice.
    await session.execute(
        row.on_conflict_do_update(
            index_elements=["bulletin_id", "contact_id"], set_={"conversation_id": conversation.id}
        )
    )
    return True


async def notify_followers(service: BulletinsContext) -> bool:
    """Reload the cache and queue updates for followers; returns whether more may be waiting."""
    async with service.database.transaction() as session:
        await service.bulletins.refresh(session)
        outdated = (await session.execute(_OUTDATED, {"since": now() - WINDOW, "channels": [*service.channels]})).all()
        for follower, bulletin, version, conversation in outdated:
            if await _mark_notified(session, follower, bulletin):
                await _notify_safely(session, service, follower, bulletin, version, conversation)
    if outdated:
        service.wake_outbox()
    return len(outdated) == BATCH


# Those who may be notified now: not during an officer's conversation, not while blocked, not outside the window. They
# are not lost: a later run finds them.
_OUTDATED = (
    select(BulletinFollower, Bulletin, BulletinVersion, Conversation)
    .join(Bulletin, Bulletin.id == BulletinFollower.bulletin_id)
    .join(
        BulletinVersion, (BulletinVersion.bulletin_id == Bulletin.id) & (BulletinVersion.number == Bulletin.published)
    )
    .join(Conversation, Conversation.id == BulletinFollower.conversation_id)
    .join(Contact, Contact.id == Conversation.contact_id)
    .where(Contact.blocked_at.is_(None))
    .where(
        BulletinFollower.updates_sent < Bulletin.updates,
        Bulletin.state.in_((BulletinState.PUBLISHED, BulletinState.WITHDRAWN)),
    )
    .where(Conversation.state.in_(BOT_ANSWERS), Conversation.last_citizen_message_at > bindparam("since"))
    .where(Conversation.channel.in_(bindparam("channels", expanding=True)))  # a platform may have been switched off
    .order_by(BulletinFollower.bulletin_id, BulletinFollower.contact_id)  # one order for all: no deadlock
    .limit(BATCH)
)


async def _mark_notified(session: AsyncSession, follower: BulletinFollower, bulletin: Bulletin) -> bool:
    """Whether this process, and no other, notifies this follower."""
    marked = await session.execute(
        update(BulletinFollower)
        .where(
            BulletinFollower.bulletin_id == follower.bulletin_id,
            BulletinFollower.contact_id == follower.contact_id,
            BulletinFollower.updates_sent < bulletin.updates,
        )
        .values(updates_sent=bulletin.updates)
        .returning(BulletinFollower.contact_id)
    )
    return marked.first() is not None


async def _notify_safely(
    session: AsyncSession,
    service: BulletinsContext,
    follower: BulletinFollower,
    bulletin: Bulletin,
    version: BulletinVersion,
    conversation: Conversation,
) -> None:
    """A follower who cannot be notified, because the key is gone, say, does not hold up the others."""
    try:
        async with session.begin_nested():
            await _notify(session, service, follower, bulletin, version, conversation)
    except Exception as error:
        if is_database_fault(error):
            raise
        log.error("follower_not_notified", conversation=conversation.id.hex, exc_info=error)


async def _notify(
    session: AsyncSession,
    service: BulletinsContext,
    follower: BulletinFollower,
    bulletin: Bulletin,
    version: BulletinVersion,
    conversation: Conversation,
) -> None:
    active = active_bulletin(bulletin, version)
    at = now()
    if bulletin.state == BulletinState.PUBLISHED and active.ends_at <= at:
        return  # it has ended by itself before anybody could be notified
    # Not queued for a watched phone, and not kept for later either: the next change is news again.
    permitted = permit(session, service, conversation, UnaskedKind.BULLETIN_UPDATE, follower)
    if permitted is None:
        return
    language = conversation.language or "fi"
    key = service.keyring.unwrap(conversation.wrapped_key)
    reply = Reply(text=update_text(service.lines, active, bulletin.state, language, at))
    channel = service.channels[conversation.channel]
    await enqueue(session, channel, conversation, key, reply, permitted, author=Author.BOT, priority=Priority.BULK)


async def delete_old_followers(session: AsyncSession) -> int:
    """Delete the followers of bulletins that ended `FOLLOWERS_KEPT` ago; returns how many."""
    over = select(Bulletin.id).where(Bulletin.ends_at < now() - FOLLOWERS_KEPT)
    gone = await session.execute(
        delete(BulletinFollower).where(BulletinFollower.bulletin_id.in_(over)).returning(BulletinFollower.contact_id)
    )
    return len(gone.all())
