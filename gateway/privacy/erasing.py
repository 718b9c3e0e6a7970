"""Privacy, erasing: every conversation of a citizen goes with its key in one transaction; one last line remains.

What lies outside the database (the engine's memory, the spool, the list against restored backups) is forgotten by
`after_erasure.py`, which begins within a second and repeats what did not succeed.
"""

import datetime as dt
import uuid
from collections.abc import Sequence

from sqlalchemy import delete, exists, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from gateway import encryption
from gateway.accounts import audit
from gateway.channels.base import Reply
from gateway.content.noticing import forget_copies_of
from gateway.conversations.contacts import OpenConversation
from gateway.conversations.models import Contact, ContactAddress, Conversation, InboxEvent, Message, WebhookDelivery
from gateway.conversations.moving import move
from gateway.conversations.outbox import put
from gateway.database import now
from gateway.privacy.models import ErasedAddress, Erasure, LegalHold
from gateway.service import Service


async def erase(session: AsyncSession, service: Service, conversation: Conversation, wished_at: dt.datetime) -> None:
    """Erase the citizen of this conversation, as of the moment of their wish; what is under a legal hold stays.

    Words that they sent after the wish are kept: they belong to a new talk.
    """
    await session.flush()
    contact_id = conversation.contact_id
    await session.get_one(Contact, contact_id, with_for_update=True, populate_existing=True)
    # Locked in full, so that nothing is added to them between here and their end.
    wanted = select(Conversation).where(Conversation.contact_id == contact_id).order_by(Conversation.id)
    every = (await session.scalars(wanted.with_for_update(), execution_options={"populate_existing": True})).all()
    held = await _held(session, [row.id for row in every])
    gone = [row for row in every if row.id not in held]
    farewell = await _farewell(session, service, conversation)
    await _bring_over(session, service, every, farewell, wished_at)
    for row in gone:
        every_message = await session.scalars(select(Message).where(Message.conversation_id == row.id))
        await forget_copies_of(session, service.keyring, row, every_message.all())
    ids = [row.id for row in gone]
    dialogues = [row.dialogue_id.hex for row in gone]
    await session.execute(
        delete(Conversation).where(Conversation.id.in_(ids)), execution_options={"synchronize_session": False}
    )
    await _forget_address(session, contact_id, wished_at)
    await forget_finished_bodies(session)
    erasure = Erasure(
        contact_id=contact_id,
        conversations=[each.hex for each in ids],
        dialogues=dialogues,
        farewell_id=farewell.id,
        erased_at=now(),
    )
    session.add(erasure)
    await session.flush()
    await audit.record(
        session, "citizen", "erased_by_citizen", str(erasure.id), {"conversations": len(ids), "held": len(held)}
    )
    for each in ids:
        service.signals.send(session, "conversation", each.hex)
    await _say_last_line(session, service, farewell, "privacy_erased_except_held" if held else "privacy_erased")


async def forget_finished_bodies(session: AsyncSession) -> int:
    """Delete the raw copies of deliveries whose every event is done; returns how many."""
    waits = exists().where(InboxEvent.delivery_id == WebhookDelivery.id, InboxEvent.state == "new")
    gone = await session.execute(
        delete(WebhookDelivery).where(~waits).returning(WebhookDelivery.id),
        execution_options={"synchronize_session": False},
    )
    return len(gone.all())


async def _held(session: AsyncSession, ids: Sequence[uuid.UUID]) -> set[uuid.UUID]:
    wanted = select(LegalHold.conversation_id).where(LegalHold.conversation_id.in_(ids))
    return set(await session.scalars(wanted))


async def _farewell(session: AsyncSession, service: Service, last: Conversation) -> Conversation:
    """A conversation with a key of its own for the last line; it goes when that has been sent."""
    row = Conversation(
        contact_id=last.contact_id,
        channel=last.channel,
        business_number=last.business_number,
        wrapped_key=service.keyring.wrap(encryption.new_key()),
        dialogue_id=uuid.uuid4(),
        state="bot",
        language=last.language,
        introduced_at=now(),
        last_citizen_message_at=last.last_citizen_message_at,
        created_at=now(),
    )
    session.add(row)
    await session.flush()
    return row


async def _bring_over(
    session: AsyncSession,
    service: Service,
    every: Sequence[Conversation],
    farewell: Conversation,
    wished_at: dt.datetime,
) -> None:
    """What was written since the wish and waits for an answer goes to the new talk, under its key."""
    keys = {row.id: service.keyring.unwrap(row.wrapped_key) for row in every}
    new = OpenConversation(farewell, service.keyring.unwrap(farewell.wrapped_key))
    later = select(Message).where(
        Message.conversation_id.in_(keys), Message.turn_id.is_(None), Message.sent_at >= wished_at
    )
    for message in (await session.scalars(later)).all():
        move([message], keys[message.conversation_id], new)
        farewell.introduced_at = None  # somebody new, as far as we know
    await session.flush()


async def _forget_address(session: AsyncSession, contact_id: uuid.UUID, wished_at: dt.datetime) -> None:
    prints = await session.scalars(
        select(ContactAddress.value_fingerprint).where(ContactAddress.contact_id == contact_id)
    )
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    for print_ in prints.all():
        statement = dialect.insert(ErasedAddress).values(fingerprint=print_, before=wished_at)
        await session.execute(
            statement.on_conflict_do_update(index_elements=["fingerprint"], set_={"before": wished_at})
        )
    await session.execute(update(Contact).where(Contact.id == contact_id).values(language=None))


async def _say_last_line(session: AsyncSession, service: Service, farewell: Conversation, key: str) -> None:
    reply = Reply(text=service.lines.say(key, farewell.language))
    channel = service.channels[farewell.channel]
    own = service.keyring.unwrap(farewell.wrapped_key)
    await put(session, channel, farewell, own, reply, author="system", turn_id=None)
