"""Handover: one conversation as an officer's page shows it, and what came before it."""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.conversations.closed_window import window_is_open, window_of
from gateway.conversations.models import Conversation, ConversationEvent
from gateway.conversations.recipients import recipient_of
from gateway.errors import ConversationMissing, NothingWritten
from gateway.handover.blocking import is_blocked
from gateway.handover.drafts import draft_of
from gateway.handover.labels import labels_of
from gateway.handover.officers import Officer
from gateway.handover.presence import Looking, looking
from gateway.handover.queue import add_event, locked, open_entry
from gateway.handover.reasons import with_reason
from gateway.handover.states import CHANGES, ChangeName, roles_of
from gateway.handover.talk import Item, talk_of
from gateway.service import Service

PAGE = 50
MOST_EARLIER = 50


@dataclass(frozen=True)
class EarlierConversation:
    """Another conversation of the same citizen; its texts are gone after their retention, and then it is too."""

    id: uuid.UUID
    begun_at: dt.datetime
    last_message_at: dt.datetime
    state: str
    language: str | None
    with_officer: bool


@dataclass(frozen=True)
class ConversationView:
    """All that the page needs; `earlier_before` is the moment to ask for the page before, when there is one."""

    id: uuid.UUID
    state: str
    owner: Officer | None
    mine: bool
    channel: str
    language: str | None
    topic: str | None
    urgency: str | None
    rank: int | None
    waiting_since: dt.datetime | None
    window_ends: dt.datetime
    window_open: bool
    said_under_18: bool
    blocked: bool
    labels: tuple[str, ...]
    looking: tuple[Looking, ...]
    draft: str
    may: frozenset[ChangeName]  # what this officer may do now
    items: Sequence[Item]
    earlier_before: dt.datetime | None
    earlier_conversations: Sequence[EarlierConversation]


async def conversation_view(
    session: AsyncSession,
    service: Service,
    officer: Officer,
    conversation_id: uuid.UUID,
    *,
    language: str = "fi",
    before: dt.datetime | None = None,
    page: int = PAGE,
) -> ConversationView:
    """The conversation, newest page first, in the officer's language; raises `ConversationMissing`."""
    conversation = await session.get(Conversation, conversation_id)
    if conversation is None:
        raise ConversationMissing("This conversation does not exist any more.")
    key = service.keyring.unwrap(conversation.wrapped_key)
    items, more = await talk_of(session, key, conversation, language, before, page)
    entry = await open_entry(session, conversation)
    return ConversationView(
        id=conversation.id,
        state=conversation.state,
        owner=_owner(conversation),
        mine=conversation.officer_id == officer.id,
        channel=conversation.channel,
        language=conversation.language,
        topic=entry.topic if entry else None,
        urgency=conversation.urgency,
        rank=entry.rank if entry else None,
        waiting_since=entry.waiting_since if entry else None,
        window_ends=conversation.last_citizen_message_at + window_of(service, conversation.channel),
        window_open=window_is_open(service, conversation),
        said_under_18=conversation.said_under_18,
        blocked=await is_blocked(session, conversation),
        labels=(await labels_of(session, [conversation.id])).get(conversation.id, ()),
        looking=tuple((await looking(session, [conversation.id])).get(conversation.id, ())),
        draft=await draft_of(session, key, officer, conversation.id),
        may=what_may(officer, conversation),
        items=items,
        earlier_before=items[0].at if more else None,
        earlier_conversations=await earlier_conversations(session, conversation),
    )


def _owner(conversation: Conversation) -> Officer | None:
    return Officer(conversation.officer_id, conversation.officer_name or "") if conversation.officer_id else None


def what_may(officer: Officer, conversation: Conversation) -> frozenset[ChangeName]:
    """The changes that this officer may make now; from the bot, claiming is stepping in."""
    roles = roles_of(officer, conversation.officer_id)
    may = {name for name, rule in CHANGES.items() if conversation.state in rule.before and roles & rule.by} - {"ask"}
    if conversation.state == "bot":
        may.add("claim")
    if conversation.officer_id == officer.id:
        may.discard("take_over")
    return frozenset(may)


async def earlier_conversations(session: AsyncSession, conversation: Conversation) -> Sequence[EarlierConversation]:
    """The other conversations of this citizen, newest first."""
    claimed = exists().where(ConversationEvent.conversation_id == Conversation.id, ConversationEvent.kind == "claimed")
    rows = await session.execute(
        select(Conversation, claimed.label("with_officer"))
        .where(Conversation.contact_id == conversation.contact_id, Conversation.id != conversation.id)
        .order_by(Conversation.created_at.desc())
        .limit(MOST_EARLIER)
    )
    return [
        EarlierConversation(
            row.id, row.created_at, row.last_citizen_message_at, row.state, row.language, bool(with_one)
        )
        for row, with_one in rows
    ]


async def show_number(
    session: AsyncSession, service: Service, officer: Officer, conversation_id: uuid.UUID, reason: str
) -> str | None:
    """The citizen's phone number, for a reason that is written down; nothing where WhatsApp has given none."""
    if not reason.strip():
        raise NothingWritten("The number was not shown: give a reason.")
    conversation = await locked(session, conversation_id)
    why = with_reason(service, conversation, reason)
    add_event(session, conversation_id, "number_shown", officer.actor, name=officer.name, **why)
    return (await recipient_of(session, service.keyring, conversation)).phone
