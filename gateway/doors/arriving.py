"""Station 2, doors: by which of them a citizen came; the code is taken out of the words, and the arrival counted.

A talk counts for the first door that opened it, and a citizen at most once a day for each, as in every cell of the
figures. What is kept of it is the code, with the talk and as long as that.
"""

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.channels.base import IncomingMessage
from gateway.conversations.models import Conversation
from gateway.doors.codes import as_code, marked
from gateway.doors.models import Door
from gateway.figures.counting import add, midnight

MEASURE = "door"


async def is_door(session: AsyncSession, code: str | None) -> bool:
    """Whether a code was given to a door."""
    return code is not None and await session.scalar(select(exists().where(Door.code == code))) is True


async def without_mark(session: AsyncSession, message: IncomingMessage) -> IncomingMessage:
    """The message as the citizen meant it, with the door as its referral.

    Only what is a door's code is taken out: "(door 2345)" may be what somebody has to tell.
    """
    found = marked(message.text)
    if found is None or not await is_door(session, found.code):
        return message
    return message.model_copy(update={"text": found.text, "referral": found.code})


async def come_by(session: AsyncSession, conversation: Conversation, referral: str | None) -> None:
    """Note by which link a citizen came, and count it where the link is one of our doors."""
    if referral is None:
        return
    code, before = as_code(referral), as_code(conversation.referral)
    conversation.referral = code or referral
    if before is not None or code is None or not await is_door(session, code):
        return
    if not await _counted_today(session, conversation, code):
        add(session, [(MEASURE, code)])


async def _counted_today(session: AsyncSession, conversation: Conversation, code: str) -> bool:
    other_talk = exists().where(
        Conversation.contact_id == conversation.contact_id,
        Conversation.id != conversation.id,
        Conversation.referral == code,
        Conversation.last_citizen_message_at >= midnight(),
    )
    return await session.scalar(select(other_talk)) is True
