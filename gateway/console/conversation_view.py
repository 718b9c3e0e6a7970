"""Console: one conversation as an officer's page shows it, and the citizen's earlier conversations."""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.console.timeline import CitizenSaid, Item, Said, load_timeline
from gateway.console.told_view import ToldItem, told_items
from gateway.conversations.addresses import recipient_of
from gateway.conversations.attachments import AttachmentKind
from gateway.conversations.event_reasons import with_reason
from gateway.conversations.kinds import ChannelName, ConversationState, Danger, EventKind, QueueRank, UnaskedKind
from gateway.conversations.models import Conversation, ConversationEvent
from gateway.conversations.repository import add_event, locked, open_told
from gateway.conversations.states import CHANGES, ChangeName, roles_of
from gateway.conversations.told import Told
from gateway.core.actors import Officer
from gateway.core.errors import ConversationMissing
from gateway.handover.assignment import is_asked
from gateway.handover.blocking import is_blocked
from gateway.handover.drafts import load_draft
from gateway.handover.errors import HandoverTextRefused
from gateway.handover.labels import labels_of
from gateway.handover.models import QueueEntry
from gateway.handover.presence import Viewer, viewers_of
from gateway.handover.queue import find_open_entry
from gateway.outbox.reengagement import window_is_open, window_of
from gateway.outbox.templates import OutboxContext

PAGE_SIZE = 50
MAX_EARLIER = 50


@dataclass(frozen=True)
class EarlierConversation:
    """Another conversation of the same citizen; deleted after the retention period."""

    id: uuid.UUID
    begun_at: dt.datetime
    last_message_at: dt.datetime
    state: ConversationState
    language: str | None
    with_officer: bool


@dataclass(frozen=True)
class ConversationView:
    """All that the page needs; `earlier_before` is the `before` of the page of earlier items, where there is one."""

    id: uuid.UUID
    state: ConversationState
    owner: Officer | None
    mine: bool
    channel: ChannelName
    attachments: frozenset[AttachmentKind]  # what can go along with a reply here
    language: str | None
    topic: str | None
    urgency: Danger | None
    rank: QueueRank | None
    waiting_since: dt.datetime | None
    snoozed_until: dt.datetime | None
    team_id: uuid.UUID | None
    area_id: uuid.UUID | None
    asked: str | None  # the name of who is asked to take it
    window_ends: dt.datetime
    window_open: bool
    said_under_18: bool
    told: Told
    told_items: Sequence[ToldItem]
    blocked: bool
    labels: tuple[str, ...]
    looking: tuple[Viewer, ...]
    draft: str
    promised: str  # a finished reply of this officer that goes out when the citizen writes
    may: frozenset[ChangeName]  # the changes that this officer may make now
    items: Sequence[Item]
    earlier_before: dt.datetime | None
    earlier_conversations: Sequence[EarlierConversation]

    @property
    def last_words(self) -> Said | None:
        """What the citizen was told when an officer ended the talk; None while one has it, or after words of theirs."""
        for item in reversed(self.items):
            if self.owner is not None or isinstance(item, CitizenSaid):
                return None
            if isinstance(item, Said) and item.unasked == UnaskedKind.GIVEN_BACK:
                return item
        return None

    @property
    def maps_places(self) -> bool:
        """Whether a place is shown as one there, and not only as words."""
        return self.channel in (ChannelName.WHATSAPP, ChannelName.WEB)


