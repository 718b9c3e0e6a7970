"""Console: messages, replies, events and notes of a conversation, decrypted, in order of time."""

import datetime as dt
import json
import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.console import event_wording, wording
from gateway.console.danger_words import danger_words
from gateway.conversations import scam_wording
from gateway.conversations.attachments import AttachedFile, Place
from gateway.conversations.event_reasons import opened_details
from gateway.conversations.kinds import (
    Author,
    Danger,
    EventKind,
    MessageKind,
    OutboxState,
    TurnOutcome,
    UnaskedKind,
)
from gateway.conversations.messages import Reply
from gateway.conversations.models import Conversation, ConversationEvent, Message, OutboxItem, Turn
from gateway.conversations.reactions import open_reaction
from gateway.conversations.scam_checks import SCAM_CHECK, parts_of
from gateway.core import crypto
from gateway.core.i18n import filled, gettext, moment, named, translated
from gateway.handover.notes import Note, list_notes
from scam_check.kinds import Suspicion


@dataclass(frozen=True)
class ScamCheckShown:
    """What the check says of a pasted message, in the reader's words."""

    suspicion: str
    is_suspicious: bool
    reasons: tuple[str, ...]
    asked: tuple[str, ...]
    domains: tuple[str, ...]


@dataclass(frozen=True)
class CitizenSaid:
    """A masked message of the citizen, with the result of its turn."""

    id: int
    at: dt.datetime
    kind: MessageKind
    text: str | None  # None for a revoked message, or one without text
    deleted: bool
    has_media: bool  # a file, a place or a contact card, which is opened for a reason
    edited: bool
    quotes: str | None  # the beginning of the message that this one answers; empty where it is not on the same page
    masked: tuple[str, ...]
    topic: str | None
    question: str | None
    confidence: float | None
    guesses: tuple[str, ...]
    language: str | None
    danger: Danger | None
    danger_words: str | None  # the sentence that is the danger, where it is told from the others
    scam_check: ScamCheckShown | None
    understood: bool  # false while the turn runs, and after an engine failure: an officer must read it


@dataclass(frozen=True)
class Said:
    """A message to the citizen, as the phone shows it."""

    id: uuid.UUID
    at: dt.datetime
    author: Author
    officer_name: str | None
    text: str
    choices: tuple[str, ...]
    file: AttachedFile | None
    place: Place | None
    reaction: str | None  # the emoji with which the citizen answered it
    unasked: UnaskedKind | None
    state: OutboxState
    delivery: str  # in the reader's words
    failed: bool

    @property
    def whole_text(self) -> str:
        """The text, with the name of its file and its place in words."""
        return Reply(text=self.text, file=self.file, place=self.place).whole_text


@dataclass(frozen=True)
class Happened:
    """An event of the conversation, as a sentence."""

    id: int
    at: dt.datetime
    kind: EventKind
    text: str


QUOTE_LENGTH = 90  # characters
Item = CitizenSaid | Said | Happened | Note
_RANKS = {2: "delivered", 3: "read", 4: "read"}


async def load_timeline(
    session: AsyncSession, key: bytes, conversation: Conversation, language: str, before: dt.datetime | None, limit: int
) -> tuple[list[Item], bool]:
    """The newest `limit` items from before `before`, the oldest first, and whether there are earlier ones.

    Four queries; `key` is the conversation's, `language` the reader's.
    """
    end = before or dt.datetime.max.replace(tzinfo=dt.UTC)
    found: list[Item] = [
        *await _messages(session, key, conversation.id, end, limit + 1, language),
        *await _replies(session, key, conversation.id, end, limit + 1, language),
        *await _events(session, key, conversation.id, end, limit + 1, language),
        *await list_notes(session, key, conversation.id, before=end, limit=limit + 1),
    ]
    found.sort(key=lambda item: item.at)
    return await _with_quotes(session, key, found[-limit:]), len(found) > limit


