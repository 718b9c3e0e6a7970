"""Backups: who was erased after the moment to which the database has returned is erased again."""

import uuid
from collections.abc import Iterable
from pathlib import Path

from sqlalchemy import Connection, delete, exists, select

from gateway.conversations.models import Contact, Conversation
from gateway.privacy.erased_list import ErasedList
from gateway.privacy.legal_holds import is_held


def erase_again(connection: Connection, folders: Iterable[Path], since: str = "") -> int:
    """Delete the conversations that the lists in these folders name from this moment on (ISO, UTC); returns how many.

    What stands under a legal hold of that moment stays: the database would refuse, and a supervisor has to look at it.
    """
    count = 0
    for folder in dict.fromkeys(path.resolve() for path in folders):
        for entry in ErasedList(folder):
            if entry.at < since:
                continue  # it is gone already, and the citizen may have written again since
            named = Conversation.id.in_([uuid.UUID(hex=each) for each in entry.conversations])
            deleted = connection.execute(delete(Conversation).where(named, ~is_held()).returning(Conversation.id))
            count += len(deleted.all())
            has_conversation = exists(select(Conversation.id).where(Conversation.contact_id == Contact.id))
            connection.execute(delete(Contact).where(Contact.id == uuid.UUID(hex=entry.contact), ~has_conversation))
    return count
