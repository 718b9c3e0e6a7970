"""Station 3, turns: the pending messages of one conversation, in order, become one question and one reply.

The conversation is claimed, the engine is asked outside any transaction; then turn, messages, reply and queue entry are
written, and the claim given back, in one. If the process dies in between, the messages are still pending and another
asks again; if it only was thought dead, it writes nothing.
"""

import datetime as dt
import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace

import structlog
from sqlalchemy import bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from gateway import encryption
from gateway.channels.base import SendFailed
from gateway.content.noticing import notice_turn
from gateway.conversations import flood, replies
from gateway.conversations.answering import say_answer
from gateway.conversations.breaker import place_of
from gateway.conversations.claims import ClaimLost, claim_conversation, give_back
from gateway.conversations.contacts import recipient_of
from gateway.conversations.dialogue import DialogueAnswer, DialogueRequest, DialogueUnavailable
from gateway.conversations.feedback import note_feedback
from gateway.conversations.flood import flood_outcome
from gateway.conversations.holding import may_be_held
from gateway.conversations.models import Contact, Conversation, Message, Turn
from gateway.conversations.numbers import typed_choice
from gateway.conversations.questions import Pending, Question
from gateway.conversations.rereading import EDIT, forget_rereading, needs_no_turn, read_again
from gateway.database import now
from gateway.figures.counting import count_turn
from gateway.handover.blocking import is_blocked
from gateway.handover.elsewhere import is_led_elsewhere
from gateway.handover.noticing import PLATFORM_OFF, UNSAYABLE, for_humans_only, queue_if_needed
from gateway.handover.order import says_under_18
from gateway.handover.owning import leave
from gateway.handover.queue import heed, locked
from gateway.handover.states import WITH_HUMANS, bot_may_answer
from gateway.privacy.talking import settle
from gateway.service import Service

log = structlog.get_logger()
MOST_MESSAGES = 50
MOST_GUESSES = 3


@dataclass(frozen=True)
class Hold:
    """The turn waits until this moment for what may follow a greeting."""

    until: dt.datetime


# Made once: to build it costs more than to run it.
_PENDING = (
    select(Message)
    .where(Message.conversation_id == bindparam("conversation"), Message.turn_id.is_(None))
    .order_by(Message.sent_at, Message.id)
    .limit(MOST_MESSAGES)
)


async def run_turn(service: Service, conversation_id: uuid.UUID) -> Hold | bool:
    """Answer the next turn; true when there may be another, a `Hold` when it is too early.

    False also when another process has the conversation: it looks for more when it ends.
    """
    async with service.turn_slots:
        async with service.database.transaction() as session:
            question = await _next_question(session, service, conversation_id)
        if question is None:
            return False
        if (hold := _hold(question, service.settings.turn_hold)) is not None:
            return hold
        answer = await _ask(service, question)
        try:
            async with service.database.transaction() as session:
                more = await _end_turn(session, service, question, answer)
        except ClaimLost:
            log.warning("turn_left_to_another_process", conversation=conversation_id.hex)
            return False
    service.wake_outbox()
    return more


async def _end_turn(session: AsyncSession, service: Service, question: Question, answer: DialogueAnswer | None) -> bool:
    """Write the turn and let go; returns whether more waits: nobody else was told of what came meanwhile."""
    await give_back(session, service.process, question.conversation_id)
    if needs_no_turn(question.kind, question.text, answer):
        await forget_rereading(session, question.messages[0].id)
    else:
        turn = await _write(session, service, question, answer)
        if turn is not None:
            await count_turn(session, turn)
    return (await session.scalars(_PENDING, {"conversation": question.conversation_id})).first() is not None


