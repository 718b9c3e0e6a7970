"""Handover, asked at each turn: whether the bot may answer it, and whether it belongs before the officers."""

from sqlalchemy.ext.asyncio import AsyncSession

from gateway.conversations.models import Conversation, Turn
from gateway.conversations.replies import OFFICER_TOPIC
from gateway.handover.blocking import is_blocked
from gateway.handover.duty import nobody_there
from gateway.handover.elsewhere import is_led_elsewhere
from gateway.handover.queue import GATEWAY, add_event, ask_for_officer
from gateway.handover.states import Role, bot_may_answer
from gateway.service import Service

PLATFORM_OFF = "platform_off"
# Outcomes of a turn to which nothing can be said; each is an officer's matter.
UNSAYABLE = ("window_closed", PLATFORM_OFF)


async def for_humans_only(session: AsyncSession, conversation: Conversation, turn: Turn) -> bool:
    """Whether an officer owns the conversation, it is led elsewhere, or the citizen is blocked and in no danger."""
    if not bot_may_answer(conversation.state) or is_led_elsewhere(conversation):
        return True
    return turn.danger is None and await is_blocked(session, conversation)


async def queue_if_needed(session: AsyncSession, service: Service, conversation: Conversation, turn: Turn) -> str:
    """Put the conversation before the officers where it belongs there.

    Returns what must be said when somebody asks for a person and nobody is on duty.
    """
    reason = turn.outcome if turn.outcome in ("engine_failure", *UNSAYABLE) else None
    if turn.danger is not None:
        reason = "danger"
    elif turn.topic == OFFICER_TOPIC:
        reason = "asked"
    if reason is None:
        return ""
    by: Role = "citizen" if reason == "asked" else "gateway"
    if turn.outcome == PLATFORM_OFF:
        add_event(session, conversation.id, PLATFORM_OFF, GATEWAY, channel=conversation.channel)
    new = await ask_for_officer(
        session, conversation, reason=reason, urgency=turn.danger, topic=turn.topic, by=by, actor=by
    )
    return await nobody_there(session, service, conversation) if new and reason == "asked" else ""