async def _with_quotes(session: AsyncSession, key: bytes, items: list[Item]) -> list[Item]:
    """The items, each quoting message with the beginning of what it quotes; two queries more where there is one."""
    if not any(isinstance(item, CitizenSaid) and item.quotes for item in items):
        return items
    texts = {item.id: item.text or "" for item in items if isinstance(item, CitizenSaid | Said)}
    messages = [each for each in texts if isinstance(each, int)]
    replies = [each for each in texts if isinstance(each, uuid.UUID)]
    sealed: dict[str, Select[Any, Any]] = {
        "message.external_id": select(Message.id, Message.external_id_sealed).where(Message.id.in_(messages)),
        "outbox_item.external_id": select(OutboxItem.id, OutboxItem.external_id_sealed).where(
            OutboxItem.id.in_(replies)
        ),
    }
    known: dict[str, str] = {}
    for context, query in sealed.items():
        for row in await session.execute(query):
            if row.external_id_sealed is not None:
                known[crypto.unseal(key, row.external_id_sealed, context).decode()] = texts[row.id]
    return [
        replace(item, quotes=_quote(item, known.get(item.quotes)))
        if isinstance(item, CitizenSaid) and item.quotes
        else item
        for item in items
    ]


def _quote(item: CitizenSaid, text: str | None) -> str | None:
    if not text:
        return None if item.kind == MessageKind.CHOICE else ""  # a press always names the message with the button
    words = " ".join(text.split())
    return words if len(words) <= QUOTE_LENGTH else f"{words[: QUOTE_LENGTH - 1].rstrip()}…"


async def _messages(
    session: AsyncSession, key: bytes, conversation_id: uuid.UUID, end: dt.datetime, limit: int, language: str
) -> Sequence[CitizenSaid]:
    rows = await session.execute(
        select(Message, Turn)
        .outerjoin(Turn, Turn.id == Message.turn_id)
        .where(Message.conversation_id == conversation_id, Message.received_at < end)
        .order_by(Message.received_at.desc(), Message.id.desc())
        .limit(limit)
    )
    return _marked([(_citizen_said(key, message, turn, language), message.turn_id) for message, turn in rows])


def _marked(said: Sequence[tuple[CitizenSaid, uuid.UUID | None]]) -> Sequence[CitizenSaid]:
    """The messages; of a turn with danger only those are marked in which there is some, where that can be told."""
    found = [replace(item, danger_words=danger_words(item.text or "") if item.danger else None) for item, _ in said]
    told_apart = {turn for item, (_, turn) in zip(found, said, strict=True) if item.danger_words}
    return [
        item if item.danger_words or turn not in told_apart else replace(item, danger=None)
        for item, (_, turn) in zip(found, said, strict=True)
    ]


def _scam_check_shown(content: dict[str, Any], topic: str | None, language: str) -> ScamCheckShown | None:
    parts = parts_of(content)
    if parts is None or (parts.told and topic != SCAM_CHECK):
        return None  # told in own words, and answered as what it is about
    return ScamCheckShown(
        suspicion=named(language, scam_wording.SUSPICIONS, parts.suspicion.value),
        is_suspicious=parts.suspicion is not Suspicion.NONE,
        reasons=tuple(scam_wording.reason_name(language, reason) for reason in parts.reasons),
        asked=tuple(named(language, scam_wording.ASKED, each.value) for each in parts.asked),
        domains=parts.domains,
    )


