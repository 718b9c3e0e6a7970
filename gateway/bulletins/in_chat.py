"""Station 4, bulletins and hours in a turn: what the engine said, with what only the gateway knows at this moment."""

import uuid

from sqlalchemy.ext.asyncio import AsyncSession

from gateway.bulletins.composing import chosen_notices, with_notices
from gateway.bulletins.followers import follow
from gateway.channels.base import Reply
from gateway.conversations import replies
from gateway.conversations.dialogue import DialogueAnswer
from gateway.conversations.models import Conversation
from gateway.database import now
from gateway.service import Service


async def answered(
    session: AsyncSession, service: Service, text: str, answer: DialogueAnswer, *, urgent: bool
) -> Reply:
    """The answer to `text` with the hours filled in, and with the notices in force that the text is about.

    Whoever thinks of death, or has been hurt in a way that needs a helper, is told of nothing else.
    """
    understood = answer.understood
    reply = replies.from_answer(service.lines, answer)
    words = await service.hours.filled(session, reply.text, understood.language, service.lines)
    reply = reply.model_copy(update={"text": words})
    if understood.danger == "crisis" or any("crisis" in part.escalation for part in answer.replies):
        return reply
    in_force = await service.notices.in_force(session)
    guesses = [guess.topic for guess in understood.ranking]
    notices = chosen_notices(in_force, text, understood.topic, guesses, urgent=urgent) if in_force else []
    if not notices:
        return reply
    return with_notices(service.lines, reply, answer, notices, service.settings.bulletins_url, now(), urgent=urgent)


async def followed(
    session: AsyncSession, service: Service, conversation: Conversation, bulletin_id: uuid.UUID
) -> Reply:
    """The reply to a tapped "tell me of changes"."""
    done = await follow(session, conversation, bulletin_id)
    line = "bulletin_followed" if done else "bulletin_over"
    return Reply(text=service.lines.say(line, conversation.language))
