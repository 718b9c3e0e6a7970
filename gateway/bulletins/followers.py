"""Bulletins, followers: who said yes to hearing of changes; told once, while the channel's window is open."""

import datetime as dt
import uuid

import structlog
from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.bulletins.composing import FOLLOW_PREFIX, change_words
from gateway.bulletins.in_force import notice_of
from gateway.bulletins.models import Bulletin, BulletinFollower, BulletinVersion
from gateway.channels.base import Reply
from gateway.conversations.claiming import WINDOW
from gateway.conversations.faults import is_of_the_database
from gateway.conversations.models import Contact, Conversation
from gateway.conversations.outbox import BULK, put
from gateway.database import now
from gateway.handover.states import BOT_ANSWERS
from gateway.service import Service

log = structlog.get_logger()
BATCH = 100  # followers told in one transaction
# After a bulletin's end nobody needs to know who followed it; until then a late withdrawal can still reach them.
FORGOTTEN_AFTER = dt.timedelta(days=1)


def followed_bulletin(choice: str | None) -> uuid.UUID | None:
    """The bulletin of a tapped button; nothing when the button is another."""
    if choice is None or not choice.startswith(FOLLOW_PREFIX):
        return None
    try:
        return uuid.UUID(hex=choice.removeprefix(FOLLOW_PREFIX))
    except ValueError:
        return None


async def follow(session: AsyncSession, conversation: Conversation, bulletin_id: uuid.UUID) -> bool:
    """Remember that the citizen said yes; false when the bulletin has ended or was withdrawn meanwhile."""
    bulletin = await session.get(Bulletin, bulletin_id)
    if bulletin is None or bulletin.state != "published" or bulletin.ends_at is None or bulletin.ends_at <= now():
        return False
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    row = dialect.insert(BulletinFollower).values(
        bulletin_id=bulletin_id,
        contact_id=conversation.contact_id,
        conversation_id=conversation.id,
        told=bulletin.news,
        agreed_at=now(),
    )
    # One row for each citizen, whatever number of theirs and of ours the talk is on: nobody is told twice.
    await session.execute(
        row.on_conflict_do_update(
            index_elements=["bulletin_id", "contact_id"], set_={"conversation_id": conversation.id}
        )
    )
    return True


async def tell_followers(service: Service) -> bool:
    """Look at the bulletins, and queue what followers have not heard; returns whether more may be waiting."""
    async with service.database.transaction() as session:
        await service.notices.refresh(session)
        untold = (await session.execute(_UNTOLD, {"since": now() - WINDOW, "channels": [*service.channels]})).all()
        for follower, bulletin, version, conversation in untold:
            if await _claimed(session, follower, bulletin):
                await _tell_carefully(session, service, bulletin, version, conversation)
    if untold:
        service.wake_outbox()
    return len(untold) == BATCH


# Those who may be told now: an officer's talk is not interrupted, who is blocked hears nothing of ours, and outside the
# window nobody is written to. They are not lost: the next look, or the citizen's next message, finds them.
_UNTOLD = (
    select(BulletinFollower, Bulletin, BulletinVersion, Conversation)
    .join(Bulletin, Bulletin.id == BulletinFollower.bulletin_id)
    .join(
        BulletinVersion, (BulletinVersion.bulletin_id == Bulletin.id) & (BulletinVersion.number == Bulletin.published)
    )
    .join(Conversation, Conversation.id == BulletinFollower.conversation_id)
    .join(Contact, Contact.id == Conversation.contact_id)
    .where(Contact.blocked_at.is_(None))
    .where(BulletinFollower.told < Bulletin.news, Bulletin.state.in_(("published", "withdrawn")))
    .where(Conversation.state.in_(BOT_ANSWERS), Conversation.last_citizen_message_at > bindparam("since"))
    .where(Conversation.channel.in_(bindparam("channels", expanding=True)))  # a platform may have been switched off
    .order_by(BulletinFollower.bulletin_id, BulletinFollower.contact_id)  # one order for all: no deadlock
    .limit(BATCH)
)


async def _claimed(session: AsyncSession, follower: BulletinFollower, bulletin: Bulletin) -> bool:
    """Whether this process, and no other, tells this follower."""
    claimed = await session.execute(
        update(BulletinFollower)
        .where(
            BulletinFollower.bulletin_id == follower.bulletin_id,
            BulletinFollower.contact_id == follower.contact_id,
            BulletinFollower.told < bulletin.news,
        )
        .values(told=bulletin.news)
        .returning(BulletinFollower.contact_id)
    )
    return claimed.first() is not None


async def _tell_carefully(
    session: AsyncSession, service: Service, bulletin: Bulletin, version: BulletinVersion, conversation: Conversation
) -> None:
    """One whose key is gone, say, is passed by, and the others hear of it."""
    try:
        async with session.begin_nested():
            await _tell(session, service, bulletin, version, conversation)
    except Exception as error:
        if is_of_the_database(error):
            raise
        log.error("follower_not_told", conversation=conversation.id.hex, exc_info=error)


async def _tell(
    session: AsyncSession, service: Service, bulletin: Bulletin, version: BulletinVersion, conversation: Conversation
) -> None:
    notice = notice_of(bulletin, version)
    at = now()
    if bulletin.state == "published" and notice.ends_at <= at:
        return  # it has ended by itself before anybody could be told; that is no news
    language = conversation.language or "fi"
    key = service.keyring.unwrap(conversation.wrapped_key)
    reply = Reply(text=change_words(service.lines, notice, bulletin.state, language, at))
    channel = service.channels[conversation.channel]
    await put(session, channel, conversation, key, reply, author="bot", turn_id=None, priority=BULK)


async def forget_followers(session: AsyncSession) -> int:
    """Delete who followed what is over; returns how many."""
    over = select(Bulletin.id).where(Bulletin.ends_at < now() - FORGOTTEN_AFTER)
    gone = await session.execute(
        delete(BulletinFollower).where(BulletinFollower.bulletin_id.in_(over)).returning(BulletinFollower.contact_id)
    )
    return len(gone.all())
