"""Station 3, turns: the pending messages of one conversation, in order, become one input of the engine and one reply.

The conversation is leased and the engine is asked outside any transaction; then turn, messages, reply and queue entry
are written, and the lease released, in one. If the process dies in between, the messages are still pending and another
process asks again; if its lease only expired, it writes nothing.
"""

import uuid
from dataclasses import dataclass, field, replace

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.conversations.addresses import recipient
from gateway.conversations.kinds import ChannelName, ConversationState, MessageKind, TurnOutcome
from gateway.conversations.models import Conversation, Turn
from gateway.conversations.priority import says_under_18
from gateway.conversations.reassign import reassign_pending
from gateway.conversations.repository import is_externally_controlled, open_told
from gateway.conversations.states import bot_may_answer
from gateway.core.db_errors import is_database_fault
from gateway.core.errors import ConversationMissing
from gateway.core.events import publish
from gateway.core.leases import LeaseLost, acquire_and_ask, release_at_once
from gateway.core.traces import Station, within
from gateway.dialogue.engine import DialogueAnswer, DialogueRequest, DialogueUnavailable, try_to_forget
from gateway.handover.ownership import leave
from gateway.handover.queue import bot_must_be_silent, lift_suspicion, queue_if_needed, record_activity
from gateway.outbox.leased import LeasedReply
from gateway.outbox.send import send_leased
from gateway.privacy.data_requests import handle_data_request
from gateway.turns.compose import answer_turn, show_typing, takes_request_back
from gateway.turns.edits import delete_edit, needs_no_turn
from gateway.turns.pace import HELD_STEP, Debounce, debounce_of, held, is_platform_on, is_window_closed, outcome
from gateway.turns.pending import (
    PENDING_MESSAGES,
    addresses_of,
    decrypted,
    earliest_before,
    with_typed_choice,
    words_before,
)
from gateway.turns.turn_input import TurnInput, TurnsContext, one_turn
from gateway.turns.turn_record import (
    TurnState,
    WrittenTurn,
    assign_messages,
    finished,
    release_and_read,
    remember_language,
    remember_told,
    turn_of,
)

log = structlog.get_logger()


@dataclass
class _Ended:
    """How a turn has ended: whether another is pending, and which replies this process sends itself."""

    more: bool = False
    leased: list[LeasedReply] = field(default_factory=list)


async def run_turn(
    service: TurnsContext,
    conversation_id: uuid.UUID,
    channel: ChannelName | None = None,
    *,
    urgent: bool = False,
    sends: bool = False,
) -> Debounce | bool:
    """Answer the next turn; True when there may be another, a `Debounce` when it is too early or no engine is there.

    `sends`: where it may go at once the reply is leased with the turn, and sent; else the outbox finds it. `channel`:
    with whose others it shares the engine. False also when another process has leased the conversation: it checks for
    more when it finishes.
    """
    await service.engine.until_there(HELD_STEP)
    async with service.turn_slots.slot(conversation_id, urgent=urgent, source=channel):
        turn_input = await _next_input(service, conversation_id, sends=sends)
        if turn_input is None:
            return False
        if (debounce := debounce_of(turn_input, service.settings.turn_hold)) is not None:
            # Whichever process is told first of what follows answers both.
            await release_at_once(service.database, service.process, conversation_id)
            return debounce
        with within(turn_input.messages[0].trace, Station.TURN):
            ended = await _answered(service, turn_input)
    if ended is None or isinstance(ended, Debounce):
        return ended or False
    send_leased(service, ended.leased)
    if not ended.leased:
        service.wake_outbox()
    return ended.more


