"""Station 3, turn input: the pending messages that one turn answers, decrypted and in order."""

import datetime as dt
import json
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from sqlalchemy import Row, Select, and_, bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from answers.limits import TEXT
from gateway.bulletins.cache import BulletinsContext
from gateway.bulletins.followers import followed_bulletin
from gateway.conversations.addresses import open_address
from gateway.conversations.kinds import AddressKind, ChannelName, ConversationState, Danger, MessageKind
from gateway.conversations.messages import Recipient
from gateway.conversations.models import Contact, ContactAddress, Conversation, Message
from gateway.conversations.scam_checks import parts_of
from gateway.conversations.states import request_is_open
from gateway.conversations.told import Consent, DangerState, Told, ToldPart
from gateway.core import crypto
from gateway.core.compiled import prepare
from gateway.core.database import now
from gateway.core.keyring import Keyring
from gateway.core.leases import is_alive
from gateway.core.locale import Language
from gateway.core.models import ConversationLease
from gateway.core.priority_slots import PrioritySlots
from gateway.core.traces import trace_of
from gateway.dialogue import compose
from gateway.dialogue.engine import GivenState
from gateway.handover.feedback import Feedback, feedback_of
from gateway.handover.leave import wants_to_leave
from scam_check.parts import ScamParts, strongest

ANSWERED_WITHIN = dt.timedelta(minutes=10)
MAX_CHARACTERS = TEXT  # of one turn: the limit of the engine and of a single message


@dataclass(frozen=True)
class PendingMessage:
    """One message that has no turn yet, decrypted."""

    id: int
    kind: MessageKind
    text: str | None
    choice: str | None
    masked: tuple[str, ...]
    external_id: str
    trace: str  # by which log and spans name it
    content_sealed: bytes | None  # as it was read: an edit may come while the engine is asked
    sent_at: dt.datetime
    received_at: dt.datetime
    suspected: Danger | None  # by the danger screen
    warned: bool  # whether the citizen has been told 112 or the helplines because of it
    scam_check: ScamParts | None = None  # what speaks against a pasted message


