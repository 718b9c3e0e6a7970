"""Console: the transcript of a conversation as plain text; its export is recorded with the officer and the reason."""

import uuid
from collections.abc import Iterable

from sqlalchemy.ext.asyncio import AsyncSession

from gateway.console.timeline import CitizenSaid, Happened, Item, Said, load_timeline
from gateway.console.wording import FROM_WORDS, KINDS, SENDERS
from gateway.conversations.event_reasons import with_reason
from gateway.conversations.kinds import EventKind
from gateway.conversations.repository import add_event, locked, open_told
from gateway.conversations.told_wording import known_parts, part_words
from gateway.core.actors import Officer
from gateway.core.i18n import gettext, named
from gateway.core.locale import HELSINKI
from gateway.handover.errors import HandoverTextRefused
from gateway.handover.notes import Note
from gateway.outbox.templates import OutboxContext

MAX_ITEMS = 20_000


async def transcript(
    session: AsyncSession,
    service: OutboxContext,
    officer: Officer,
    conversation_id: uuid.UUID,
    reason: str,
    *,
    language: str = "fi",
    with_notes: bool = False,
) -> str:
    """The whole conversation in Helsinki time; notes on request. Raises `HandoverTextRefused` without a reason."""
    if not reason.strip():
        raise HandoverTextRefused("export_reason_missing")
    conversation = await locked(session, conversation_id)
    key = service.keyring.unwrap(conversation.wrapped_key)
    items, _ = await load_timeline(session, key, conversation, language, None, MAX_ITEMS)
    details = with_reason(service, conversation, reason)
    add_event(session, conversation_id, EventKind.EXPORTED, officer.actor, name=officer.name, **details)
    kept = (item for item in items if with_notes or not isinstance(item, Note))
    told = [part_words(language, *each) for each in known_parts(open_told(key, conversation.told_sealed))]
    begin = f"{gettext(language, FROM_WORDS)}: {'; '.join(told)}\n\n" if told else ""
    return f"Neuvo {conversation_id}\n\n{begin}" + "\n".join(_lines(kept, language)) + "\n"


def _lines(items: Iterable[Item], language: str) -> Iterable[str]:
    for item in items:
        at = item.at.astimezone(HELSINKI).strftime("%Y-%m-%d %H:%M:%S")
        yield f"[{at}] {_line(item, language)}"


def _line(item: Item, language: str) -> str:
    if isinstance(item, Happened):
        return f"* {item.text}"
    if isinstance(item, Note):
        return f"{gettext(language, SENDERS['note'])} ({item.officer_name}): {item.text}"
    if isinstance(item, CitizenSaid):
        kind = "deleted" if item.deleted else item.kind
        citizen = gettext(language, SENDERS["citizen"])
        return f"{citizen}: {item.text or '<' + named(language, KINDS, kind) + '>'}"
    return f"{_author(item, language)}: {item.whole_text} ({item.delivery})"


def _author(item: Said, language: str) -> str:
    return item.officer_name or named(language, SENDERS, item.author)
