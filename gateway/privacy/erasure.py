"""Privacy, erasure: every conversation of a citizen is deleted with its key in one transaction; a confirmation remains.

What is outside the database (the dialogue engine, the spool, the list for restored backups) is handled by
`after_erasure.py`, which starts within a second and retries what failed.
"""

import datetime as dt
import uuid
from collections.abc import Callable, Sequence

from sqlalchemy import delete, exists, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.accounts import audit
from gateway.conversations.contacts import OpenConversation
from gateway.conversations.events import MessagesErased
from gateway.conversations.kinds import Author, ConversationState, InboxState
from gateway.conversations.messages import Reply
from gateway.conversations.models import (
    Contact,
    ContactAddress,
    Conversation,
    ErasedAddress,
    InboxEvent,
    Message,
    WebhookDelivery,
)
from gateway.conversations.reassign import move_messages
from gateway.conversations.states import ActorRole
from gateway.core import crypto
from gateway.core.database import now, upsert
from gateway.core.events import publish
from gateway.outbox.queue import ERASURE_CONFIRMED, enqueue
from gateway.outbox.templates import OutboxContext
from gateway.privacy.models import Erasure, LegalHold


async def erase(
    session: AsyncSession, service: OutboxContext, conversation: Conversation, requested_at: dt.datetime
) -> None:
    """Erase all data of this conversation's citizen from before `requested_at`; conversations under a legal hold stay.

    Messages that they sent after the request move to a new conversation.
    """
    contact_id = conversation.contact_id
    conversations = await _lock_all(session, contact_id)
    held = await _held(session, [row.id for row in conversations])
    farewell = await _create_farewell(session, service, conversation)
    await _move_later_messages(session, service, conversations, farewell, requested_at)
    erased = [row for row in conversations if row.id not in held]
    await _erase_rows(session, service, contact_id, erased, requested_at, farewell=farewell, kept=len(held))
    await _queue_last_line(session, service, farewell, "privacy_erased_except_held" if held else "privacy_erased")


async def erase_silently(
    session: AsyncSession,
    service: OutboxContext,
    contact_id: uuid.UUID,
    requested_at: dt.datetime,
    *,
    is_kept: Callable[[Conversation], bool],
) -> Sequence[Conversation]:
    """The same without a last line, for a page that confirms by itself; returns the conversations that stay.

    Those under a legal hold stay, and those that `is_kept` names.
    """
    conversations = await _lock_all(session, contact_id)
    held = await _held(session, [row.id for row in conversations])
    kept = [row for row in conversations if row.id in held or is_kept(row)]
    erased = [row for row in conversations if row not in kept]
    if erased:
        await _erase_rows(session, service, contact_id, erased, requested_at, kept=len(kept))
    return kept


async def _lock_all(session: AsyncSession, contact_id: uuid.UUID) -> Sequence[Conversation]:
    """The contact's conversations, all locked, so that none gets a new row before it is deleted."""
    await session.flush()
    await session.get_one(Contact, contact_id, with_for_update=True, populate_existing=True)
    query = select(Conversation).where(Conversation.contact_id == contact_id).order_by(Conversation.id)
    reload = {"populate_existing": True}
    return (await session.scalars(query.with_for_update(), execution_options=reload)).all()


async def _erase_rows(
    session: AsyncSession,
    service: OutboxContext,
    contact_id: uuid.UUID,
    erased: Sequence[Conversation],
    requested_at: dt.datetime,
    *,
    farewell: Conversation | None = None,
    kept: int,
) -> None:
    """The one way in which conversations are erased: with the editors' copies, in every store, and for restores too."""
    for row in erased:
        messages = await session.scalars(select(Message).where(Message.conversation_id == row.id))
        await publish(session, MessagesErased(service.keyring, row, messages.all()))
    ids = [row.id for row in erased]
    dialogues = [row.dialogue_id.hex for row in erased]
    await session.execute(
        delete(Conversation).where(Conversation.id.in_(ids)), execution_options={"synchronize_session": False}
    )
    await _block_earlier_messages(session, contact_id, requested_at)
    await delete_processed_bodies(session)
    erasure = Erasure(
        contact_id=contact_id,
        conversations=[each.hex for each in ids],
        dialogues=dialogues,
        farewell_id=farewell.id if farewell is not None else None,
        erased_at=now(),
    )
    await _record(session, erasure, held=kept)
    for each in ids:
        service.signals.send(session, "conversation", each.hex)


