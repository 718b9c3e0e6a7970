"""Station 3, reassignment: pending messages of a closed conversation go to the citizen's next one, under its key.

An officer may close a conversation while a message of it is pending or being processed: it begins a new conversation,
as a later message does. So does an edit of a message in a closed conversation, where there is danger in it.
"""

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.conversations.contacts import AddressBook, OpenConversation
from gateway.conversations.models import Conversation, Message
from gateway.core import crypto
from gateway.core.context import Context

_SEALED = (("content_sealed", "message.content"), ("external_id_sealed", "message.external_id"))


async def reassign_pending(session: AsyncSession, service: Context, closed: Conversation) -> None:
    """Move the pending messages of a closed conversation, which the caller has locked, to the citizen's open one."""
    pending = select(Message).where(Message.conversation_id == closed.id, Message.turn_id.is_(None))
    messages = (await session.scalars(pending.with_for_update())).all()
    if not messages:
        return
    target = await AddressBook(session, service.keyring, closed.channel, service.idle).next_conversation(closed)
    move_messages(messages, service.keyring.unwrap(closed.wrapped_key), target)
    newest = max(message.sent_at for message in messages)
    target.row.last_citizen_message_at = max(target.row.last_citizen_message_at, newest)
    for row in (closed, target.row):
        service.signals.send(session, "conversation", row.id.hex)
    service.signals.send(session, "turns")


def move_messages(messages: Iterable[Message], key: bytes, target: OpenConversation) -> None:
    """Put messages, encrypted with `key`, into another conversation, encrypted with its key."""
    for message in messages:
        for name, context in _SEALED:
            sealed = getattr(message, name)
            if sealed is not None:
                plain = crypto.unseal(key, sealed, context)
                setattr(message, name, crypto.seal(target.key, plain, context))
        message.conversation_id = target.row.id