async def _answered(service: TurnsContext, turn_input: TurnInput) -> _Ended | Debounce | None:
    conversation_id = turn_input.conversation_id
    try:
        answer = await _ask_engine(service, turn_input)
        if isinstance(answer, Debounce):
            await release_at_once(service.database, service.process, conversation_id)
            return answer
        return await _finish(service, turn_input, answer)
    except (LeaseLost, ConversationMissing) as error:
        log.warning("turn_abandoned", conversation=conversation_id.hex, why=type(error).__name__)
        # Where its messages were revoked or erased meanwhile, the lease is still ours.
        await release_at_once(service.database, service.process, conversation_id)
        if isinstance(error, ConversationMissing):
            await try_to_forget(service.engine, turn_input.dialogue_id)  # what it has just been sent
        return None


async def _finish(service: TurnsContext, turn_input: TurnInput, answer: DialogueAnswer | None) -> _Ended:
    """Write the turn and release the lease; an answer that cannot be written counts as an engine failure.

    Else the same error would recur each second, with no reply to the citizen and no entry in the queue.
    """
    try:
        async with service.database.direct() as session:
            return await _write_and_release(session, service, turn_input, answer)
    except Exception as error:
        if answer is None or isinstance(error, LeaseLost | ConversationMissing) or is_database_fault(error):
            raise
        log.error("answer_not_written", conversation=turn_input.conversation_id.hex, exc_info=error)
        found = answer.understood
        without_answer = replace(turn_input, danger=found.danger, topic=found.topic if found.danger else None)
        async with service.database.direct() as session:
            return await _write_and_release(session, service, without_answer, None)


async def _write_and_release(
    session: AsyncSession, service: TurnsContext, turn_input: TurnInput, answer: DialogueAnswer | None
) -> _Ended:
    """Write the turn and release the lease; what is pending after it, no other process was told of."""
    found = await release_and_read(session, service.process, turn_input)
    ended = _Ended(found.more)
    if turn_input.kind == MessageKind.EDIT and needs_no_turn(turn_input.text, answer):
        await delete_edit(session, turn_input.messages[0].id)
    else:
        written = await _write(session, service, turn_input, answer, found)
        if written is not None:
            ended = _Ended(found.more or written.edited, written.leased)
            await session.flush()
            await publish(session, finished(service.keyring, written, turn_input))
    return ended


async def _next_input(service: TurnsContext, conversation_id: uuid.UUID, *, sends: bool) -> TurnInput | None:
    pending = PENDING_MESSAGES, {"conversation": conversation_id, "recent": earliest_before()}
    rows = await acquire_and_ask(service.database, service.process, conversation_id, pending)
    if rows is None:
        return None
    if not rows:
        await release_at_once(service.database, service.process, conversation_id)
        return None
    first = rows[0]
    key = service.keyring.unwrap(first.wrapped_key)
    messages = {row.id: row for row in rows}.values()  # one row for each message and address
    return TurnInput(
        conversation_id=conversation_id,
        dialogue_id=first.dialogue_id,
        channel=first.channel,
        language=first.language,
        recipient=recipient(first, addresses_of(rows, service.keyring)),
        messages=one_turn(
            [await with_typed_choice(service, key, decrypted(row, key), conversation_id) for row in messages]
        ),
        state=first.state,
        told=open_told(key, first.told_sealed),
        bot_answers=bot_may_answer(first.state) and not is_externally_controlled(first) and first.blocked_at is None,
        before=words_before(first, key),
        sends=sends,
    )


async def _ask_engine(service: TurnsContext, turn_input: TurnInput) -> DialogueAnswer | Debounce | None:
    """The engine's answer; None when there is no text to ask about or it failed, a `Debounce` while it may start."""
    if is_window_closed(service, turn_input):
        return None
    is_edit = turn_input.kind == MessageKind.EDIT
    # Else no answer is being written, and no officer has read it yet.
    answers = turn_input.bot_answers and not turn_input.is_too_late
    if answers and not is_edit and is_platform_on(service, turn_input):
        service.spawn(show_typing(service, turn_input))
    if not turn_input.text or turn_input.needs_no_engine:
        return None
    request = DialogueRequest(
        # An edit is judged outside the conversation, which has gone on since.
        conversation_id=uuid.uuid4().hex if is_edit else turn_input.dialogue_id.hex,
        channel=turn_input.channel,
        text=None if turn_input.choice else turn_input.text,
        choice=turn_input.choice,
        title=turn_input.text,
        language=turn_input.language,
        state=None if is_edit else turn_input.given,
        scam_check=None if turn_input.scam_check is None else turn_input.scam_check.as_json(),
        before=None if is_edit or turn_input.choice else turn_input.before,
        urgent=turn_input.suspected is not None,
    )
    try:
        return await service.engine.answer(request)
    except DialogueUnavailable as error:
        if (waits := held(service, turn_input, error)) is not None:
            return waits
        log.error("dialogue_unavailable", conversation=turn_input.conversation_id.hex, why=str(error))
        return None