async def _record(session: AsyncSession, erasure: Erasure, *, held: int) -> None:
    session.add(erasure)
    await session.flush()
    details = {"conversations": len(erasure.conversations), "held": held}
    await audit.record(session, ActorRole.CITIZEN, "erased_by_citizen", str(erasure.id), details)


async def delete_processed_bodies(session: AsyncSession) -> int:
    """Delete the raw bodies of deliveries without an unprocessed event; returns how many."""
    unprocessed = exists().where(InboxEvent.delivery_id == WebhookDelivery.id, InboxEvent.state == InboxState.NEW)
    deleted = await session.execute(
        delete(WebhookDelivery).where(~unprocessed).returning(WebhookDelivery.id),
        execution_options={"synchronize_session": False},
    )
    return len(deleted.all())


async def _held(session: AsyncSession, ids: Sequence[uuid.UUID]) -> set[uuid.UUID]:
    query = select(LegalHold.conversation_id).where(LegalHold.conversation_id.in_(ids))
    return set(await session.scalars(query))


async def _create_farewell(session: AsyncSession, service: OutboxContext, last: Conversation) -> Conversation:
    """A new conversation with its own key for the confirmation; deleted once that is sent."""
    row = Conversation(
        contact_id=last.contact_id,
        channel=last.channel,
        business_number=last.business_number,
        wrapped_key=service.keyring.wrap(crypto.new_key()),
        dialogue_id=uuid.uuid4(),
        state=ConversationState.BOT,
        language=last.language,
        introduced_at=now(),
        last_citizen_message_at=last.last_citizen_message_at,
        created_at=now(),
    )
    session.add(row)
    await session.flush()
    return row


async def _move_later_messages(
    session: AsyncSession,
    service: OutboxContext,
    conversations: Sequence[Conversation],
    farewell: Conversation,
    requested_at: dt.datetime,
) -> None:
    """Move unanswered messages from after the request to the new conversation, under its key."""
    keys = {row.id: service.keyring.unwrap(row.wrapped_key) for row in conversations}
    new = OpenConversation(farewell, service.keyring.unwrap(farewell.wrapped_key))
    later = select(Message).where(
        Message.conversation_id.in_(keys), Message.turn_id.is_(None), Message.sent_at >= requested_at
    )
    for message in (await session.scalars(later)).all():
        move_messages([message], keys[message.conversation_id], new)
        farewell.introduced_at = None  # treated as a new citizen
    await session.flush()


async def _block_earlier_messages(session: AsyncSession, contact_id: uuid.UUID, requested_at: dt.datetime) -> None:
    fingerprints = await session.scalars(
        select(ContactAddress.value_fingerprint).where(ContactAddress.contact_id == contact_id)
    )
    for fingerprint in fingerprints.all():
        statement = upsert(session, ErasedAddress).values(fingerprint=fingerprint, before=requested_at)
        await session.execute(
            statement.on_conflict_do_update(index_elements=["fingerprint"], set_={"before": requested_at})
        )
    await session.execute(update(Contact).where(Contact.id == contact_id).values(language=None))


async def _queue_last_line(session: AsyncSession, service: OutboxContext, farewell: Conversation, key: str) -> None:
    reply = Reply(text=service.lines.say(key, farewell.language))
    channel = service.channels[farewell.channel]
    own = service.keyring.unwrap(farewell.wrapped_key)
    await enqueue(session, channel, farewell, own, reply, ERASURE_CONFIRMED, author=Author.SYSTEM)
