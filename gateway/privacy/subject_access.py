"""Privacy, right of access: a citizen's own conversations as messages in the chat, in order of time.

Officers' notes are not included: whether they may be disclosed is for the force to decide (docs/dpia-notes.md).
"""

import datetime as dt
import json
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.conversations.kinds import Author, TurnOutcome
from gateway.conversations.messages import Reply
from gateway.conversations.models import Conversation, Message, OutboxItem, Turn
from gateway.conversations.reactions import open_reaction
from gateway.conversations.repository import open_told
from gateway.conversations.told_wording import known_parts, part_words
from gateway.core import crypto
from gateway.core.locale import HELSINKI, Language
from gateway.outbox.templates import OutboxContext

# Three of WhatsApp's longest messages: more would hide all else on a phone.
MAX_CHARACTERS = 11_000
# Replies to such requests are excluded: each answer would contain the one before.
_ABOUT_PRIVACY = (TurnOutcome.PRIVACY_ASKED, TurnOutcome.PRIVACY_TOLD, TurnOutcome.PRIVACY_KEPT)


@dataclass(frozen=True)
class _Line:
    at: dt.datetime
    author: str
    text: str


async def collect_own_data(session: AsyncSession, service: OutboxContext, conversation: Conversation) -> list[str]:
    """The messages to send, in order: an introduction, the newest `MAX_CHARACTERS` of the data, how to get the rest."""
    lines, language = service.lines, conversation.language
    entries = sorted([*await _load_lines(session, service, conversation)], key=lambda line: line.at)
    formatted = [_format_line(service, language, line) for line in entries]
    kept, length = 0, 0
    for text in reversed(formatted):
        length += len(text) + 1
        if length > MAX_CHARACTERS:
            break
        kept += 1
    begin = lines.say("privacy_tell_begin", language)
    if kept < len(formatted):
        begin = f"{begin}\n\n{lines.say('privacy_tell_cut', language)}"
    conversation_text = "\n".join(formatted[len(formatted) - kept :])
    return [part for part in (begin, conversation_text, lines.say("privacy_tell_end", language)) if part]


async def _load_lines(session: AsyncSession, service: OutboxContext, conversation: Conversation) -> list[_Line]:
    """What was said in all conversations of this citizen, and what was noted of it, decrypted."""
    query = select(Conversation).where(Conversation.contact_id == conversation.contact_id)
    found: list[_Line] = []
    language = conversation.language or Language.FI
    for row in await session.scalars(query):
        key = service.keyring.unwrap(row.wrapped_key)
        noted = [part_words(language, *each) for each in known_parts(open_told(key, row.told_sealed))]
        if noted:
            found.append(_Line(row.last_citizen_message_at, "noted", "; ".join(noted)))
        for message in await session.scalars(select(Message).where(Message.conversation_id == row.id)):
            sealed = message.content_sealed
            content = json.loads(crypto.unseal(key, sealed, "message.content")) if sealed else {}
            found.append(_Line(message.received_at, "you", content.get("text") or ""))
        replies = (
            select(OutboxItem)
            .outerjoin(Turn, Turn.id == OutboxItem.turn_id)
            .where(OutboxItem.conversation_id == row.id, OutboxItem.content_sealed.is_not(None))
            .where(Turn.outcome.is_(None) | Turn.outcome.not_in(_ABOUT_PRIVACY))
        )
        for item in await session.scalars(replies):
            plain = crypto.unseal(key, item.content_sealed or b"", "outbox_item.content")
            author = Author.OFFICER if item.author == Author.OFFICER else Author.BOT
            found.append(_Line(item.created_at, author, Reply.model_validate_json(plain).whole_text))
            if reaction := open_reaction(key, item):
                found.append(_Line(item.created_at, "you", reaction))
    return found


def _format_line(service: OutboxContext, language: str | None, line: _Line) -> str:
    at = line.at.astimezone(HELSINKI)
    author = service.lines.say(f"privacy_{line.author}", language or Language.FI)
    text = line.text or service.lines.say("privacy_no_words", language or Language.FI)
    return f"{at.day}.{at.month}.{at.year} {at:%H:%M} {author}: {text}"
