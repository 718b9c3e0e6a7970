"""Handover: a conversation as plain text, for export; that it was exported, by whom and why, is written down."""

import uuid
from collections.abc import Iterable
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from gateway.errors import NothingWritten
from gateway.handover.notes import Note
from gateway.handover.officers import Officer
from gateway.handover.queue import add_event, locked
from gateway.handover.reasons import with_reason
from gateway.handover.talk import CitizenSaid, Happened, Item, Said, talk_of
from gateway.handover.wording import word
from gateway.service import Service

HELSINKI = ZoneInfo("Europe/Helsinki")
MOST_ITEMS = 20_000


async def transcript(
    session: AsyncSession,
    service: Service,
    officer: Officer,
    conversation_id: uuid.UUID,
    reason: str,
    *,
    language: str = "fi",
    with_notes: bool = False,
) -> str:
    """The whole talk in Helsinki time; notes only when they are asked for. Raises `NothingWritten` without a reason."""
    if not reason.strip():
        raise NothingWritten("The conversation was not exported: give a reason.")
    conversation = await locked(session, conversation_id)
    key = service.keyring.unwrap(conversation.wrapped_key)
    items, _ = await talk_of(session, key, conversation, language, None, MOST_ITEMS)
    why = with_reason(service, conversation, reason)
    add_event(session, conversation_id, "exported", officer.actor, name=officer.name, **why)
    kept = (item for item in items if with_notes or not isinstance(item, Note))
    return f"Neuvo {conversation_id}\n\n" + "\n".join(_lines(kept, language)) + "\n"


def _lines(items: Iterable[Item], language: str) -> Iterable[str]:
    for item in items:
        moment = item.at.astimezone(HELSINKI).strftime("%Y-%m-%d %H:%M:%S")
        yield f"[{moment}] {_line(item, language)}"


def _line(item: Item, language: str) -> str:
    if isinstance(item, Happened):
        return f"* {item.text}"
    if isinstance(item, Note):
        return f"{word('author', 'note', language)} ({item.officer_name}): {item.text}"
    if isinstance(item, CitizenSaid):
        kind = "deleted" if item.deleted else item.kind
        return f"{word('author', 'citizen', language)}: {item.text or '<' + word('kind', kind, language) + '>'}"
    return f"{_author(item, language)}: {item.text} ({item.delivery})"


def _author(item: Said, language: str) -> str:
    return item.officer_name or word("author", item.author, language)
