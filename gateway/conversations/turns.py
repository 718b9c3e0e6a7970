"""Station 3, turns: the pending messages of one conversation, in order, become one question and one reply.

The engine is asked outside any transaction; then turn, messages, reply and queue entry are written in one. If
the process dies in between, the messages are still pending and are asked again.
"""

import datetime as dt
import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

import structlog
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from gateway import encryption
from gateway.bulletins.followers import followed_bulletin
from gateway.bulletins.in_chat import answered, followed
from gateway.channels.base import Recipient, SendFailed
from gateway.conversations import replies
from gateway.conversations.breaker import place_of
from gateway.conversations.contacts import recipient_of
from gateway.conversations.dialogue import DialogueAnswer, DialogueRequest, DialogueUnavailable, Language
from gateway.conversations.feedback import note_feedback
from gateway.conversations.holding import may_be_held
from gateway.conversations.models import Contact, Conversation, Message, Turn
from gateway.conversations.outbox import REPLY, URGENT, put
from gateway.database import now
from gateway.handover.blocking import is_blocked
from gateway.handover.ending import wants_to_leave
from gateway.handover.noticing import for_humans_only, queue_if_needed
from gateway.handover.order import says_under_18
from gateway.handover.owning import leave
from gateway.handover.queue import heed, locked
from gateway.handover.states import WITH_HUMANS, bot_may_answer
from gateway.privacy.talking import settle
from gateway.service import Service

log = structlog.get_logger()
MOST_CHARACTERS = 4000  # of one turn; the engine takes 4,096
MOST_MESSAGES = 50
MOST_GUESSES = 3


@dataclass(frozen=True)
class Pending:
    """One message that waits for its turn, opened."""

    id: int
    kind: str
    text: str | None
    choice: str | None
    masked: tuple[str, ...]
    external_id: str
    sent_at: dt.datetime
    received_at: dt.datetime


@dataclass(frozen=True)
class Question:
    """What one turn is about."""

    conversation_id: uuid.UUID
    dialogue_id: uuid.UUID
    channel: str
    language: Language | None
    recipient: Recipient
    messages: tuple[Pending, ...]
    with_humans: bool  # asked for, or there
    bot_answers: bool  # as far as could be seen when the engine was asked

    @property
    def text(self) -> str:
        """The citizen's words of this turn, in order."""
        said = [message.text for message in self.messages if message.text and not self._leaves(message)]
        return "\n".join(said)[:MOST_CHARACTERS]

    @property
    def leaves(self) -> bool:
        """Whether one of the messages says that no human is needed any more."""
        return any(self._leaves(message) for message in self.messages)

    def _leaves(self, message: Pending) -> bool:
        return self.with_humans and wants_to_leave(message.text, message.choice)

    @property
    def choice(self) -> str | None:
        """The topic of a tapped button; nothing when the button was not one of ours."""
        chosen = self.messages[0].choice if self.messages[0].kind == "choice" else None
        return chosen.removeprefix(replies.TOPIC_PREFIX) if chosen and chosen.startswith(replies.TOPIC_PREFIX) else None

    @property
    def follows(self) -> uuid.UUID | None:
        """The bulletin of a tapped "tell me of changes"; the engine is not asked about it."""
        return followed_bulletin(self.messages[0].choice) if self.messages[0].kind == "choice" else None


@dataclass(frozen=True)
class Hold:
    """The turn waits until this moment for what may follow a greeting."""

    until: dt.datetime


async def waiting_conversations(session: AsyncSession) -> list[uuid.UUID]:
    """Conversations with messages that have no turn yet."""
    waiting = select(Message.conversation_id).where(Message.turn_id.is_(None)).distinct()
    return list((await session.scalars(waiting)).all())


async def run_turn(service: Service, conversation_id: uuid.UUID) -> Hold | bool:
    """Answer the next turn; true when there may be another, a `Hold` when it is too early."""
    async with service.database.transaction() as session:
        question = await _next_question(session, service, conversation_id)
    if question is None:
        return False
    if (hold := _hold(question, service.settings.turn_hold)) is not None:
        return hold
    answer = await _ask(service, question)
    async with service.database.transaction() as session:
        await _write(session, service, question, answer)
    service.wake_outbox()
    return True


async def _next_question(session: AsyncSession, service: Service, conversation_id: uuid.UUID) -> Question | None:
    rows = (
        await session.scalars(
            select(Message)
            .where(Message.conversation_id == conversation_id, Message.turn_id.is_(None))
            .order_by(Message.sent_at, Message.id)
            .limit(MOST_MESSAGES)
        )
    ).all()
    if not rows:
        return None
    conversation = await session.get_one(Conversation, conversation_id)
    key = service.keyring.unwrap(conversation.wrapped_key)
    return Question(
        conversation_id=conversation.id,
        dialogue_id=conversation.dialogue_id,
        channel=conversation.channel,
        language=conversation.language,  # type: ignore[arg-type]  # written by us from the engine's closed set
        recipient=await recipient_of(session, service.keyring, conversation),
        messages=_one_turn([_opened(row, key) for row in rows]),
        with_humans=conversation.state in WITH_HUMANS,
        bot_answers=bot_may_answer(conversation.state) and not await is_blocked(session, conversation),
    )


