"""Station 2, platform events: who controls a conversation, by which link a citizen came, what an operator must know."""

import structlog
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.conversations.contacts import AddressBook
from gateway.conversations.kinds import (
    ChannelName,
    ConversationState,
    IgnoreReason,
    MessageKind,
    OutboxState,
    PlatformEventKind,
)
from gateway.conversations.messages import IncomingMessage, PlatformEvent
from gateway.conversations.models import Conversation, OutboxItem
from gateway.conversations.repository import begin_external_control, end_external_control
from gateway.core.keyring import Keyring
from gateway.inbox.delivery_status import reply_by_external_id
from gateway.referrals.codes import record_arrival

log = structlog.get_logger()


async def apply_platform_event(
    session: AsyncSession, keyring: Keyring, book: AddressBook, channel: ChannelName, event: PlatformEvent
) -> IgnoreReason | None:
    """Apply a platform event; returns why nothing changed, or None."""
    if event.kind == PlatformEventKind.RESTRICTED:
        log.error(
            "account_restricted",
            channel=channel,
            business_number=event.business_number,
            what_to_do="the platform restricts our account: read its message in the platform's own support inbox",
        )
        return None
    if event.kind == PlatformEventKind.REFERRAL:
        opened = await book.conversation_for(_as_message(event))
        await record_arrival(session, opened.row, event.referral)
        # To follow a link of ours is an act of the citizen: the window starts again.
        opened.row.last_citizen_message_at = max(opened.row.last_citizen_message_at, event.occurred_at)
        return None
    conversation = await _open_conversation(session, book, event)
    if event.kind == PlatformEventKind.ECHO and await _is_our_own(session, keyring, channel, event, conversation):
        return None
    if conversation is None:
        return IgnoreReason.UNKNOWN_CONVERSATION
    if event.kind == PlatformEventKind.OWN_CONTROL:
        await end_external_control(session, conversation)
    else:
        await begin_external_control(session, conversation, event.occurred_at, event.kind)
    return None


async def _is_our_own(
    session: AsyncSession,
    keyring: Keyring,
    channel: ChannelName,
    event: PlatformEvent,
    conversation: Conversation | None,
) -> bool:
    """Whether an echo is of a reply of ours.

    Where the platform does not say who wrote it and its id is unknown to us, a reply that is just being sent is assumed
    to be it: to silence the bot by its own message would be worse than to miss a colleague's first one.
    """
    if event.by_us is not None:
        return event.by_us
    if await reply_by_external_id(session, keyring, channel, event.external_id) is not None:
        return True
    in_flight = select(OutboxItem.id).where(
        OutboxItem.conversation_id == (conversation.id if conversation is not None else None),
        OutboxItem.state.in_((OutboxState.SENDING, OutboxState.UNKNOWN)),
    )
    return await session.scalar(in_flight.limit(1)) is not None


async def _open_conversation(session: AsyncSession, book: AddressBook, event: PlatformEvent) -> Conversation | None:
    contact = await book.find(_as_message(event))
    if contact is None:
        return None
    found: Conversation | None = await session.scalar(
        select(Conversation)
        .where(
            Conversation.contact_id == contact.id,
            Conversation.business_number == event.business_number,
            Conversation.state != ConversationState.CLOSED,
        )
        .order_by(Conversation.last_citizen_message_at.desc())
        .limit(1)
    )
    return found


def _as_message(event: PlatformEvent) -> IncomingMessage:
    return IncomingMessage(
        external_id=event.external_id,
        business_number=event.business_number,
        sent_at=event.occurred_at,
        kind=MessageKind.SYSTEM,
        user_id=event.user_id,
    )
