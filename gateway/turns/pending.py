"""Station 3, pending messages: read and decrypted, and a typed number or yes as the choice that it names."""

import datetime as dt
import json
import re
import uuid
from collections.abc import Iterable
from dataclasses import replace
from typing import Any, NamedTuple

from sqlalchemy import Row, Select, and_, bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from gateway.bulletins.agreement import ANSWERS
from gateway.bulletins.followers import followed_bulletin
from gateway.conversations.addresses import open_address
from gateway.conversations.kinds import AddressKind, ChannelName, MessageKind, OutboxState
from gateway.conversations.messages import Choice, Reply
from gateway.conversations.models import Contact, ContactAddress, Conversation, Message, OutboxItem
from gateway.conversations.scam_checks import parts_of
from gateway.core import crypto
from gateway.core.compiled import prepare
from gateway.core.database import now
from gateway.core.keyring import Keyring
from gateway.core.leases import is_alive
from gateway.core.models import ConversationLease
from gateway.core.traces import trace_of
from gateway.turns.turn_input import PendingMessage, TurnsContext

# What was written before a message belongs to it for so long, and this much of it.
_BELONGS_WITHIN = dt.timedelta(hours=1)
_BEFORE_CHARACTERS = 500
_NUMBER = re.compile(r"\s*([0-9]{1,2})\s*[.)]?\s*")
_NOT_WORDS = re.compile(r"[^\w\s']+")
MAX_MESSAGES = 50


# What `decrypted` needs.
PENDING_COLUMNS = (
    Message.id, Message.conversation_id, Message.kind, Message.choice, Message.content_sealed, Message.masked,
    Message.external_id_sealed, Message.external_fingerprint, Message.sent_at, Message.received_at, Message.suspected,
    Message.warned_at,
)  # fmt: skip
_OF_CONVERSATION = (
    Conversation.dialogue_id, Conversation.channel, Conversation.business_number, Conversation.language,
    Conversation.wrapped_key, Conversation.told_sealed, Conversation.state, Conversation.external_control_until,
)  # fmt: skip


