"""Station 3, turn record: what a turn and its conversation keep of the engine's answer."""

import sys
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from sqlalchemy import Row, bindparam, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from gateway.conversations.events import TurnFinished
from gateway.conversations.kinds import Danger, MessageKind, TurnOutcome
from gateway.conversations.models import Contact, Conversation, Message, Turn
from gateway.conversations.repository import keep_told, open_told
from gateway.conversations.scam_checks import SCAM_CHECK
from gateway.conversations.states import request_is_open
from gateway.conversations.told import FACTS, Consent, DangerState, Told, ToldPart
from gateway.core import road_record
from gateway.core.after_commit import after_commit
from gateway.core.compiled import prepare
from gateway.core.database import now
from gateway.core.direct import ask_all
from gateway.core.errors import ConversationMissing
from gateway.core.keyring import Keyring
from gateway.core.leases import LeaseLost, releasing
from gateway.core.locale import midnight
from gateway.core.rows import new_row
from gateway.dialogue.compose import OFFICER_TOPIC
from gateway.dialogue.engine import DialogueAnswer, Slot
from gateway.outbox.leased import LeasedReply
from gateway.turns.edits import queue_edit
from gateway.turns.pace import WINDOW
from gateway.turns.turn_input import TurnInput
from scam_check.parts import ScamParts

MAX_GUESSES = 3


def turn_of(
    conversation: Conversation,
    outcome: TurnOutcome,
    answer: DialogueAnswer | None,
    danger: Danger | None,
    topic: str | None = None,
) -> Turn:
    """A new turn, not in a session yet; `danger` and `topic` count where there is no answer that says more."""
    turn = new_row(Turn, id=uuid.uuid4(), conversation_id=conversation.id, outcome=outcome, created_at=now())
    turn.danger, turn.topic = danger, topic
    if answer is not None:
        understand(turn, answer)
    return turn


def understand(turn: Turn, answer: DialogueAnswer) -> None:
    """Write what the engine has understood."""
    understood = answer.understood
    turn.topic, turn.question, turn.confidence = understood.topic, understood.question, understood.confidence
    turn.language, turn.danger = understood.language, understood.danger
    turn.guesses = [guess.topic for guess in understood.ranking[:MAX_GUESSES]]


def remember_language(conversation: Conversation, contact: Contact, answer: DialogueAnswer) -> None:
    """The conversation goes on in the language of the last turn."""
    if conversation.language != answer.understood.language:
        conversation.language = contact.language = answer.understood.language


def told_after(
    told: Told, turn: Turn, turn_input: TurnInput, answer: DialogueAnswer | None, *, takes_back: bool
) -> Told:
    """What the citizen has told after a turn; `takes_back`: by its words or button, the request for an officer.

    Only what this turn has changed is taken over from the engine: an officer may have corrected the rest since it was
    asked, and an engine that has forgotten the conversation, or fails, clears nothing.
    """
    # An edit is judged outside the conversation, so only its danger counts.
    state = answer.understood.state if answer is not None and turn_input.kind != MessageKind.EDIT else {}
    given, danger, officer = turn_input.given, _value(state, "danger"), _value(state, "officer")
    new: dict[str, Any] = {}
    if turn.danger is not None and turn.topic is not None:  # else only the screen suspects it, and may be wrong
        new[ToldPart.DANGER] = DangerState.NOW
    elif danger in (DangerState.NOW, DangerState.PASSED) and danger != given.danger:
        new[ToldPart.DANGER] = DangerState(danger)
    if takes_back:
        new[ToldPart.CONSENT] = Consent.CANCELLED
    elif turn_input.choice == OFFICER_TOPIC:
        new[ToldPart.CONSENT] = Consent.ASKED  # a yes, even while the engine is silent
    elif officer in (Consent.OFFERED, Consent.ASKED, Consent.CANCELLED) and officer != given.consent:
        new[ToldPart.CONSENT] = Consent(officer)
    if (watched := _value(state, "watched")) in ("yes", "no") and (watched == "yes") != bool(given.watched):
        new[ToldPart.WATCHED] = watched == "yes"
    facts = {part: _values(state[part]) for part in FACTS if part in state and state[part].start is not None}
    if not new and not facts:
        return told
    sources = {ToldPart(part): turn_input.message_at(_start(state, part)) for part in (*new, *facts)}
    return told.model_copy(
        update={
            **new,
            "request_ended": told.request_ended and new.get(ToldPart.CONSENT) != Consent.ASKED,
            "facts": {**told.facts, **facts},
            "sources": {**told.sources, **sources},
            "corrected_by": {part: name for part, name in told.corrected_by.items() if part not in sources},
        }
    )


