"""Station 5, queue: replies are written as rows, and the rules whether and until when each may be sent.

An entry is a reply (`ReplyTo`), or has a permit of the gate; the table has the same rule as constraints.
"""

import datetime as dt
import random
import uuid
from dataclasses import dataclass

import structlog
from sqlalchemy import Insert, bindparam, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from gateway.channels.base import Channel
from gateway.conversations.kinds import (
    Author,
    FailureClass,
    OutboxState,
    Priority,
    ReplyKind,
    UnaskedKind,
    WaitReason,
)
from gateway.conversations.messages import Reply
from gateway.conversations.models import Conversation, OutboxItem, Turn
from gateway.conversations.repository import is_externally_controlled
from gateway.conversations.states import WITH_OFFICERS, may_go_out
from gateway.core import crypto
from gateway.core.actors import Officer
from gateway.core.compiled import prepare
from gateway.core.database import now
from gateway.core.keyring import Keyring
from gateway.outbox.gate import Permit, is_still_permitted

log = structlog.get_logger()

# The longest windows of any channel, for the bot's texts and an officer's; nothing is retried after them.
WINDOW = dt.timedelta(hours=24)
OFFICER_WINDOW = dt.timedelta(days=7)
# A template may be sent after the window; after a day without delivery it would only surprise.
TEMPLATE_LIFE = dt.timedelta(hours=24)
# So long after danger was written the line with 112 is an answer to it; later it would come out of nowhere.
ANSWERS_DANGER = dt.timedelta(minutes=10)
# The process-wide generator belongs to whoever seeds it: a draw of ours in a thread would spoil their repeatability.
_JITTER = random.SystemRandom()


@dataclass(frozen=True)
class ReplyTo:
    """What an entry replies to: a turn, an officer's decision to write, or one of two named exceptions."""

    kind: ReplyKind
    turn_id: uuid.UUID | None = None
    officer: Officer | None = None

    @classmethod
    def turn(cls, turn: Turn) -> "ReplyTo":
        """The answer to a turn."""
        return cls(ReplyKind.ANSWER, turn_id=turn.id)

    @classmethod
    def typed_by(cls, officer: Officer) -> "ReplyTo":
        """What an officer has typed."""
        return cls(ReplyKind.OFFICER, officer=officer)

    @classmethod
    def danger(cls, written_at: dt.datetime) -> "ReplyTo | None":
        """The danger line for danger written then; None where it would be too late to be an answer."""
        return cls(ReplyKind.DANGER_LINE) if now() - written_at <= ANSWERS_DANGER else None


# The confirmation of an erasure: the turn that asked for it is erased.
ERASURE_CONFIRMED = ReplyTo(ReplyKind.ERASED)


@dataclass(frozen=True)
class NewItem:
    """What the rules need to know of an entry that is just being queued: an ordinary reply."""

    id: uuid.UUID
    author: Author
    created_at: dt.datetime
    unasked_kind: UnaskedKind | None = None
    template: str | None = None


async def enqueue(
    session: AsyncSession,
    channel: Channel,
    conversation: Conversation,
    key: bytes,
    reply: Reply,
    origin: ReplyTo | Permit,
    *,
    author: Author,
    priority: Priority = Priority.REPLY,
    officer: Officer | None = None,
    first_id: uuid.UUID | None = None,
    leased_by: str | None = None,
) -> list[Reply]:
    """Queue a reply in as few messages as the channel allows; returns them.

    `officer` sends a permitted entry, where one does; `first_id` is the id of the first message, when it was assigned
    before. `leased_by` is the process that sends that one itself, once this is committed (see `may_go_now`).
    """
    if isinstance(origin, Permit) and origin.conversation_id != conversation.id:
        raise ValueError("This permit is for another conversation.")
    await session.flush()  # the rows that these refer to
    parts, sender = channel.split(reply), origin.officer if isinstance(origin, ReplyTo) else officer
    for index, part in enumerate(parts):
        values = {
            "id": first_id if index == 0 and first_id else uuid.uuid4(),
            "conversation": conversation.id,
            **_origin_values(origin),
            "author": author,
            "template": part.template.name if part.template is not None else None,
            "officer_id": sender.id if sender else None,
            "officer_name": sender.name if sender else None,
            "content_sealed": crypto.seal(key, part.model_dump_json(), "outbox_item.content"),
            "priority": priority,
            "queued_at": now(),
            **_lease_values(leased_by if index == 0 else None),
        }
        await session.execute(_ENQUEUE, values)
    return parts