async def _next_question(session: AsyncSession, service: Service, conversation_id: uuid.UUID) -> Question | None:
    if not await claim_conversation(session, service.process, conversation_id):
        return None
    rows = (await session.scalars(_PENDING, {"conversation": conversation_id})).all()
    if not rows:
        await give_back(session, service.process, conversation_id)
        return None
    conversation = await session.get_one(Conversation, conversation_id)
    key = service.keyring.unwrap(conversation.wrapped_key)
    return Question(
        conversation_id=conversation.id,
        dialogue_id=conversation.dialogue_id,
        channel=conversation.channel,
        language=conversation.language,  # type: ignore[arg-type]  # written by us from the engine's closed set
        recipient=await recipient_of(session, service.keyring, conversation),
        messages=_one_turn([await _chosen(session, key, _opened(row, key), conversation_id) for row in rows]),
        with_humans=conversation.state in WITH_HUMANS,
        bot_answers=await _bot_answers(session, conversation),
    )


async def _bot_answers(session: AsyncSession, conversation: Conversation) -> bool:
    if not bot_may_answer(conversation.state) or is_led_elsewhere(conversation):
        return False
    return not await is_blocked(session, conversation)


async def _chosen(session: AsyncSession, key: bytes, message: Pending, conversation_id: uuid.UUID) -> Pending:
    """A typed number as the choice that it stands for, where the last reply had numbered ones."""
    if message.kind != "text" or (choice := await typed_choice(session, key, conversation_id, message.text)) is None:
        return message
    return replace(message, kind="choice", choice=choice.id, text=choice.title)


def _opened(row: Message, key: bytes) -> Pending:
    content = json.loads(encryption.unseal(key, row.content_sealed, "message.content")) if row.content_sealed else {}
    return Pending(
        id=row.id,
        kind=row.kind,
        text=content.get("text"),
        choice=row.choice,
        masked=tuple(row.masked),
        external_id=encryption.unseal(key, row.external_id_sealed, "message.external_id").decode(),
        sealed=row.content_sealed,
        sent_at=row.sent_at,
        received_at=row.received_at,
    )


def _one_turn(messages: Sequence[Pending]) -> tuple[Pending, ...]:
    # A tapped button is a turn of its own: its topic must not be mixed with words about something else.
    alone = ("choice", EDIT)
    if messages[0].kind in alone:
        return (messages[0],)
    following = next((place for place, message in enumerate(messages) if message.kind in alone), len(messages))
    return tuple(messages[:following])


def _hold(question: Question, seconds: float) -> Hold | None:
    last = max(message.received_at for message in question.messages)
    until = last + dt.timedelta(seconds=seconds)
    bare = all(message.kind == "text" for message in question.messages) and may_be_held(question.text)
    return Hold(until) if bare and now() < until else None


async def _ask(service: Service, question: Question) -> DialogueAnswer | None:
    """The engine's answer; nothing when there are no words to ask about or the engine is silent."""
    if _is_too_old(service, question):
        return None
    reread = question.kind == EDIT
    if (
        question.bot_answers and not reread and _is_on(service, question)
    ):  # else nobody is typing, and nobody has read it yet
        service.spawn(_show_typing(service, question))
    if not question.text or question.follows is not None:
        return None
    request = DialogueRequest(
        # An edit is judged outside the talk, which has gone on since.
        conversation_id=uuid.uuid4().hex if reread else question.dialogue_id.hex,
        channel=question.channel,
        text=None if question.choice else question.text,
        choice=question.choice,
        language=question.language,
    )
    try:
        return await service.engine.answer(request)
    except DialogueUnavailable as error:
        log.error("dialogue_unavailable", conversation=question.conversation_id.hex, why=str(error))
        return None


async def _show_typing(service: Service, question: Question) -> None:
    channel = service.channels[question.channel]
    if place_of(question.channel, question.recipient.business_number) in service.stopped:
        return
    try:
        await channel.show_typing(question.recipient, question.messages[-1].external_id)
    except SendFailed as failure:
        # A comfort, not a message: the reply itself tells whether the number works.
        log.info("typing_not_shown", failure=failure.failure, code=failure.code)


def _is_on(service: Service, question: Question) -> bool:
    """Whether the platform is set up now: it may have been switched off while words waited."""
    return question.channel in service.channels


def _is_too_old(service: Service, question: Question) -> bool:
    if not _is_on(service, question):
        return False  # read all the same, for danger
    return now() - question.messages[-1].sent_at >= service.channels[question.channel].reply_window