def _opened(row: Message, key: bytes) -> Pending:
    content = json.loads(encryption.unseal(key, row.content_sealed, "message.content")) if row.content_sealed else {}
    return Pending(
        id=row.id,
        kind=row.kind,
        text=content.get("text"),
        choice=row.choice,
        masked=tuple(row.masked),
        external_id=encryption.unseal(key, row.external_id_sealed, "message.external_id").decode(),
        sent_at=row.sent_at,
        received_at=row.received_at,
    )


def _one_turn(messages: Sequence[Pending]) -> tuple[Pending, ...]:
    # A tapped button is a turn of its own: its topic must not be mixed with words about something else.
    if messages[0].kind == "choice":
        return (messages[0],)
    following = next((place for place, message in enumerate(messages) if message.kind == "choice"), len(messages))
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
    if question.bot_answers:  # else nobody is typing, and nobody has read it yet
        service.spawn(_show_typing(service, question))
    if not question.text or question.follows is not None:
        return None
    request = DialogueRequest(
        conversation_id=question.dialogue_id.hex,
        channel=question.channel,
        text=None if question.choice else question.text,
        choice=question.choice,
        language=question.language,
    )
    try:
        async with service.engine_slots:
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


def _is_too_old(service: Service, question: Question) -> bool:
    return now() - question.messages[-1].sent_at >= service.channels[question.channel].reply_window


async def _write(session: AsyncSession, service: Service, question: Question, answer: DialogueAnswer | None) -> None:
    conversation = await locked(session, question.conversation_id)
    turn = Turn(
        id=uuid.uuid4(), conversation_id=conversation.id, outcome=_outcome(service, question, answer), created_at=now()
    )
    session.add(turn)
    await session.flush()
    await _assign(session, turn, question)
    if answer is not None:
        await _remember(session, conversation, turn, answer)
        await note_feedback(session, turn)
    conversation.said_under_18 = conversation.said_under_18 or says_under_18(question.text)
    service.signals.send(session, "conversation", conversation.id.hex)
    last = question.messages[-1]
    if await settle(session, service, conversation, turn, text=question.text, choice=last.choice, sent_at=last.sent_at):
        return
    if question.leaves and turn.danger is None and conversation.state in WITH_HUMANS:
        turn.outcome = "left"
        await leave(session, service, conversation)
        return
    if await for_humans_only(session, conversation, turn):
        turn.outcome = "not_answered"
        await heed(session, conversation, turn, question.messages[0].sent_at)
        return
    nobody = await queue_if_needed(session, service, conversation, turn)
    await heed(session, conversation, turn, question.messages[0].sent_at)
    if turn.outcome != "window_closed":
        await _reply(session, service, conversation, turn, question, answer, nobody)


def _outcome(service: Service, question: Question, answer: DialogueAnswer | None) -> str:
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
        .returning(Message.id)
    )
    if not assigned.all():
        raise LookupError("The messages of this turn were answered or revoked meanwhile.")


async def _remember(session: AsyncSession, conversation: Conversation, turn: Turn, answer: DialogueAnswer) -> None:
    understood = answer.understood
    turn.topic, turn.confidence = understood.topic, understood.confidence
    turn.language, turn.danger = understood.language, understood.danger
    turn.guesses = [guess.topic for guess in understood.ranking[:MOST_GUESSES]]
    conversation.language = understood.language
    contact = await session.get_one(Contact, conversation.contact_id)
    contact.language = understood.language


async def _reply(
    session: AsyncSession,
    service: Service,
    conversation: Conversation,
    turn: Turn,
    question: Question,
    answer: DialogueAnswer | None,
    nobody: str,
) -> None:
    lines = service.lines
    language = conversation.language
    urgent = turn.danger is not None or replies.is_urgent(answer)
    if answer is not None:
        reply = await answered(session, service, question.text, answer, urgent=urgent)
    elif turn.outcome == "engine_failure":
        reply = replies.engine_failure(lines, language)
    elif question.follows is not None:
        reply = await followed(session, service, conversation, question.follows)
    else:
        reply = replies.from_kinds(lines, [message.kind for message in question.messages], language)
    if nobody:
        reply = reply.model_copy(update={"text": f"{reply.text}\n\n{nobody}"})
    first = conversation.introduced_at is None
    masked = [kind for message in question.messages for kind in message.masked]
    whole = replies.framed(lines, reply, language, first=first, urgent=urgent, masked=masked)
    if first:
        conversation.introduced_at = now()
    key = service.keyring.unwrap(conversation.wrapped_key)
    channel = service.channels[conversation.channel]
    priority = URGENT if urgent else REPLY
    await put(session, channel, conversation, key, whole, author="bot", turn_id=turn.id, priority=priority)
