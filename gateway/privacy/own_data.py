"""Privacy, telling: a citizen's own conversation as messages into the chat, in the order in which it was said.

Officers' notes are not in it: whether they may be told is for the force to decide (docs/dpia-notes.md).
"""

import datetime as dt
import json
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from gateway import encryption
from gateway.channels.base import Reply
from gateway.conversations.models import Conversation, Message, OutboxItem, Turn
from gateway.service import Service

HELSINKI = ZoneInfo("Europe/Helsinki")
# Three of WhatsApp's longest messages: more would push all else off a phone's screen.
MOST_CHARACTERS = 11_000
_ABOUT_PRIVACY = ("privacy_asked", "privacy_told", "privacy_kept")


@dataclass(frozen=True)
class _Line:
    at: dt.datetime
    author: str
    text: str


async def own_data(session: AsyncSession, service: Service, conversation: Conversation) -> list[str]:
    """The messages to send, in order: what there is, the conversation (its newest part), and how to get the rest."""
    lines, language = service.lines, conversation.language
    found = sorted([*await _said(session, service, conversation)], key=lambda line: line.at)
    written = [_written(service, language, line) for line in found]
    kept, length = 0, 0
    for text in reversed(written):
        length += len(text) + 1
        if length > MOST_CHARACTERS:
            break
        kept += 1
    begin = lines.say("privacy_tell_begin", language)
    if kept < len(written):
        begin = f"{begin}\n\n{lines.say('privacy_tell_cut', language)}"
    talk = "\n".join(written[len(written) - kept :])
    return [part for part in (begin, talk, lines.say("privacy_tell_end", language)) if part]


async def _said(session: AsyncSession, service: Service, conversation: Conversation) -> list[_Line]:
    """All conversations of this citizen, opened."""
    wanted = select(Conversation).where(Conversation.contact_id == conversation.contact_id)
    found: list[_Line] = []
    for row in await session.scalars(wanted):
        key = service.keyring.unwrap(row.wrapped_key)
        for message in await session.scalars(select(Message).where(Message.conversation_id == row.id)):
            sealed = message.content_sealed
            content = json.loads(encryption.unseal(key, sealed, "message.content")) if sealed else {}
            found.append(_Line(message.received_at, "you", content.get("text") or ""))
        replies = (
            select(OutboxItem)
            .outerjoin(Turn, Turn.id == OutboxItem.turn_id)
            .where(OutboxItem.conversation_id == row.id, OutboxItem.content_sealed.is_not(None))
            .where(Turn.outcome.is_(None) | Turn.outcome.not_in(_ABOUT_PRIVACY))
        )
        for item in await session.scalars(replies):
            plain = encryption.unseal(key, item.content_sealed or b"", "outbox_item.content")
            author = "officer" if item.author == "officer" else "bot"
            found.append(_Line(item.created_at, author, Reply.model_validate_json(plain).text))
    return found


def _written(service: Service, language: str | None, line: _Line) -> str:
    moment = line.at.astimezone(HELSINKI)
    author = service.lines.say(f"privacy_{line.author}", language or "fi")
    text = line.text or service.lines.say("privacy_no_words", language or "fi")
    return f"{moment.day}.{moment.month}.{moment.year} {moment:%H:%M} {author}: {text}"
