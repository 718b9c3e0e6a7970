"""Station 2, notices: who leads a talk on its platform, by which link a citizen came, what an operator must hear."""

import structlog
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.channels.base import IncomingMessage, IncomingNotice
from gateway.conversations.contacts import AddressBook
from gateway.conversations.keys import Keyring
from gateway.conversations.models import Conversation, OutboxItem
from gateway.conversations.watermarks import named_reply
from gateway.doors.arriving import come_by
from gateway.handover.elsewhere import lead_again, lead_elsewhere

log = structlog.get_logger()


async def apply_notice(
    session: AsyncSession, keyring: Keyring, book: AddressBook, channel: str, notice: IncomingNotice
) -> str | None:
    """Do what a notice asks for; returns why nothing changed, or nothing."""
    if notice.kind == "restricted":
        log.error(
            "place_restricted",
            channel=channel,
            business_number=notice.business_number,
            what_to_do="the platform acts against our place: read its notice in the platform's own support inbox",
        )
        return None
    if notice.kind == "referral":
        talk = await book.conversation_for(_as_message(notice))
        await come_by(session, talk.row, notice.referral)
        # To follow a link of ours is an act of the citizen: the window begins anew.
        talk.row.last_citizen_message_at = max(talk.row.last_citizen_message_at, notice.occurred_at)
        return None
    conversation = await _open_conversation(session, book, notice)
    if notice.kind == "echo" and await _is_our_own(session, keyring, channel, notice, conversation):
        return None
    if conversation is None:
        return "unknown_conversation"
    if notice.kind == "led_by_us":
        await lead_again(session, conversation)
    else:
        await lead_elsewhere(session, conversation, notice.occurred_at, notice.kind)
    return None


async def _is_our_own(
    session: AsyncSession,
    keyring: Keyring,
    channel: str,
    notice: IncomingNotice,
    conversation: Conversation | None,
) -> bool:
    """Whether an echo is of a reply of ours.

    Where a platform does not say who wrote it, and its id is not one that we were given, the reply that is just being
    sent is taken for it: to silence the bot by its own words would be worse than to miss a colleague's first line.
    """
    if notice.by_us is not None:
        return notice.by_us
    if await named_reply(session, keyring, channel, notice.external_id) is not None:
        return True
    on_its_way = select(OutboxItem.id).where(
        OutboxItem.conversation_id == (conversation.id if conversation is not None else None),
        OutboxItem.state.in_(("sending", "unknown")),
    )
    return await session.scalar(on_its_way.limit(1)) is not None


async def _open_conversation(session: AsyncSession, book: AddressBook, notice: IncomingNotice) -> Conversation | None:
    contact = await book.find(_as_message(notice))
    if contact is None:
        return None
    found: Conversation | None = await session.scalar(
        select(Conversation)
        .where(
            Conversation.contact_id == contact.id,
            Conversation.business_number == notice.business_number,
            Conversation.state != "closed",
        )
        .order_by(Conversation.last_citizen_message_at.desc())
        .limit(1)
    )
    return found


def _as_message(notice: IncomingNotice) -> IncomingMessage:
    return IncomingMessage(
        external_id=notice.external_id,
        business_number=notice.business_number,
        sent_at=notice.occurred_at,
        kind="system",
        user_id=notice.user_id,
    )