async def _write(
    session: AsyncSession, service: TurnsContext, turn_input: TurnInput, answer: DialogueAnswer | None, found: TurnState
) -> WrittenTurn | None:
    """The turn as written; None where it was a request about the citizen's own data, or the conversation is closed."""
    conversation, contact = found.conversation, found.contact
    if conversation.state == ConversationState.CLOSED:  # an officer closed it meanwhile
        await reassign_pending(session, service, conversation)
        return None
    written = await _write_turn(session, service, turn_input, answer, found)
    turn = written.turn
    asks = answer is not None and turn.danger is None and answer.understood.possible_danger is not None
    was_asked, conversation.danger_asked_at = conversation.danger_asked_at is not None, None
    if answer is not None:
        remember_language(conversation, contact, answer)
    conversation.said_under_18 = conversation.said_under_18 or says_under_18(turn_input.text)
    service.signals.send(session, "conversation", conversation.id.hex)
    last = turn_input.messages[-1]
    if await handle_data_request(
        session, service, conversation, turn, text=turn_input.text, choice=last.choice, sent_at=last.sent_at
    ):
        return None
    takes_back = takes_request_back(conversation.state, turn, turn_input, answer)
    remember_told(service.keyring, written, turn_input, answer, takes_back=takes_back)
    if takes_back and await leave(session, service, conversation, turn, by_button=turn_input.leaves):
        turn.outcome = TurnOutcome.LEFT
        return written
    lifts = answer is not None and turn.danger is None and not asks and (turn_input.suspected is not None or was_asked)
    await _weigh_danger(session, service, conversation, turn, lifts=lifts)
    if bot_must_be_silent(conversation, contact, turn):
        turn.outcome = TurnOutcome.NOT_ANSWERED
        await record_activity(session, conversation, turn, turn_input.messages[0].sent_at, is_unasked=asks)
        return written
    written.by_bot = True
    if asks:
        conversation.danger_asked_at = turn.created_at
    await answer_turn(session, service, conversation, written, turn_input, answer)
    return written


async def _weigh_danger(
    session: AsyncSession, service: TurnsContext, conversation: Conversation, turn: Turn, *, lifts: bool
) -> None:
    """Take back what only the screen suspected, and put danger before officers where somebody else has the talk."""
    if lifts:  # an engine that still asks whether somebody is in danger has not denied it
        await lift_suspicion(session, conversation)
    if is_externally_controlled(conversation) and turn.danger is not None:
        # Whoever controls the conversation may not have seen it.
        await queue_if_needed(session, service, conversation, turn)


async def _write_turn(
    session: AsyncSession,
    service: TurnsContext,
    turn_input: TurnInput,
    answer: DialogueAnswer | None,
    found: TurnState,
) -> WrittenTurn:
    """Write the turn with its messages and what the engine understood of them; `LeaseLost` where all were revoked."""
    if not found.contents:
        raise LeaseLost
    conversation = found.conversation
    danger = turn_input.danger or turn_input.suspected  # where no engine has judged, the screen has
    turn = turn_of(conversation, outcome(service, turn_input, answer), answer, danger, turn_input.topic)
    session.add(turn)
    await session.flush()
    edited = await assign_messages(session, turn, turn_input, found)
    return WrittenTurn(conversation, turn, len(found.contents), found.earlier, edited=bool(edited))
