"""Handover: what a citizen who waits is told of when somebody comes and who helps until then."""

from sqlalchemy.ext.asyncio import AsyncSession

from gateway.conversations.models import Conversation
from gateway.handover.shifts import anybody_on_duty
from gateway.service import Service

ON_DUTY, NOBODY = "handover_still_waiting", "handover_nobody_on_duty"


async def waiting_line(session: AsyncSession, service: Service, conversation: Conversation) -> tuple[str, str]:
    """The line for somebody who waits, and when officers are there, in words, if that is known."""
    if await anybody_on_duty(session, service.settings.officer_lost_seconds):
        return ON_DUTY, ""
    return NOBODY, service.hours(conversation.language) if service.hours else ""


async def nobody_there(session: AsyncSession, service: Service, conversation: Conversation) -> str:
    """What is added to the bot's answer when a person is asked for and none is on duty; empty when one is."""
    line, hours = await waiting_line(session, service, conversation)
    if line == ON_DUTY:
        return ""
    return "\n\n".join(filter(None, [service.lines.say(line, conversation.language), hours]))