def _value(state: Mapping[str, Slot], name: str) -> str | tuple[str, ...] | None:
    return state[name].value if name in state else None


def _values(slot: Slot) -> tuple[str, ...]:
    return (slot.value,) if isinstance(slot.value, str) else slot.value


def _start(state: Mapping[str, Slot], part: str) -> int:
    """Where the words of a part begin in the text of the turn; unknown counts as its end, its last message."""
    start = state[part].start if part in state else None
    return sys.maxsize if start is None else start


# Built once: building costs more than executing.
_THIS = aliased(Conversation)
_RECENT = prepare(
    select(
        Turn.outcome,
        Turn.topic,
        Turn.language,
        Turn.danger,
        Turn.scam,
        Turn.question,
        Turn.created_at,
        Conversation.channel,
        func.count(Message.id).label("messages"),
    )
    .join(Conversation, Conversation.id == Turn.conversation_id)
    .outerjoin(Message, Message.turn_id == Turn.id)
    .where(
        Conversation.contact_id.in_(select(_THIS.contact_id).where(_THIS.id == bindparam("conversation"))),
        Turn.created_at >= bindparam("since"),
    )
    .group_by(Turn.id, Conversation.channel)
)
_CONVERSATION = prepare(
    select(Conversation)
    .where(Conversation.id == bindparam("conversation"))
    .with_for_update(key_share=True)
    .execution_options(populate_existing=True)
)
_CONTACT = prepare(
    select(Contact)
    .join(Conversation, Conversation.contact_id == Contact.id)
    .where(Conversation.id == bindparam("conversation"))
)
_MESSAGES = prepare(
    select(Message.id, Message.content_sealed)
    .where(Message.id.in_(bindparam("ids", expanding=True)), Message.turn_id.is_(None))
    .order_by(Message.id)
    .with_for_update()
)
_OTHER_PENDING = prepare(
    select(Message.id)
    .where(
        Message.conversation_id == bindparam("conversation"),
        Message.turn_id.is_(None),
        Message.id.not_in(bindparam("ids", expanding=True)),
    )
    .limit(1)
)


@dataclass(frozen=True)
class TurnState:
    """Everything that the end of a turn depends on, read and locked together.

    `contents` are the messages that still have no turn, by id, as they are stored now. `earlier` are the citizen's
    turns of today and the last minute in all conversations: each row has `outcome`, `topic`, `language`, `danger`,
    `scam`, `created_at`, `channel`, and how many `messages` it answered. `more`: whether other messages are pending.
    """

    conversation: Conversation
    contact: Contact
    contents: Mapping[int, bytes | None]
    earlier: Sequence[Row[Any]]
    more: bool


async def release_and_read(session: AsyncSession, process: str, turn_input: TurnInput) -> TurnState:
    """Release the lease and read what the end of the turn depends on, in one trip.

    Raises `LeaseLost` when another process has it, or all messages were revoked, and `ConversationMissing`. The
    conversation is locked, so that no officer claims it and nobody else queues a reply until the turn is written. The
    contact is read after that, not with it, so that a block which the lock waited for is seen.
    """
    of_talk: dict[str, Any] = {"conversation": turn_input.conversation_id}
    ids = {"ids": [message.id for message in turn_input.messages]}
    released, conversations, contacts, messages, earlier, others = await ask_all(
        session,
        releasing(process, turn_input.conversation_id),
        (_CONVERSATION, of_talk),
        (_CONTACT, of_talk),
        (_MESSAGES, ids),
        (_RECENT, {**of_talk, "since": min(midnight(), now() - WINDOW)}),
        (_OTHER_PENDING, {**of_talk, **ids}),
    )
    if not released:
        raise LeaseLost
    if not conversations:
        raise ConversationMissing("conversation_missing")
    contents = {row.id: row.content_sealed for row in messages}
    return TurnState(conversations[0][0], contacts[0][0], contents, earlier, more=bool(others))


