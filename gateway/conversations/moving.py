"""Station 3, moving: words that nobody has answered go over to another talk of the citizen, under its key.

An officer may end a talk while a message of it waits, or is being sorted: what nobody has answered begins a new talk,
as whatever is written later does. So does an edit of words in a talk that is over, where there is danger in it.
"""

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from gateway import encryption
from gateway.conversations.contacts import AddressBook, OpenConversation
from gateway.conversations.models import Conversation, Message
from gateway.service import Service

_SEALED = (("content_sealed", "message.content"), ("external_id_sealed", "message.external_id"))


async def begin_anew(session: AsyncSession, service: Service, over: Conversation) -> None:
    """Let what waits in a talk that is over be answered in the citizen's next one; `over` is locked by the caller."""
    waits = select(Message).where(Message.conversation_id == over.id, Message.turn_id.is_(None))
    messages = (await session.scalars(waits.with_for_update())).all()
    if not messages:
        return
    talk = await AddressBook(session, service.keyring, over.channel, service.idle).after(over)
    move(messages, service.keyring.unwrap(over.wrapped_key), talk)
    newest = max(message.sent_at for message in messages)
    talk.row.last_citizen_message_at = max(talk.row.last_citizen_message_at, newest)
    for row in (over, talk.row):
        service.signals.send(session, "conversation", row.id.hex)
    service.signals.send(session, "turns")  # they wait there now


def move(messages: Iterable[Message], key: bytes, talk: OpenConversation) -> None:
    """Put messages, sealed with `key`, into a talk and under its key."""
    for message in messages:
        for name, context in _SEALED:
            sealed = getattr(message, name)
            if sealed is not None:
                plain = encryption.unseal(key, sealed, context)
                setattr(message, name, encryption.seal(talk.key, plain, context))
        message.conversation_id = talk.row.id
