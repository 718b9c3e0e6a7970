"""Station 2, originals: the message that another one quotes, edits or revokes."""

import json

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.conversations.contacts import AddressBook
from gateway.conversations.kinds import ChannelName, IgnoreReason, InboxEventKind, InboxState
from gateway.conversations.messages import IncomingMessage
from gateway.conversations.models import Conversation, InboxEvent, Message
from gateway.conversations.repository import locked
from gateway.conversations.scam_checks import parts_of
from gateway.core import crypto
from gateway.core.database import now
from gateway.core.keyring import Keyring
from scam_check.parts import ScamParts


async def parts_of_quoted(
    session: AsyncSession, keyring: Keyring, book: AddressBook, message: IncomingMessage
) -> ScamParts | None:
    """What the check said of the message that is quoted: "is this genuine?" is asked about that."""
    await book.flush()
    contact = await book.find(message)
    if contact is None or message.about is None:
        return None
    wanted = keyring.fingerprint(f"{book.channel} message", message.about)
    quoted = await session.execute(
        select(Message.content_sealed, Conversation.wrapped_key)
        .join(Conversation, Conversation.id == Message.conversation_id)
        .where(Conversation.contact_id == contact.id, Message.external_fingerprint == wanted)
    )
    row = quoted.first()
    if row is None or row.content_sealed is None:
        return None
    return parts_of(json.loads(crypto.unseal(keyring.unwrap(row.wrapped_key), row.content_sealed, "message.content")))


async def original_of(
    session: AsyncSession, keyring: Keyring, book: AddressBook, message: IncomingMessage
) -> Message | None:
    """The message that is changed, locked, in any conversation of this citizen, also a closed one; or None."""
    contact = await book.find(message)
    if message.about is None or contact is None:
        return None
    wanted = keyring.fingerprint(f"{book.channel} message", message.about)
    of_citizen = (
        select(Message)
        .join(Conversation, Conversation.id == Message.conversation_id)
        .where(Conversation.contact_id == contact.id, Message.external_fingerprint == wanted)
    )
    conversation_id = await session.scalar(of_citizen.with_only_columns(Message.conversation_id))
    if conversation_id is None:
        return None
    await session.flush()
    await locked(session, conversation_id)  # before its message, as a turn does: no deadlock
    # Whether it has been answered must not change while this is decided.
    mine = of_citizen.with_for_update(of=Message).execution_options(populate_existing=True)
    found: Message | None = await session.scalar(mine)
    return found


async def ignore_original(
    session: AsyncSession, keyring: Keyring, channel: ChannelName, message: IncomingMessage, reason: IgnoreReason
) -> None:
    """The original has not been processed yet, as no order is guaranteed: ignore it when it comes."""
    if message.about is None:
        return
    wanted = keyring.fingerprint(f"{channel} message", message.about)
    known = await session.scalar(
        select(InboxEvent).where(
            InboxEvent.channel == channel,
            InboxEvent.kind == InboxEventKind.MESSAGE,
            InboxEvent.external_fingerprint == wanted,
        )
    )
    if known is None:
        # Under the original's own id, so that it will count as a duplicate.
        session.add(
            InboxEvent(
                channel=channel,
                kind=InboxEventKind.MESSAGE,
                external_fingerprint=wanted,
                state=InboxState.IGNORED,
                reason=reason,
                occurred_at=message.sent_at,
                received_at=now(),
            )
        )
        await session.flush()
    elif known.state == InboxState.NEW:
        known.state, known.reason, known.content_sealed = InboxState.IGNORED, reason, None