@dataclass
class WrittenTurn:
    """A turn, how many messages it answers, the citizen's other turns, and whether the bot was to answer it.

    `edited`: one of its messages is pending anew. `leased`: the replies that this process sends itself.
    `asks`: the citizen asks for an officer with it; `asks_anew`: and no request of theirs was open.
    """

    conversation: Conversation
    turn: Turn
    messages: int
    earlier: Sequence[Row[Any]]
    by_bot: bool = False
    asks: bool = False
    asks_anew: bool = False
    edited: bool = False
    leased: list[LeasedReply] = field(default_factory=list)


def finished(keyring: Keyring, written: WrittenTurn, turn_input: TurnInput) -> TurnFinished:
    """What subscribers hear of a turn that is written."""
    return TurnFinished(
        keyring=keyring,
        conversation=written.conversation,
        turn=written.turn,
        channel=turn_input.channel,
        text=turn_input.text,
        choice=turn_input.choice,
        messages=written.messages,
        earlier=written.earlier,
        by_bot=written.by_bot,
        pressed=turn_input.messages[0].choice,
    )


def remember_told(
    keyring: Keyring,
    written: WrittenTurn,
    turn_input: TurnInput,
    answer: DialogueAnswer | None,
    *,
    takes_back: bool,
) -> None:
    """Keep what the turn told in its conversation, and note on the turn whether the citizen asks for an officer."""
    conversation, turn = written.conversation, written.turn
    key = keyring.unwrap(conversation.wrapped_key)
    before = open_told(key, conversation.told_sealed)
    told = told_after(before, turn, turn_input, answer, takes_back=takes_back)
    if told != before:
        keep_told(key, conversation, told)
    written.asks = request_is_open(told) and OFFICER_TOPIC in (turn.topic, turn_input.choice)
    written.asks_anew = written.asks and not request_is_open(before)


_ASSIGN = prepare(
    update(Message.__table__)  # type: ignore[arg-type]  # the table itself, so that no session is searched
    .where(Message.id.in_(bindparam("ids", expanding=True)))
    .values(turn_id=bindparam("turn"))
)


async def assign_messages(session: AsyncSession, turn: Turn, turn_input: TurnInput, found: TurnState) -> list[int]:
    """Assign the messages to a turn; returns those that were edited meanwhile and are pending anew."""
    turn.scam = _wave(turn, turn_input.scam_check)
    await session.execute(_ASSIGN, {"ids": list(found.contents), "turn": turn.id})
    edited = []
    for message in turn_input.messages:
        if found.contents.get(message.id) not in (message.content_sealed, None):
            # It was edited while the engine judged the old text.
            queue_edit(session, await session.get_one(Message, message.id))
            edited.append(message.id)
    after_commit(session, partial(_record, turn, turn_input, sorted(found.contents)))
    return edited


def _wave(turn: Turn, parts: ScamParts | None) -> str | None:
    """Under what a turn is counted; what was told in own words only where the check answered it."""
    return None if parts is None or (parts.told and turn.topic != SCAM_CHECK) else parts.wave


def _record(turn: Turn, turn_input: TurnInput, messages: Sequence[int]) -> None:
    waited = (turn.created_at - min(message.received_at for message in turn_input.messages)).total_seconds()
    conversation = turn_input.conversation_id.hex
    named, also = (turn.id.hex, conversation, messages), [message.trace for message in turn_input.messages[1:]]
    road_record.turn_written(*named, turn_input.channel, turn.outcome, turn.danger, waited, also)
