"""Bulletins in a turn: the engine's answer with service hours and bulletins; the reply to following one."""

import uuid

from sqlalchemy.ext.asyncio import AsyncSession

from gateway.bulletins.cache import BulletinsContext
from gateway.bulletins.compose import add_bulletins, select_bulletins
from gateway.bulletins.followers import follow
from gateway.conversations.kinds import Danger
from gateway.conversations.messages import Reply
from gateway.conversations.models import Conversation
from gateway.core.database import now
from gateway.dialogue import compose
from gateway.dialogue.engine import DialogueAnswer


async def bulletin_reply(
    session: AsyncSession, service: BulletinsContext, text: str, answer: DialogueAnswer, *, urgent: bool
) -> Reply:
    """The answer to `text` with the hours filled in, and with the bulletins in force that the text is about.

    In a crisis no bulletin is added.
    """
    understood = answer.understood
    reply = compose.from_answer(service.lines, answer)
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
