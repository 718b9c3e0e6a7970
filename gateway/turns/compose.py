"""Station 3, composing: the reply to a turn, in one message where it fits, is queued in the outbox."""

import uuid

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.bulletins.cache import BulletinsContext
from gateway.bulletins.compose import add_bulletins, select_bulletins
from gateway.bulletins.followers import follow
from gateway.channels.base import SendFailed
from gateway.conversations.addresses import number_key
from gateway.conversations.kinds import Author, ConversationState, Danger, Priority, TurnOutcome
from gateway.conversations.messages import Reply
from gateway.conversations.models import Conversation, Turn
from gateway.conversations.states import UNANSWERABLE, WITH_OFFICERS, request_is_open
from gateway.core.database import now
from gateway.dialogue import compose
from gateway.dialogue.engine import DialogueAnswer
from gateway.handover.feedback import thanks
from gateway.handover.queue import queue_if_needed, record_activity
from gateway.outbox.leased import leased_reply, may_go_now
from gateway.outbox.queue import NewItem, ReplyTo, enqueue
from gateway.turns.pace import flood_outcome
from gateway.turns.turn_input import TurnInput, TurnsContext
from gateway.turns.turn_record import WrittenTurn
from screening.danger.screen import language_of


async def queue_answer(
    session: AsyncSession,
    service: TurnsContext,
    conversation: Conversation,
    written: WrittenTurn,
    turn_input: TurnInput,
    answer: DialogueAnswer | None,
    nobody_on_duty: str,
) -> None:
    """Queue the reply to a turn that is written, and lease it where this process sends it itself and it may go now.

    `nobody_on_duty` is appended where an officer was asked for and none is on duty.
    """
    turn = written.turn
    urgent = turn.danger is not None or compose.is_urgent(answer)
    reply = await _words(session, service, conversation, written, turn_input, answer, nobody_on_duty)
    if conversation.introduced_at is None and turn_input.feedback is None:
        conversation.introduced_at = now()
    key = service.keyring.unwrap(conversation.wrapped_key)
    channel = service.channels[conversation.channel]
    priority = Priority.URGENT if urgent else Priority.REPLY
    item = NewItem(uuid.uuid4(), Author.BOT, now())
    at_once = turn_input.sends and await may_go_now(session, service, channel, conversation, priority)
    parts = await enqueue(
        session,
        channel,
        conversation,
        key,
        reply,
        ReplyTo.turn(turn),
        author=item.author,
        priority=priority,
        first_id=item.id,
        leased_by=service.process if at_once else None,
    )
    if at_once:
        leased = leased_reply(channel, item, conversation, key, parts[0], turn_input.recipient, attempts=1)
        written.leased.append(leased)


async def _words(
    session: AsyncSession,
    service: TurnsContext,
    conversation: Conversation,
    written: WrittenTurn,
    turn_input: TurnInput,
    answer: DialogueAnswer | None,
    nobody_on_duty: str,
) -> Reply:
    """The engine's answer, or the fixed text for why there is none, with what frames it."""
    lines, turn = service.lines, written.turn
    language: str | None = conversation.language
    if language is None and answer is None and turn.danger is not None:
        language = language_of(turn_input.text)  # whoever is in danger does not read three languages first
    urgent = turn.danger is not None or compose.is_urgent(answer)
    if turn.outcome == TurnOutcome.SLOWED_DOWN:
        reply = compose.slowed_down(lines, language)
    elif answer is not None:
        reply = await bulletin_reply(session, service, turn_input.text, answer, urgent=urgent)
    elif turn.outcome == TurnOutcome.ENGINE_FAILURE:
        reply = compose.engine_failure(lines, language, None if turn_input.warned else turn.danger)
    elif turn_input.follows is not None:
        reply = await follow_reply(session, service, conversation, turn_input.follows)
    elif turn_input.feedback is not None:
        return thanks(lines, turn_input.feedback, language)  # about the talk before, which has ended
    else:
        reply = compose.from_kinds(lines, [message.kind for message in turn_input.messages], language)
    if nobody_on_duty:
        reply = reply.model_copy(update={"text": f"{reply.text}\n\n{nobody_on_duty}"})
    first = conversation.introduced_at is None
    masked = [kind for message in turn_input.messages for kind in message.masked]
    return compose.framed(lines, reply, language, first=first, urgent=urgent, masked=masked)


