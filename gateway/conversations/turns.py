"""Station 3, turns: the pending messages of one conversation, in order, become one question and one reply.

The conversation is claimed, the engine is asked outside any transaction; then turn, messages, reply and queue entry are
written, and the claim given back, in one. If the process dies in between, the messages are still pending and another
asks again; if it only was thought dead, it writes nothing.
"""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import structlog
from sqlalchemy import Row, bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.content.noticing import notice_turn
from gateway.conversations import flood, replies
from gateway.conversations.answering import say_answer
from gateway.conversations.claims import ClaimLost, claim_at_once, give_back, give_back_at_once
from gateway.conversations.dialogue import DialogueAnswer, DialogueRequest, DialogueUnavailable, try_to_forget
from gateway.conversations.faults import is_of_the_database
from gateway.conversations.feedback import note_feedback
from gateway.conversations.flood import flood_outcome
from gateway.conversations.holding import may_be_held
from gateway.conversations.models import Contact, Conversation, Message, Turn
from gateway.conversations.moving import begin_anew
from gateway.conversations.numbers import is_number, typed_choice
from gateway.conversations.pending import PENDING_TALK, addresses_of, opened
from gateway.conversations.questions import Pending, Question, one_turn
from gateway.conversations.recent_turns import recent_turns
from gateway.conversations.recipients import recipient
from gateway.conversations.rereading import EDIT, forget_rereading, needs_no_turn, read_again
from gateway.conversations.showing import show_typing
from gateway.conversations.understood import remember_language, turn_of
from gateway.database import now
from gateway.errors import ConversationMissing
from gateway.figures.counting import count_turn, midnight
from gateway.handover.elsewhere import is_led_elsewhere
from gateway.handover.noticing import PLATFORM_OFF, UNSAYABLE, for_humans_only, queue_if_needed
from gateway.handover.order import says_under_18
from gateway.handover.owning import leave
from gateway.handover.queue import heed, locked
from gateway.handover.states import WITH_HUMANS, bot_may_answer
from gateway.privacy.talking import settle
from gateway.service import Service

log = structlog.get_logger()


@dataclass(frozen=True)
class Hold:
    """The turn waits until this moment for what may follow a greeting."""

    until: dt.datetime


@dataclass(frozen=True)
class _Written:
    """A turn, how many messages it answers, and the citizen's other turns."""

    turn: Turn
    messages: int
    earlier: Sequence[Row[Any]]


# Made once: to build these costs more than to run them.
_MORE = (
    select(Message.id)
    .where(Message.conversation_id == bindparam("conversation"), Message.turn_id.is_(None))
    .limit(1)
    .execution_options(autoflush=False)
)
_ASSIGN = (
    update(Message.__table__)  # type: ignore[arg-type]  # the table itself, so that no session is searched
    .where(Message.id.in_(bindparam("ids", expanding=True)), Message.turn_id.is_(None))
    .values(turn_id=bindparam("turn"))
    .returning(Message.id, Message.content_sealed)
)


async def run_turn(service: Service, conversation_id: uuid.UUID) -> Hold | bool:
    """Answer the next turn; true when there may be another, a `Hold` when it is too early.

    False also when another process has the conversation: it looks for more when it ends.
    """
    async with service.turn_slots:
        question = await _next_question(service, conversation_id)
        if question is None:
            return False
        if (hold := _hold(question, service.settings.turn_hold)) is not None:
            return hold
        answer = await _ask(service, question)
        try:
            more = await _end(service, question, answer)
        except (ClaimLost, ConversationMissing) as error:
            log.warning("turn_left", conversation=conversation_id.hex, why=type(error).__name__)
            # Where its words were taken back or erased meanwhile, the claim is still ours.
            await give_back_at_once(service.database, service.process, conversation_id)
            if isinstance(error, ConversationMissing):
                await try_to_forget(service.engine, question.dialogue_id)  # what it has just read
            return False
    service.wake_outbox()
    return more


async def _end(service: Service, question: Question, answer: DialogueAnswer | None) -> bool:
    """Write the turn and let go, in one; an answer that cannot be written is one that the engine never gave.

    Else the same error would come each second, and the citizen would hear nothing and no officer of it.
    """
    try:
        async with service.database.transaction() as session:
            return await _end_turn(session, service, question, answer)
    except Exception as error:
        if answer is None or isinstance(error, ClaimLost | ConversationMissing) or is_of_the_database(error):
            raise
        log.error("answer_not_written", conversation=question.conversation_id.hex, exc_info=error)
        plain = replace(question, danger=answer.understood.danger)
        async with service.database.transaction() as session:
            return await _end_turn(session, service, plain, None)


async def _end_turn(session: AsyncSession, service: Service, question: Question, answer: DialogueAnswer | None) -> bool:
    """Write the turn and let go; returns whether more waits: nobody else was told of what came meanwhile."""
    await give_back(session, service.process, question.conversation_id)
    if needs_no_turn(question.kind, question.text, answer):
        await forget_rereading(session, question.messages[0].id)
    else:
        written = await _write(session, service, question, answer)
        if written is not None:
            await session.flush()
            await count_turn(session, written.turn, question.channel, written.messages, written.earlier)
    return (await session.scalars(_MORE, {"conversation": question.conversation_id})).first() is not None