def _pending_messages() -> Select[Any]:
    pending = (
        select(*PENDING_COLUMNS)
        .where(Message.conversation_id == bindparam("conversation"), Message.turn_id.is_(None))
        .order_by(Message.sent_at, Message.id)
        .limit(MAX_MESSAGES)
        .subquery("pending")
    )
    earlier = aliased(Message)
    # By time, not by id: a database that reads ids backwards might pass everybody's messages.
    before = (
        select(earlier.content_sealed)
        .where(
            earlier.conversation_id == bindparam("conversation"),
            earlier.turn_id.is_not(None),
            earlier.kind == MessageKind.TEXT,
            earlier.sent_at >= bindparam("recent"),
        )
        .order_by(earlier.sent_at.desc(), earlier.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    address = and_(ContactAddress.contact_id == Conversation.contact_id, ContactAddress.channel == Conversation.channel)
    return (
        select(
            pending,
            *_OF_CONVERSATION,
            Contact.blocked_at,
            Contact.wrapped_key.label("contact_key"),
            ContactAddress.kind.label("address_kind"),
            ContactAddress.value_sealed.label("address_sealed"),
            before.label("before_sealed"),
        )
        .select_from(pending)
        .join(Conversation, Conversation.id == pending.c.conversation_id)
        .join(Contact, Contact.id == Conversation.contact_id)
        .outerjoin(ContactAddress, address)
        .order_by(pending.c.sent_at, pending.c.id, ContactAddress.id)
    )


# Built once: building costs more than executing. One row for each message and address of the citizen.
PENDING_MESSAGES = prepare(_pending_messages())


def earliest_before() -> dt.datetime:
    """Since when a message belongs to one that comes now."""
    return now() - _BELONGS_WITHIN


def words_before(row: Row[Any], key: bytes) -> str | None:
    """What a row of `PENDING_MESSAGES` says was written before, decrypted; None where nothing was, or it is erased."""
    if not row.before_sealed:
        return None
    words = json.loads(crypto.unseal(key, row.before_sealed, "message.content")).get("text")
    return words[:_BEFORE_CHARACTERS] if words else None


def decrypted(row: Row[Any], key: bytes) -> PendingMessage:
    """The message of a row of `PENDING_MESSAGES`, decrypted with the conversation's key."""
    content = json.loads(crypto.unseal(key, row.content_sealed, "message.content")) if row.content_sealed else {}
    return PendingMessage(
        id=row.id,
        kind=row.kind,
        text=content.get("text"),
        choice=row.choice,
        masked=tuple(row.masked),
        external_id=crypto.unseal(key, row.external_id_sealed, "message.external_id").decode(),
        trace=trace_of(row.external_fingerprint),
        content_sealed=row.content_sealed,
        sent_at=row.sent_at,
        received_at=row.received_at,
        suspected=row.suspected,
        warned=row.warned_at is not None,
        scam_check=parts_of(content),
    )


def addresses_of(rows: Iterable[Row[Any]], keyring: Keyring) -> dict[AddressKind, str]:
    """The citizen's addresses on the channel of the conversation, by kind."""
    by_kind = {row.address_kind: row for row in rows if row.address_kind is not None}
    return {kind: open_address(keyring, row.contact_key, row.address_sealed) for kind, row in by_kind.items()}


# Built once: building costs more than executing.
_LEASED_BY_OTHERS = select(ConversationLease.conversation_id).where(
    ConversationLease.leased_by != bindparam("process"), is_alive(ConversationLease.leased_by)
)


_IS_URGENT = func.count(Message.suspected) > 0
_PENDING_CONVERSATIONS = prepare(
    select(Message.conversation_id, Conversation.channel, _IS_URGENT.label("urgent"))
    .join(Conversation, Conversation.id == Message.conversation_id)
    .where(Message.turn_id.is_(None), Message.conversation_id.not_in(_LEASED_BY_OTHERS))
    .group_by(Message.conversation_id, Conversation.channel)
    .order_by(_IS_URGENT.desc(), func.min(Message.id))
)


class Pending(NamedTuple):
    """What is known of a conversation with pending messages: where it is, and whether it may be in danger."""

    channel: ChannelName
    urgent: bool


async def pending_conversations(session: AsyncSession, process: str) -> dict[uuid.UUID, Pending]:
    """The conversations with pending messages that this process may lease.

    Those that may be are first; of the others, the longest waiting.
    """
    rows = await session.execute(_PENDING_CONVERSATIONS, {"process": process, "alive_at": now()})
    return {row.conversation_id: Pending(row.channel, urgent=bool(row.urgent)) for row in rows}


def _plain(text: str | None) -> str:
    return " ".join(_NOT_WORDS.sub(" ", (text or "").lower().replace("’", "'")).split())


def may_be_choice(text: str | None) -> bool:
    """Whether a text may be the number of a choice, or a yes to being told of changes."""
    return _NUMBER.fullmatch(text or "") is not None or _plain(text) in ANSWERS


async def typed_choice(
    session: AsyncSession, key: bytes, conversation_id: uuid.UUID, text: str | None
) -> Choice | None:
    """The choice of the last reply that a text names, or None; `key` is the conversation's."""
    sealed = await session.scalar(
        select(OutboxItem.content_sealed)
        .where(
            OutboxItem.conversation_id == conversation_id, OutboxItem.state.in_((OutboxState.SENT, OutboxState.UNKNOWN))
        )
        .order_by(OutboxItem.sequence.desc())
        .limit(1)
    )
    reply = Reply.model_validate_json(crypto.unseal(key, sealed, "outbox_item.content")) if sealed else Reply(text="")
    if (found := _NUMBER.fullmatch(text or "")) is not None:
        number = int(found[1])
        return reply.choices[number - 1] if reply.numbered and 1 <= number <= len(reply.choices) else None
    follow = next((choice for choice in reply.choices if followed_bulletin(choice.id) is not None), None)
    # A yes alone is one to whatever was asked: to this only where there is no other button.
    return follow if ANSWERS[_plain(text)] or len(reply.choices) == 1 else None


async def with_typed_choice(
    service: TurnsContext, key: bytes, message: PendingMessage, conversation_id: uuid.UUID
) -> PendingMessage:
    """A typed number, or a yes to being told of changes, as the choice that it means in the last reply."""
    if message.kind != MessageKind.TEXT or not may_be_choice(message.text):
        return message
    async with service.database.transaction() as session:
        choice = await typed_choice(session, key, conversation_id, message.text)
    return message if choice is None else replace(message, kind=MessageKind.CHOICE, choice=choice.id, text=choice.title)