log = structlog.get_logger()


async def show_typing(service: TurnsContext, turn_input: TurnInput) -> None:
    """Mark the last message as read and show a typing indicator; a failure is only logged."""
    channel = service.channels[turn_input.channel]
    if number_key(turn_input.channel, turn_input.recipient.business_number) in service.suspended:
        return
    try:
        await channel.show_typing(turn_input.recipient, turn_input.messages[-1].external_id)
    except SendFailed as failure:
        # The reply itself shows whether the number works.
        log.info("typing_not_shown", failure=failure.failure, code=failure.code)


async def answer_turn(
    session: AsyncSession,
    service: TurnsContext,
    conversation: Conversation,
    written: WrittenTurn,
    turn_input: TurnInput,
    answer: DialogueAnswer | None,
) -> None:
    """Put the conversation before officers where it belongs there, and queue what the citizen is told."""
    turn = written.turn
    nobody_on_duty = await queue_if_needed(
        session, service, conversation, turn, asks=written.asks, anew=written.asks_anew
    )
    await record_activity(session, conversation, turn, turn_input.messages[0].sent_at)
    if answer is not None and turn.outcome not in UNANSWERABLE and not _must_be_answered(turn, answer):
        turn.outcome = flood_outcome(written.earlier, turn.created_at, service.settings.citizen_turns) or turn.outcome
    if turn.outcome not in UNANSWERABLE | {TurnOutcome.TOO_MANY}:
        await queue_answer(session, service, conversation, written, turn_input, answer, nobody_on_duty)


def _must_be_answered(turn: Turn, answer: DialogueAnswer) -> bool:
    """Whether the flood limit must not apply: danger, or a request for an officer."""
    return turn.danger is not None or compose.is_urgent(answer) or turn.topic == compose.OFFICER_TOPIC


# The act of the engine by which a citizen takes the request for an officer back.
CANCEL_OFFICER = "cancel_officer"


def takes_request_back(
    state: ConversationState, turn: Turn, turn_input: TurnInput, answer: DialogueAnswer | None
) -> bool:
    """Whether the citizen wants no officer any more: by our button or closed words, or in words of their own.

    Words of their own count only while nobody has come: an engine may mistake what is said to an officer.
    """
    if turn.danger is not None or state not in WITH_OFFICERS:
        return False
    cancels = answer is not None and answer.understood.act == CANCEL_OFFICER
    return turn_input.leaves or (cancels and request_is_open(turn_input.told) and state == ConversationState.WAITING)


async def bulletin_reply(
    session: AsyncSession, service: BulletinsContext, text: str, answer: DialogueAnswer, *, urgent: bool
) -> Reply:
    """The answer to `text` with the hours filled in, and with the bulletins in force that the text is about.

    In a crisis no bulletin is added.
    """
    understood = answer.understood
    reply = compose.from_answer(service.lines, answer)
    if "{" in reply.text:
        words = await service.hours.filled(session, reply.text, understood.language, service.lines)
        reply = reply.model_copy(update={"text": words})
    if understood.danger == Danger.CRISIS or any("crisis" in part.escalation for part in answer.replies):
        return reply
    in_force = await service.bulletins.in_force(session)
    guesses = [guess.topic for guess in understood.ranking]
    bulletins = select_bulletins(in_force, text, understood.topic, guesses, urgent=urgent) if in_force else []
    if not bulletins:
        return reply
    return add_bulletins(service.lines, reply, answer, bulletins, service.settings.bulletins_url, now(), urgent=urgent)


async def follow_reply(
    session: AsyncSession, service: BulletinsContext, conversation: Conversation, bulletin_id: uuid.UUID
) -> Reply:
    """The reply to a tapped follow button."""
    done = await follow(session, conversation, bulletin_id)
    line = "bulletin_followed" if done else "bulletin_over"
    return Reply(text=service.lines.say(line, conversation.language))