async def conversation_view(
    session: AsyncSession, service: OutboxContext, officer: Officer, conversation_id: uuid.UUID, *,
    language: str = "fi", before: dt.datetime | None = None, page: int = PAGE_SIZE,
) -> ConversationView:  # fmt: skip
    """The conversation, newest page first, in the officer's language; raises `ConversationMissing`."""
    key = service.keyring.unwrap((conversation := await _existing(session, conversation_id)).wrapped_key)
    items, more = await load_timeline(session, key, conversation, language, before, page)
    told, entry = open_told(key, conversation.told_sealed), await find_open_entry(session, conversation)
    draft, goes_when_open = await load_draft(session, key, officer, conversation.id)
    return ConversationView(
        id=conversation.id,
        state=conversation.state,
        owner=_owner(conversation),
        mine=conversation.officer_id == officer.id,
        channel=conversation.channel,
        attachments=_carried(service, conversation),
        language=conversation.language,
        topic=entry.topic if entry else None,
        urgency=conversation.urgency,
        rank=entry.rank if entry else None,
        waiting_since=entry.waiting_since if entry else None,
        snoozed_until=entry.snoozed_until if entry else None,
        team_id=entry.team_id if entry else None,
        area_id=entry.area_id if entry else None,
        asked=_asked(service, conversation, entry),
        window_ends=conversation.last_citizen_message_at + window_of(service, conversation.channel),
        window_open=window_is_open(service, conversation),
        said_under_18=conversation.said_under_18,
        told=told,
        told_items=await told_items(session, conversation.id, told, items, language),
        blocked=await is_blocked(session, conversation),
        labels=(await labels_of(session, [conversation.id])).get(conversation.id, ()),
        looking=tuple((await viewers_of(session, [conversation.id])).get(conversation.id, ())),
        draft="" if goes_when_open else draft,
        promised=draft if goes_when_open else "",
        may=allowed_changes(officer, conversation),
        items=items,
        earlier_before=items[0].at if more else None,
        earlier_conversations=await earlier_conversations(session, conversation),
    )


async def _existing(session: AsyncSession, conversation_id: uuid.UUID) -> Conversation:
    conversation = await session.get(Conversation, conversation_id)
    if conversation is None:
        raise ConversationMissing("conversation_missing")
    return conversation


def _carried(service: OutboxContext, conversation: Conversation) -> frozenset[AttachmentKind]:
    channel = service.channels.get(conversation.channel)
    return channel.attachments if channel is not None else frozenset()


def _asked(service: OutboxContext, conversation: Conversation, entry: QueueEntry | None) -> str | None:
    if entry is None or conversation.state != ConversationState.WAITING:
        return None
    asked = is_asked(entry.assigned_at, entry.queued_at, service.settings.assignment_minutes)
    return entry.assigned_name if asked else None


def _owner(conversation: Conversation) -> Officer | None:
    return Officer(conversation.officer_id, conversation.officer_name or "") if conversation.officer_id else None


def allowed_changes(officer: Officer, conversation: Conversation) -> frozenset[ChangeName]:
    """The changes that this officer may make now; a conversation of the bot may be claimed too."""
    roles = roles_of(officer, conversation.officer_id)
    allowed = {name for name, rule in CHANGES.items() if conversation.state in rule.before and roles & rule.by}
    allowed.discard(ChangeName.ASK)
    if conversation.state == ConversationState.BOT:
        allowed.add(ChangeName.CLAIM)
    if conversation.officer_id == officer.id:
        allowed.discard(ChangeName.TAKE_OVER)
    return frozenset(allowed)


async def earlier_conversations(session: AsyncSession, conversation: Conversation) -> Sequence[EarlierConversation]:
    """The other conversations of this citizen, newest first."""
    claimed = exists().where(
        ConversationEvent.conversation_id == Conversation.id, ConversationEvent.kind == EventKind.CLAIMED
    )
    rows = await session.execute(
        select(Conversation, claimed.label("with_officer"))
        .where(Conversation.contact_id == conversation.contact_id, Conversation.id != conversation.id)
        .order_by(Conversation.created_at.desc())
        .limit(MAX_EARLIER)
    )
    return [
        EarlierConversation(
            row.id, row.created_at, row.last_citizen_message_at, row.state, row.language, bool(with_one)
        )
        for row, with_one in rows
    ]


async def disclose_number(
    session: AsyncSession, service: OutboxContext, officer: Officer, conversation_id: uuid.UUID, reason: str
) -> str | None:
    """The citizen's phone number, or None where the platform has given none; the reason is recorded.

    Raises `HandoverTextRefused` without a reason.
    """
    if not reason.strip():
        raise HandoverTextRefused("number_reason_missing")
    conversation = await locked(session, conversation_id)
    details = with_reason(service, conversation, reason)
    add_event(session, conversation_id, EventKind.NUMBER_SHOWN, officer.actor, name=officer.name, **details)
    return (await recipient_of(session, service.keyring, conversation)).phone
