"""Handover, called at each turn: whether the bot may answer it, and whether the conversation enters the queue."""

from sqlalchemy.ext.asyncio import AsyncSession

from gateway.conversations.external_control import is_externally_controlled
from gateway.conversations.kinds import EventKind, HandoverReason, TurnOutcome
from gateway.conversations.models import Conversation, Turn
from gateway.conversations.repository import GATEWAY, add_event
from gateway.conversations.states import UNANSWERABLE, ActorRole, bot_may_answer
from gateway.core.database import now
from gateway.handover.blocking import is_blocked
from gateway.handover.queue import danger_reason, find_open_entry, request_officer
from gateway.handover.shifts import nobody_on_duty_line, nobody_reads_line
from gateway.outbox.templates import OutboxContext


async def bot_must_be_silent(session: AsyncSession, conversation: Conversation, turn: Turn) -> bool:
    """Whether an officer owns the conversation, it is externally controlled, or a blocked citizen is in no danger."""
    if not bot_may_answer(conversation.state) or is_externally_controlled(conversation):
        return True
    return turn.danger is None and await is_blocked(session, conversation)


async def queue_if_needed(
    session: AsyncSession,
    service: OutboxContext,
    conversation: Conversation,
    turn: Turn,
    *,
    asks: bool = False,
    anew: bool = False,
) -> str:
    """Put the conversation into the officers' queue for danger, a request for an officer, or a turn without an answer.

    `asks`: the citizen asks for an officer with this turn, by a clear yes or request; `anew`: for the first time. Only
    then do they hear of it: returns the text to add to the bot's answer when none is on duty, else an empty one. To
    danger it is said once that nobody of the police reads this now.
    """
    reason = _reason(turn, asks=asks)
    if reason is None:
        return ""
    by = ActorRole.CITIZEN if reason == HandoverReason.ASKED else ActorRole.GATEWAY
    if turn.outcome == TurnOutcome.PLATFORM_OFF:
        add_event(session, conversation.id, EventKind.PLATFORM_OFF, GATEWAY, channel=conversation.channel)
    new = await request_officer(
        session, conversation, reason=reason, urgency=turn.danger, topic=turn.topic, by=by, actor=by
    )
    if not anew:
        # Who writes of danger has asked for nobody, and must not wait for somebody to read it.
        return await nobody_reads_line(session, service, conversation) if new and turn.danger is not None else ""
    if not new and (entry := await find_open_entry(session, conversation)) is not None:
        # It waited for officers without the citizen's knowledge; their own waiting begins now.
        entry.queued_at, entry.reassured_at = now(), None
        entry.alarm(entry.queued_at)
    return await nobody_on_duty_line(session, service, conversation)


def _reason(turn: Turn, *, asks: bool) -> HandoverReason | None:
    if turn.danger is not None:
        return danger_reason(turn)
    if asks:
        return HandoverReason.ASKED
    unanswered = turn.outcome in (TurnOutcome.ENGINE_FAILURE, *UNANSWERABLE)
    return HandoverReason(turn.outcome.value) if unanswered else None
