"""Station 3, rereading: a message that is changed after its answer is read once more, for danger alone.

Its new words wait as a message of the kind `EDIT` and are a turn of their own. Without danger nothing is said and the
row goes again: the original holds the words. With danger it is a turn like any other: 112, and officers are told.
Whoever takes the message back takes its words from both; that officers were asked for stays.
"""

import uuid

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from gateway import encryption
from gateway.content.noticing import forget_copies_of
from gateway.conversations.dialogue import DialogueAnswer
from gateway.conversations.keys import Keyring
from gateway.conversations.models import Conversation, Message
from gateway.database import now

EDIT = "edit"


def read_again(session: AsyncSession, original: Message) -> None:
    """Let the new words of an answered message be looked at."""
    moment = now()
    session.add(
        Message(
            conversation_id=original.conversation_id,
            kind=EDIT,
            content_sealed=original.content_sealed,
            masked=[],
            external_fingerprint=uuid.uuid4().bytes,  # never a repeat of anything
            external_id_sealed=original.external_id_sealed,
            sent_at=moment,
            received_at=moment,
        )
    )


def needs_no_turn(kind: str, text: str, answer: DialogueAnswer | None) -> bool:
    """Whether this was only an edit without danger; one that could not be judged gets the line for a silent engine."""
    if kind != EDIT or not text:
        return kind == EDIT
    return answer is not None and answer.understood.danger is None


async def unsay(session: AsyncSession, keyring: Keyring, original: Message) -> None:
    """Take the words of an answered message back, from what was read again of it and from the editors' copies too.

    Turns, danger and urgency stay: an officer still looks.
    """
    await forget_copies_with(session, keyring, original)
    conversation = await session.get_one(Conversation, original.conversation_id)
    again = (
        select(Message, Conversation.wrapped_key)
        .join(Conversation, Conversation.id == Message.conversation_id)
        # In any talk of the citizen: where the first was over, the new words have begun another.
        .where(Conversation.contact_id == conversation.contact_id, Message.kind == EDIT)
        .with_for_update(of=Message)
    )
    wanted = _external_id(keyring, conversation.wrapped_key, original)
    for row, wrapped_key in (await session.execute(again)).all():
        if _external_id(keyring, wrapped_key, row) != wanted:
            continue
        if row.turn_id is None:
            await session.delete(row)  # nobody has read it yet
        else:
            row.content_sealed = None
    original.content_sealed = None


def _external_id(keyring: Keyring, wrapped_key: bytes, message: Message) -> bytes:
    return encryption.unseal(keyring.unwrap(wrapped_key), message.external_id_sealed, "message.external_id")


async def forget_copies_with(session: AsyncSession, keyring: Keyring, original: Message) -> None:
    """Delete the editors' copies that hold these words, alone or with what was answered together with them."""
    conversation = await session.get_one(Conversation, original.conversation_id)
    together = await session.scalars(select(Message).where(Message.turn_id == original.turn_id))
    await forget_copies_of(session, keyring, conversation, together.all())


async def forget_rereading(session: AsyncSession, message_id: int) -> None:
    """Drop the row of an edit that needs no answer."""
    await session.execute(delete(Message).where(Message.id == message_id))