async def _write(
    session: AsyncSession, service: Service, question: Question, answer: DialogueAnswer | None
) -> Turn | None:
    """The turn as written; nothing where it was a wish about the citizen's own data, which leaves no trace."""
    # Locked, so that no officer takes over and nobody else queues a reply while this is written.
    conversation = await locked(session, question.conversation_id)
    turn = Turn(
        id=uuid.uuid4(), conversation_id=conversation.id, outcome=_outcome(service, question, answer), created_at=now()
    )
    if answer is not None:
        await _remember(session, conversation, turn, answer)
    session.add(turn)
    await session.flush()
    await _assign(session, turn, question)
    if answer is not None:
        await note_feedback(session, turn)
    conversation.said_under_18 = conversation.said_under_18 or says_under_18(question.text)
    service.signals.send(session, "conversation", conversation.id.hex)
    last = question.messages[-1]
    if await settle(session, service, conversation, turn, text=question.text, choice=last.choice, sent_at=last.sent_at):
        return None
    if question.leaves and turn.danger is None and conversation.state in WITH_HUMANS:
        turn.outcome = "left"
        await leave(session, service, conversation)
        return turn
    if is_led_elsewhere(conversation) and turn.danger is not None:
        await queue_if_needed(session, service, conversation, turn)  # whoever leads the talk may not have seen it
    if await for_humans_only(session, conversation, turn):
        turn.outcome = "not_answered"
        await heed(session, conversation, turn, question.messages[0].sent_at)
        return turn
    await notice_turn(session, service.keyring, conversation, turn, question.text, question.choice)
    nobody = await queue_if_needed(session, service, conversation, turn)
    await heed(session, conversation, turn, question.messages[0].sent_at)
    if answer is not None and turn.outcome not in UNSAYABLE and not _must_be_heard(turn, answer):
        most = service.settings.citizen_turns
        turn.outcome = await flood_outcome(session, conversation, turn, most) or turn.outcome
    if turn.outcome not in (*UNSAYABLE, flood.SILENT):
        await say_answer(session, service, conversation, turn, question, answer, nobody)
    return turn


def _must_be_heard(turn: Turn, answer: DialogueAnswer) -> bool:
    """Whether no flood may silence it: danger, or a call for a person."""
    return turn.danger is not None or replies.is_urgent(answer) or turn.topic == replies.OFFICER_TOPIC


def _outcome(service: Service, question: Question, answer: DialogueAnswer | None) -> str:
    if not _is_on(service, question):
        # Set aside once, and not tried again each second: officers have an entry, the operator this line.
        log.error("platform_switched_off", channel=question.channel, conversation=question.conversation_id.hex)
        return PLATFORM_OFF
    if answer is not None:
        return "answered"
    if _is_too_old(service, question):
        return "window_closed"
    return "engine_failure" if question.text and question.follows is None else "answered"


async def _assign(session: AsyncSession, turn: Turn, question: Question) -> None:
    ids = [message.id for message in question.messages]
    assigned = await session.execute(
        update(Message)
        .where(Message.id.in_(ids), Message.turn_id.is_(None))
        .values(turn_id=turn.id)
        .returning(Message)
        .execution_options(synchronize_session=False, populate_existing=True)
    )
    rows = {row.id: row for row in assigned.scalars()}
    if not rows:
        raise ClaimLost  # all of them were revoked meanwhile
    for message in question.messages:
        if message.id in rows and rows[message.id].content_sealed not in (message.sealed, None):
            read_again(session, rows[message.id])  # it was changed while the engine read the old words


async def _remember(session: AsyncSession, conversation: Conversation, turn: Turn, answer: DialogueAnswer) -> None:
    understood = answer.understood
    turn.topic, turn.confidence = understood.topic, understood.confidence
    turn.language, turn.danger = understood.language, understood.danger
    turn.guesses = [guess.topic for guess in understood.ranking[:MOST_GUESSES]]
    if conversation.language == understood.language:
        return
    conversation.language = understood.language
    contact = await session.get_one(Contact, conversation.contact_id)
    contact.language = understood.language