async def _next_question(service: Service, conversation_id: uuid.UUID) -> Question | None:
    if not await claim_at_once(service.database, service.process, conversation_id):
        return None
    # Asked after the claim is committed: what another process has answered until then is not pending any more.
    rows = await service.database.alone(PENDING_TALK, {"conversation": conversation_id})
    if not rows:
        await give_back_at_once(service.database, service.process, conversation_id)
        return None
    talk = rows[0]
    key = service.keyring.unwrap(talk.wrapped_key)
    messages = {row.id: row for row in rows}.values()  # a row for each message and address
    return Question(
        conversation_id=conversation_id,
        dialogue_id=talk.dialogue_id,
        channel=talk.channel,
        language=talk.language,
        recipient=recipient(talk, addresses_of(rows, service.keyring)),
        messages=one_turn([await _chosen(service, key, opened(row, key), conversation_id) for row in messages]),
        with_humans=talk.state in WITH_HUMANS,
        bot_answers=bot_may_answer(talk.state) and not is_led_elsewhere(talk) and talk.blocked_at is None,
    )


async def _chosen(service: Service, key: bytes, message: Pending, conversation_id: uuid.UUID) -> Pending:
    """A typed number as the choice that it stands for, where the last reply had numbered ones."""
    if message.kind != "text" or not is_number(message.text):
        return message
    async with service.database.transaction() as session:
        choice = await typed_choice(session, key, conversation_id, message.text)
    return message if choice is None else replace(message, kind="choice", choice=choice.id, text=choice.title)


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
    # Else nobody is typing, and nobody has read it yet.
    if question.bot_answers and not reread and _is_on(service, question):
        service.spawn(show_typing(service, question))
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


def _is_on(service: Service, question: Question) -> bool:
    """Whether the platform is set up now: it may have been switched off while words waited."""
    return question.channel in service.channels


def _is_too_old(service: Service, question: Question) -> bool:
    if not _is_on(service, question):
        return False  # read all the same, for danger
    return now() - question.messages[-1].sent_at >= service.channels[question.channel].reply_window


async def _write(
    session: AsyncSession, service: Service, question: Question, answer: DialogueAnswer | None
) -> _Written | None:
    """The turn as written; nothing where it was a wish about the citizen's own data, or where the talk is over."""
    # Locked, so that no officer takes over and nobody else queues a reply while this is written. The citizen is read
    # after that, not with it: a block that was waited for must be seen.
    conversation = await locked(session, question.conversation_id)
    if conversation.state == "closed":  # an officer ended it meanwhile
        await begin_anew(session, service, conversation)
        return None
    contact = await session.get_one(Contact, conversation.contact_id)
    written = await _begin(session, service, question, answer, conversation)
    turn, earlier = written.turn, written.earlier
    if answer is not None:
        remember_language(conversation, contact, answer)
        await note_feedback(session, turn)
    conversation.said_under_18 = conversation.said_under_18 or says_under_18(question.text)
    service.signals.send(session, "conversation", conversation.id.hex)
    last = question.messages[-1]
    if await settle(session, service, conversation, turn, text=question.text, choice=last.choice, sent_at=last.sent_at):
        return None
    if question.leaves and turn.danger is None and conversation.state in WITH_HUMANS:
        turn.outcome = "left"
        await leave(session, service, conversation)
        return written
    if is_led_elsewhere(conversation) and turn.danger is not None:
        await queue_if_needed(session, service, conversation, turn)  # whoever leads the talk may not have seen it
    if await for_humans_only(session, conversation, turn):
        turn.outcome = "not_answered"
        await heed(session, conversation, turn, question.messages[0].sent_at)
        return written
    await notice_turn(session, service.keyring, conversation, turn, question.text, question.choice)
    nobody = await queue_if_needed(session, service, conversation, turn)
    await heed(session, conversation, turn, question.messages[0].sent_at)
    if answer is not None and turn.outcome not in UNSAYABLE and not _must_be_heard(turn, answer):
        turn.outcome = flood_outcome(earlier, turn.created_at, service.settings.citizen_turns) or turn.outcome
    if turn.outcome not in (*UNSAYABLE, flood.SILENT):
        await say_answer(session, service, conversation, turn, question, answer, nobody)
    return written


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


async def _begin(
    session: AsyncSession,
    service: Service,
    question: Question,
    answer: DialogueAnswer | None,
    conversation: Conversation,
) -> _Written:
    """The turn with its messages, and what was understood of them."""
    turn = turn_of(conversation, _outcome(service, question, answer), answer, question.danger)
    session.add(turn)
    await session.flush()
    messages = await _assign(session, turn, question)
    since = min(midnight(), turn.created_at - flood.WINDOW)
    earlier = await recent_turns(session, conversation.contact_id, turn.id, since)
    return _Written(turn, messages, earlier)


async def _assign(session: AsyncSession, turn: Turn, question: Question) -> int:
    """Let the messages be answered by this turn; returns how many."""
    values = {"ids": [message.id for message in question.messages], "turn": turn.id}
    assigned = {row.id: row.content_sealed for row in await session.execute(_ASSIGN, values)}
    if not assigned:
        raise ClaimLost  # all of them were revoked meanwhile
    for message in question.messages:
        if message.id in assigned and assigned[message.id] not in (message.sealed, None):
            # It was changed while the engine read the old words.
            read_again(session, await session.get_one(Message, message.id))
    return len(assigned)
