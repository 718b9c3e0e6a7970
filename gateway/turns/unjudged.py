"""Station 3, unjudged turns: what no engine could judge is judged when one is back, for the officers' queue.

Each is asked outside its conversation, which has gone on since; nothing is said to the citizen. What only the screen
had seen is confirmed or lifted, and danger that it had not seen puts the talk before officers as urgent.
"""

import datetime as dt
import uuid
from typing import Any

import structlog
from sqlalchemy import Executable, Row, bindparam, exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.conversations.kinds import ConversationState, HandoverReason, MessageKind, TurnOutcome
from gateway.conversations.models import Conversation, Message, Turn
from gateway.conversations.repository import keep_told, locked, open_told
from gateway.conversations.told import DangerState, ToldPart
from gateway.core import crypto
from gateway.core.compiled import prepare
from gateway.core.database import now
from gateway.core.errors import ConversationMissing
from gateway.dialogue.engine import DialogueAnswer, DialogueRequest, DialogueUnavailable, try_to_forget
from gateway.handover.queue import find_open_entry, lift_suspicion, request_officer
from gateway.turns.pending import PENDING_COLUMNS, decrypted
from gateway.turns.turn_input import TurnsContext, whole_text
from gateway.turns.turn_record import understand

log = structlog.get_logger()

# After a day the citizen's window is over, and so is what was dangerous then.
NOT_OLDER = dt.timedelta(hours=24)
BATCH = 10
# The topic of what cannot be asked about: a button, or a text that was revoked.
UNREADABLE = "unclear_message"
_UNJUDGED = prepare(
    select(Turn.id, Turn.conversation_id, Turn.danger)
    .where(
        Turn.outcome == TurnOutcome.ENGINE_FAILURE,
        Turn.topic.is_(None),
        Turn.created_at > bindparam("since"),
        exists(select(Message.id).where(Message.turn_id == Turn.id, Message.content_sealed.is_not(None))),
    )
    # What only the screen has judged first, then the newest.
    .order_by(Turn.danger.is_(None), Turn.created_at.desc())
    .limit(BATCH)
)
_OF_TURN = Message.turn_id == bindparam("turn")
_MESSAGES: Executable = select(*PENDING_COLUMNS).where(_OF_TURN).order_by(Message.sent_at, Message.id)


async def judge_again(service: TurnsContext) -> bool:
    """Judge a few of the turns that no engine has judged; returns whether more may wait. A failing engine ends it."""
    unjudged = await service.database.execute_autocommit(_UNJUDGED, {"since": now() - NOT_OLDER})
    if not unjudged or not await service.engine.is_ready():
        return False
    for row in unjudged:
        try:
            answer = await _judge(service, row)
        except DialogueUnavailable as error:
            log.warning("judging_again_ended", why=str(error))
            return False
        async with service.database.transaction() as session:
            await _write(session, service, row, answer)
    return len(unjudged) == BATCH


async def _judge(service: TurnsContext, row: Row[Any]) -> DialogueAnswer | None:
    """The engine's answer to the text of a turn; None where it has no text any more."""
    async with service.database.transaction() as session:
        conversation = await session.get(Conversation, row.conversation_id)
        if conversation is None:
            return None
        try:
            key = service.keyring.unwrap(conversation.wrapped_key)
        except crypto.CannotOpen:
            return None  # and it must not keep those behind it waiting
        messages = [decrypted(each, key) for each in (await session.execute(_MESSAGES, {"turn": row.id})).all()]
        channel, language = conversation.channel, conversation.language
    if not (text := whole_text(message.text for message in messages if message.kind != MessageKind.CHOICE)):
        return None
    dialogue = uuid.uuid4()
    request = DialogueRequest(conversation_id=dialogue.hex, channel=channel, text=text, language=language)
    answer = await service.engine.answer(request)
    service.spawn(try_to_forget(service.engine, dialogue))
    return answer


async def _write(session: AsyncSession, service: TurnsContext, row: Row[Any], answer: DialogueAnswer | None) -> None:
    try:
        conversation = await locked(session, row.conversation_id)
    except ConversationMissing:
        return  # erased since the query
    turn = await session.get_one(Turn, row.id, populate_existing=True)
    if turn.topic is not None:
        return  # another process was faster
    if answer is None:
        turn.topic = UNREADABLE
        return
    understand(turn, answer)
    await session.flush()
    if conversation.state == ConversationState.CLOSED:
        return
    # It would ask whether somebody is in danger; as nothing is said to the citizen, officers look.
    possible = turn.danger is None and answer.understood.possible_danger is not None
    if turn.danger is not None:
        await _remember_danger(session, service, conversation, turn)
    elif not possible:
        await lift_suspicion(session, conversation, answered=False)
    if turn.danger is not None or possible or await find_open_entry(session, conversation) is not None:
        reason = HandoverReason.POSSIBLE_DANGER if possible else HandoverReason.ENGINE_FAILURE
        reason = HandoverReason.DANGER if turn.danger is not None else reason
        await request_officer(session, conversation, reason=reason, urgency=turn.danger, topic=turn.topic)
    service.signals.send(session, "conversation", conversation.id.hex)


async def _remember_danger(
    session: AsyncSession, service: TurnsContext, conversation: Conversation, turn: Turn
) -> None:
    """What the engine now confirms outlives its memory, as if it had answered in time."""
    key = service.keyring.unwrap(conversation.wrapped_key)
    told = open_told(key, conversation.told_sealed)
    source = await session.scalar(select(func.max(Message.id)).where(Message.turn_id == turn.id))
    corrected = {part: name for part, name in told.corrected_by.items() if part != ToldPart.DANGER}
    sources = {**told.sources, **({ToldPart.DANGER: source} if source is not None else {})}
    new = {"danger": DangerState.NOW, "sources": sources, "corrected_by": corrected}
    keep_told(key, conversation, told.model_copy(update=new))
