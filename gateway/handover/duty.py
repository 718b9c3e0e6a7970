"""Handover: what a citizen who waits is told of when somebody comes and who helps until then."""

from sqlalchemy.ext.asyncio import AsyncSession

from gateway.conversations.lines import LANGUAGES
from gateway.conversations.models import Conversation
from gateway.database import now
from gateway.handover.shifts import anybody_on_duty
from gateway.hours.schedule import is_open
from gateway.service import Service

ON_DUTY, NOBODY = "handover_still_waiting", "handover_nobody_on_duty"


async def waiting_line(session: AsyncSession, service: Service, conversation: Conversation) -> tuple[str, str]:
    """The line for somebody who waits, and outside the service hours when officers are there, in words."""
    if await anybody_on_duty(session, service.settings.officer_lost_seconds):
        return ON_DUTY, ""
    schedule = await service.hours.schedule(session)
    if schedule is None or is_open(schedule, now()):
        return NOBODY, ""
    return NOBODY, await service.hours.presence(session, conversation.language or LANGUAGES[0], service.lines)


async def nobody_there(session: AsyncSession, service: Service, conversation: Conversation) -> str:
    """What is added to the bot's answer when a person is asked for and none is on duty; empty when one is.

    The hours are in the answer itself.
    """
    line, _ = await waiting_line(session, service, conversation)
    return "" if line == ON_DUTY else service.lines.say(line, conversation.language)
