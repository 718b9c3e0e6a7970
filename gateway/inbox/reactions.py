"""Station 2, reactions: an emoji with which a citizen answers one of our messages, kept beside it for officers.

It begins no conversation and no turn: nothing is answered to it.
"""

import uuid

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.conversations.contacts import AddressBook
from gateway.conversations.messages import IncomingMessage
from gateway.conversations.models import Conversation, OutboxItem
from gateway.conversations.reactions import keep_reaction
from gateway.core.keyring import Keyring


async def record_reaction(
    session: AsyncSession, keyring: Keyring, book: AddressBook, message: IncomingMessage
) -> uuid.UUID | None:
    """Keep the citizen's reaction to a message of ours, or take it back; returns the conversation, if there is one."""
    contact = await book.find(message)
    if message.about is None or contact is None:
        return None
    named = keyring.fingerprint(f"{book.channel} sent", message.about)
    rows = await session.execute(
        select(OutboxItem, Conversation.wrapped_key)
        .join(Conversation, Conversation.id == OutboxItem.conversation_id)
        .where(OutboxItem.external_fingerprint == named, Conversation.contact_id == contact.id)
        .limit(1)
    )
    found = rows.first()
    if found is None:
        return None
    item, wrapped_key = found
    keep_reaction(keyring.unwrap(wrapped_key), item, message.reaction)
    reacted: uuid.UUID = item.conversation_id
    return reacted