def _citizen_said(key: bytes, message: Message, turn: Turn | None, language: str) -> CitizenSaid:
    sealed = message.content_sealed
    content = json.loads(crypto.unseal(key, sealed, "message.content")) if sealed else {}
    return CitizenSaid(
        id=message.id,
        at=message.received_at,
        kind=message.kind,
        text=content.get("text"),
        deleted=sealed is None,
        has_media=bool(content.get("media_id") or content.get("details")),
        edited=bool(content.get("edited")),
        quotes=content.get("about"),
        masked=tuple(message.masked),
        topic=turn.topic if turn else None,
        question=turn.question if turn else None,
        confidence=turn.confidence if turn else None,
        guesses=tuple(turn.guesses) if turn else (),
        language=turn.language if turn else None,
        danger=turn.danger if turn else None,
        danger_words=None,
        scam_check=_scam_check_shown(content, turn.topic if turn else None, language),
        understood=turn is not None and (turn.topic is not None or _is_answered_button(message, turn)),
    )


def _is_answered_button(message: Message, turn: Turn) -> bool:
    return message.kind == MessageKind.CHOICE and turn.outcome != TurnOutcome.ENGINE_FAILURE


async def _replies(
    session: AsyncSession, key: bytes, conversation_id: uuid.UUID, end: dt.datetime, limit: int, language: str
) -> Sequence[Said]:
    rows = await session.scalars(
        select(OutboxItem)
        .where(OutboxItem.conversation_id == conversation_id, OutboxItem.created_at < end)
        .order_by(OutboxItem.created_at.desc(), OutboxItem.sequence.desc())
        .limit(limit)
    )
    return [_said(key, row, language) for row in rows]


def _said(key: bytes, row: OutboxItem, language: str) -> Said:
    sealed = row.content_sealed
    reply = Reply.model_validate_json(crypto.unseal(key, sealed, "outbox_item.content")) if sealed else Reply(text="")
    return Said(
        id=row.id,
        at=row.created_at,
        author=row.author,
        officer_name=row.officer_name,
        text=reply.text,
        choices=tuple(choice.title for choice in reply.choices),
        file=reply.file,
        place=reply.place,
        reaction=open_reaction(key, row),
        unasked=row.unasked_kind,
        state=row.state,
        delivery=delivery_words(row, language),
        failed=row.state == OutboxState.FAILED,
    )


async def _events(
    session: AsyncSession, key: bytes, conversation_id: uuid.UUID, end: dt.datetime, limit: int, language: str
) -> Sequence[Happened]:
    rows = await session.scalars(
        select(ConversationEvent)
        .where(ConversationEvent.conversation_id == conversation_id, ConversationEvent.created_at < end)
        .order_by(ConversationEvent.created_at.desc(), ConversationEvent.id.desc())
        .limit(limit)
    )
    return [
        Happened(row.id, row.created_at, row.kind, event_words(row.kind, opened_details(key, row.details), language))
        for row in rows
    ]


def delivery_words(item: OutboxItem, language: str) -> str:
    """What became of a reply, as a tick says it, or as a sentence where it failed or waits."""
    if item.state == "failed":
        return gettext(language, event_wording.FAILURE.get(item.error_class or "", event_wording.FAILURE["other"]))
    state: str = item.state
    if state == "sent":
        state = _RANKS.get(item.delivery_rank, "sent")
    elif state == "dropped" and item.unasked_kind is not None:
        state = "not_invited" if item.unasked_kind == UnaskedKind.INVITED else "held_back"
    elif state in ("queued", "unknown"):
        state = item.waits_for or ("status" if state == "unknown" else "queued")
    return named(language, event_wording.DELIVERY, state)


def event_words(kind: str, details: Mapping[str, Any], language: str) -> str:
    """What happened in a conversation, as a sentence with the names in it."""
    reason = details.get("reason") or details.get("why") or ""
    values = defaultdict(str, {key: value for key, value in details.items() if value is not None})
    values["reason"] = named(language, wording.REASON, reason) if reason else ""
    values["entry"] = named(language, event_wording.UNASKED, details.get("entry") or "")
    if until := details.get("until"):
        values["until"] = moment(dt.datetime.fromisoformat(until))
    if kind not in event_wording.EVENT:
        return kind
    return filled(translated(language, event_wording.EVENT[kind]), event_wording.EVENT[kind], values).strip()