@dataclass(frozen=True)
class TurnInput:
    """The messages of one turn, and the conversation as it was when the engine was asked."""

    conversation_id: uuid.UUID
    dialogue_id: uuid.UUID
    channel: ChannelName
    language: Language | None
    recipient: Recipient
    messages: tuple[PendingMessage, ...]
    state: ConversationState
    told: Told
    bot_answers: bool
    sends: bool = False  # this process sends the reply itself, where it may go at once; else the outbox finds it
    # Where the engine reported danger and its answer could not be used.
    danger: Danger | None = None
    topic: str | None = None

    @property
    def suspected(self) -> Danger | None:
        """What the danger screen says of these messages: the first opinion, and the only one where no engine judges."""
        return next((each for each in Danger if any(message.suspected == each for message in self.messages)), None)

    @property
    def scam_check(self) -> ScamParts | None:
        """The check of the message that most speaks against."""
        return strongest(message.scam_check for message in self.messages if message.scam_check is not None)

    @property
    def warned(self) -> bool:
        """Whether the citizen has been told 112 or the helplines because of one of these messages."""
        return any(message.warned for message in self.messages)

    @property
    def is_too_late(self) -> bool:
        """Whether these messages waited so long, while database or gateway were away, that nobody expects an answer.

        It would come unasked, perhaps to a phone that somebody else holds by now. Officers have the talk instead.
        """
        return now() - self.messages[-1].sent_at >= ANSWERED_WITHIN

    @property
    def kind(self) -> MessageKind:
        """The kind of its first message; a choice or an edit is always alone."""
        return self.messages[0].kind

    @property
    def text(self) -> str:
        """The citizen's text of this turn, in order; empty where there is none."""
        return whole_text(message.text for message in self.messages if not self._leaves(message))

    @property
    def leaves(self) -> bool:
        """Whether one of the messages ends the handover."""
        return any(self._leaves(message) for message in self.messages)

    @property
    def given(self) -> GivenState:
        """What the engine is told of what it may have forgotten; a request that has ended is none any more.

        Of what nobody has told here nothing: the engine may know it from a turn whose answer came too late.
        """
        told, corrected = self.told, self.told.corrected_by
        consent = Consent.NONE if told.request_ended else told.consent
        knows_consent = told.consent != Consent.NONE or ToldPart.CONSENT in corrected
        return GivenState(
            danger=told.danger if told.danger != DangerState.NONE or ToldPart.DANGER in corrected else None,
            consent=consent if knows_consent else None,
            watched=told.watched if told.watched or ToldPart.WATCHED in corrected else None,
        )

    def message_at(self, place: int) -> int:
        """The id of the message that has this place of the text in it."""
        for message in self.messages:
            length = len(message.text or "") + 1 if message.text and not self._leaves(message) else 0
            if place < length:
                return message.id
            place -= length
        return self.messages[-1].id

    def _leaves(self, message: PendingMessage) -> bool:
        # A conversation may wait for officers without its citizen having asked: then there is nothing to leave.
        with_officers = self.state == ConversationState.OFFICER or request_is_open(self.told)
        return with_officers and wants_to_leave(message.text, message.choice)

    @property
    def follows(self) -> uuid.UUID | None:
        """The bulletin of a tapped "tell me of changes", which is not sent to the engine, or None."""
        return followed_bulletin(self.messages[0].choice) if self.kind == MessageKind.CHOICE else None

    @property
    def feedback(self) -> Feedback | None:
        """What a tapped button says of a talk with an officer, which is not sent to the engine either, or None."""
        return feedback_of(self.messages[0].choice) if self.kind == MessageKind.CHOICE else None

    @property
    def needs_no_engine(self) -> bool:
        """Whether it is a button to which the gateway itself has the answer."""
        return self.follows is not None or self.feedback is not None

    @property
    def choice(self) -> str | None:
        """The topic of a tapped button, or None when the button was not one of ours."""
        chosen = self.messages[0].choice if self.kind == MessageKind.CHOICE else None
        return chosen.removeprefix(compose.TOPIC_PREFIX) if chosen and chosen.startswith(compose.TOPIC_PREFIX) else None


def whole_text(texts: Iterable[str | None]) -> str:
    """The texts of a turn in order as the engine gets them; empty where there is none, for it rejects whitespace."""
    whole = "\n".join(text for text in texts if text)[:MAX_CHARACTERS]
    return whole if whole.strip() else ""


def one_turn(messages: Sequence[PendingMessage]) -> tuple[PendingMessage, ...]:
    """The pending messages that are answered together: as many as fit `MAX_CHARACTERS`, at least one."""
    # A tapped button is a turn of its own: its topic must not be mixed with words about something else.
    alone = (MessageKind.CHOICE, MessageKind.EDIT)
    if messages[0].kind in alone:
        return (messages[0],)
    together, characters = 0, 0
    for message in messages:
        characters += len(message.text or "") + 1
        # The rest of a long burst waits for the next turn: it may be the call for help.
        if message.kind in alone or (together and characters > MAX_CHARACTERS):
            break
        together += 1
    return tuple(messages[:together])


class TurnsContext(BulletinsContext, Protocol):
    """A process that answers turns."""

    @property
    def turn_slots(self) -> PrioritySlots:
        """Limits the conversations that this process answers at a time; other processes take the rest."""


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
    address = and_(ContactAddress.contact_id == Conversation.contact_id, ContactAddress.channel == Conversation.channel)
    return (
        select(
            pending,
            *_OF_CONVERSATION,
            Contact.blocked_at,
            Contact.wrapped_key.label("contact_key"),
            ContactAddress.kind.label("address_kind"),
            ContactAddress.value_sealed.label("address_sealed"),
        )
        .select_from(pending)
        .join(Conversation, Conversation.id == pending.c.conversation_id)
        .join(Contact, Contact.id == Conversation.contact_id)
        .outerjoin(ContactAddress, address)
        .order_by(pending.c.sent_at, pending.c.id, ContactAddress.id)
    )


# Built once: building costs more than executing. One row for each message and address of the citizen.
PENDING_MESSAGES = prepare(_pending_messages())


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