def _lease_values(leased_by: str | None) -> dict[str, object]:
    if leased_by is None:
        return {"state": OutboxState.QUEUED, "leased_at": None, "leased_by": None, "attempts": 0}
    return {"state": OutboxState.SENDING, "leased_at": now(), "leased_by": leased_by, "attempts": 1}


def _origin_values(origin: ReplyTo | Permit) -> dict[str, object]:
    if isinstance(origin, Permit):
        return {"turn_id": None, "reply_kind": None, "unasked_kind": origin.kind, "permission": origin.permission}
    return {"turn_id": origin.turn_id, "reply_kind": origin.kind, "unasked_kind": None, "permission": None}


def _enqueue_statement() -> Insert:
    table = OutboxItem.__table__
    other = aliased(OutboxItem)
    # The conversation is locked, so that no other transaction takes the same number.
    last = select(func.max(other.sequence)).where(other.conversation_id == bindparam("conversation"))
    names = (
        "id", "turn_id", "reply_kind", "unasked_kind", "permission", "author", "template", "officer_id", "officer_name",
        "content_sealed", "priority", "state", "leased_at", "leased_by", "attempts",
    )  # fmt: skip
    return insert(table).values(  # type: ignore[arg-type]  # every declared class has a Table
        **{name: bindparam(name) for name in names},
        conversation_id=bindparam("conversation"),
        sequence=func.coalesce(last.scalar_subquery(), 0) + 1,
        due_at=bindparam("queued_at"),
        created_at=bindparam("queued_at"),
    )


# Built once: building costs more than executing.
_ENQUEUE = prepare(_enqueue_statement())


def retry_pause(attempts: int) -> dt.timedelta:
    """How long to wait after so many failed attempts: 1, 4, 16 … seconds, at most an hour, and up to a quarter less.

    The jitter spreads the retries of replies that failed together, when a platform was down.
    """
    longest = min(4.0 ** max(attempts - 1, 0), 3600.0)
    return dt.timedelta(seconds=longest * _JITTER.uniform(0.75, 1.0))


async def requeue(session: AsyncSession, item: OutboxItem, attempts: int, why: Exception, *, in_time: bool) -> None:
    """Queue a leased reply that cannot be decrypted again, until an operator restores the key or its time is over."""
    log.error("reply_not_decrypted", outbox_id=str(item.id), error=type(why).__name__)
    retry = {"state": OutboxState.QUEUED, "waits_for": WaitReason.RETRY, "due_at": now() + retry_pause(attempts)}
    failed = {"state": OutboxState.FAILED, "waits_for": None, "error_class": FailureClass.CONTENT}
    changed = update(OutboxItem).where(OutboxItem.id == item.id).values(retry if in_time else failed)
    await session.execute(changed, execution_options={"synchronize_session": False})


def may_still_go(item: OutboxItem, conversation: Conversation, keyring: Keyring) -> bool:
    """Whether its author may still write in this conversation and, where it is no reply, the gate is still open."""
    if item.unasked_kind is not None and not is_still_permitted(keyring, item, conversation):
        return False
    if item.unasked_kind == UnaskedKind.INVITED and not _invites(item, conversation):
        return False
    if item.author == Author.BOT and is_externally_controlled(conversation):
        return False
    return may_go_out(
        item.author,
        item.officer_id,
        item.created_at,
        state=conversation.state,
        owner=conversation.officer_id,
        owner_changed_at=conversation.owner_changed_at,
    )


def _invites(item: OutboxItem, conversation: Conversation) -> bool:
    """Whether an invitation that waits still tells the truth: the citizen is silent, and their request is open."""
    return conversation.state in WITH_OFFICERS and conversation.last_citizen_message_at <= item.created_at


def may_go_until(
    item: OutboxItem | NewItem, conversation: Conversation, window: dt.timedelta | None = None
) -> dt.datetime:
    """Until when the channel accepts this: a text for its window after the citizen's last message, a template longer.

    Without a `window`, the longest of any channel for this author: a channel with a shorter one rejects it when tried.
    """
    if item.template is not None:
        return item.created_at + TEMPLATE_LIFE
    longest = OFFICER_WINDOW if item.author == Author.OFFICER else WINDOW
    return conversation.last_citizen_message_at + (window or longest)
