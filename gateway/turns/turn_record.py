"""Station 3, turn record: what a turn and its conversation keep of the engine's answer."""

import datetime as dt
import sys
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import Row, bindparam, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.conversations.kinds import Danger, MessageKind, TurnOutcome
from gateway.conversations.models import Contact, Conversation, Message, Turn
from gateway.conversations.repository import keep_told, open_told
from gateway.conversations.states import request_is_open
from gateway.conversations.told import FACTS, Consent, DangerState, Told, ToldPart
from gateway.core import road_record
from gateway.core.after_commit import after_commit
from gateway.core.database import now
from gateway.core.keyring import Keyring
from gateway.core.leases import LeaseLost
from gateway.dialogue.compose import OFFICER_TOPIC
from gateway.dialogue.engine import DialogueAnswer, Slot
from gateway.turns.edits import queue_edit
from gateway.turns.turn_input import TurnInput

MAX_GUESSES = 3


def turn_of(
    conversation: Conversation,
    outcome: TurnOutcome,
    answer: DialogueAnswer | None,
    danger: Danger | None,
    topic: str | None = None,
) -> Turn:
    """A new turn, not in a session yet; `danger` and `topic` count where there is no answer that says more."""
    turn = Turn(id=uuid.uuid4(), conversation_id=conversation.id, outcome=outcome, created_at=now())
    turn.danger, turn.topic = danger, topic
    if answer is not None:
        understand(turn, answer)
    return turn


def understand(turn: Turn, answer: DialogueAnswer) -> None:
    """Write what the engine has understood."""
    understood = answer.understood
    turn.topic, turn.confidence = understood.topic, understood.confidence
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
_RECENT = (
    select(
        Turn.outcome,
        Turn.topic,
        Turn.language,
        Turn.danger,
        Turn.scam,
        Turn.created_at,
        Conversation.channel,
        func.count(Message.id).label("messages"),
    )
    .join(Conversation, Conversation.id == Turn.conversation_id)
    .outerjoin(Message, Message.turn_id == Turn.id)
    .where(
        Conversation.contact_id == bindparam("contact"),
        Turn.created_at >= bindparam("since"),
        Turn.id != bindparam("except_turn"),
    )
    .group_by(Turn.id, Conversation.channel)
    # No pending row could be in the result.
    .execution_options(autoflush=False)
)


async def recent_turns(
    session: AsyncSession, contact_id: uuid.UUID, turn_id: uuid.UUID, since: dt.datetime
) -> Sequence[Row[Any]]:
    """The turns of a citizen since a timestamp, in all conversations, without this one.

    Each row has `outcome`, `topic`, `language`, `danger`, `scam`, `created_at`, `channel`, and how many `messages` it
    answered.
    """
    values = {"contact": contact_id, "since": since, "except_turn": turn_id}
    rows: Sequence[Row[Any]] = (await session.execute(_RECENT, values)).all()  # type: ignore[assignment]  # by name
    return rows


@dataclass
class WrittenTurn:
    """A turn, how many messages it answers, the citizen's other turns, and whether the bot was to answer it.

    `asks`: the citizen asks for an officer with it; `asks_anew`: and no request of theirs was open.
    """

    conversation: Conversation
    turn: Turn
    messages: int
    earlier: Sequence[Row[Any]]
    by_bot: bool = False
    asks: bool = False
    asks_anew: bool = False


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


_ASSIGN = (
    update(Message.__table__)  # type: ignore[arg-type]  # the table itself, so that no session is searched
    .where(Message.id.in_(bindparam("ids", expanding=True)), Message.turn_id.is_(None))
    .values(turn_id=bindparam("turn"))
    .returning(Message.id, Message.content_sealed)
)


async def assign_messages(session: AsyncSession, turn: Turn, turn_input: TurnInput) -> int:
    """Assign the messages to a turn; returns how many. Raises `LeaseLost` when all were revoked meanwhile."""
    turn.scam = None if turn_input.scam_check is None else turn_input.scam_check.wave
    values = {"ids": [message.id for message in turn_input.messages], "turn": turn.id}
    assigned = {row.id: row.content_sealed for row in await session.execute(_ASSIGN, values)}
    if not assigned:
        raise LeaseLost  # all of them were revoked meanwhile
    for message in turn_input.messages:
        if message.id in assigned and assigned[message.id] not in (message.content_sealed, None):
            # It was edited while the engine judged the old text.
            queue_edit(session, await session.get_one(Message, message.id))
    after_commit(session, partial(_record, turn, turn_input, sorted(assigned)))
    return len(assigned)


def _record(turn: Turn, turn_input: TurnInput, messages: Sequence[int]) -> None:
    waited = (turn.created_at - min(message.received_at for message in turn_input.messages)).total_seconds()
    conversation = turn_input.conversation_id.hex
    road_record.turn_written(turn.id.hex, conversation, messages, turn_input.channel, turn.outcome, turn.danger, waited)
