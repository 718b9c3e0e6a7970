"""Station 3, edits: a message that is edited after its answer is judged again, for danger alone.

The edited text waits as a message of the kind `EDIT` and is a turn of its own. Without danger it gets no reply and the
row is deleted: the original holds the text. With danger it is a turn like any other: 112, and the officers' queue.
Revoking the message deletes the text of both; the entry in the queue stays.
"""

import uuid

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.conversations.events import MessagesErased
from gateway.conversations.kinds import MessageKind
from gateway.conversations.models import Conversation, Message
from gateway.conversations.repository import keep_told, locked, open_told
from gateway.conversations.told import FACTS
from gateway.core import crypto
from gateway.core.database import now
from gateway.core.events import publish
from gateway.core.keyring import Keyring
from gateway.dialogue.engine import DialogueAnswer


def queue_edit(session: AsyncSession, original: Message) -> None:
    """Queue the edited text of an answered message as a pending message."""
    queued_at = now()
    session.add(
        Message(
            conversation_id=original.conversation_id,
            kind=MessageKind.EDIT,
            content_sealed=original.content_sealed,
            masked=[],
            suspected=original.suspected,
            external_fingerprint=uuid.uuid4().bytes,  # never a duplicate
            external_id_sealed=original.external_id_sealed,
            sent_at=queued_at,
            received_at=queued_at,
        )
    )


def needs_no_turn(text: str, answer: DialogueAnswer | None) -> bool:
    """Whether an edit is without danger; one that could not be judged gets the text for an engine failure."""
    return not text or (answer is not None and answer.understood.danger is None)


async def revoke_answered(session: AsyncSession, keyring: Keyring, original: Message) -> None:
    """Delete the text of an answered message, of its edits and of the editors' copies.

    Turns, danger and urgency stay: an officer still looks.
    """
    await erase_copies(session, keyring, original)
    conversation = await session.get_one(Conversation, original.conversation_id)
    edits = (
        select(Message, Conversation.wrapped_key)
        .join(Conversation, Conversation.id == Message.conversation_id)
        # In any conversation of the citizen: an edit in a closed one has begun another.
        .where(Conversation.contact_id == conversation.contact_id, Message.kind == MessageKind.EDIT)
        .with_for_update(of=Message)
    )
    wanted = _external_id(keyring, conversation.wrapped_key, original)
    for row, wrapped_key in (await session.execute(edits)).all():
        if _external_id(keyring, wrapped_key, row) != wanted:
            continue
        if row.turn_id is None:
            await session.delete(row)  # it has not been judged yet
        else:
            row.content_sealed = None
    original.content_sealed = None
    if conversation.told_sealed is not None:
        await _forget_facts(session, keyring, original)


async def _forget_facts(session: AsyncSession, keyring: Keyring, original: Message) -> None:
    """What this message told in passing goes with it; danger, a request and a watched phone stay, as its turn does."""
    conversation = await locked(session, original.conversation_id)
    key = keyring.unwrap(conversation.wrapped_key)
    told = open_told(key, conversation.told_sealed)
    kept = {part: values for part, values in told.facts.items() if told.sources.get(part) != original.id}
    if kept != told.facts:
        sources = {part: source for part, source in told.sources.items() if part in kept or part not in FACTS}
        keep_told(key, conversation, told.model_copy(update={"facts": kept, "sources": sources}))


def _external_id(keyring: Keyring, wrapped_key: bytes, message: Message) -> bytes:
    return crypto.unseal(keyring.unwrap(wrapped_key), message.external_id_sealed, "message.external_id")


async def erase_copies(session: AsyncSession, keyring: Keyring, original: Message) -> None:
    """Delete the editors' copies that hold this text, alone or with the other messages of its turn."""
    conversation = await session.get_one(Conversation, original.conversation_id)
    of_turn = await session.scalars(select(Message).where(Message.turn_id == original.turn_id))
    await publish(session, MessagesErased(keyring, conversation, of_turn.all()))


async def delete_edit(session: AsyncSession, message_id: int) -> None:
    """Delete the pending row of an edit that needs no answer."""
    await session.execute(delete(Message).where(Message.id == message_id))
