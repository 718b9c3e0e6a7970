"""Station 3, the answer: what is said to a turn, in one message where it fits, and put into the outbox."""

from sqlalchemy.ext.asyncio import AsyncSession

from gateway.bulletins.in_chat import answered, followed
from gateway.conversations import flood, replies
from gateway.conversations.dialogue import DialogueAnswer
from gateway.conversations.models import Conversation, Turn
from gateway.conversations.outbox import REPLY, URGENT, put
from gateway.conversations.questions import Question
from gateway.database import now
from gateway.service import Service


async def say_answer(
    session: AsyncSession,
    service: Service,
    conversation: Conversation,
    turn: Turn,
    question: Question,
    answer: DialogueAnswer | None,
    nobody: str,
) -> None:
    """Answer a turn that is written: the engine's words, or the fixed line for why there are none.

    `nobody` is added where a person was asked for and none is on duty.
    """
    lines = service.lines
    language = conversation.language
    urgent = turn.danger is not None or replies.is_urgent(answer)
    if turn.outcome == flood.SAID:
        reply = replies.slowed_down(lines, language)
    elif answer is not None:
        reply = await answered(session, service, question.text, answer, urgent=urgent)
    elif turn.outcome == "engine_failure":
        reply = replies.engine_failure(lines, language)
    elif question.follows is not None:
        reply = await followed(session, service, conversation, question.follows)
    else:
        reply = replies.from_kinds(lines, [message.kind for message in question.messages], language)
    if nobody:
        reply = reply.model_copy(update={"text": f"{reply.text}\n\n{nobody}"})
    first = conversation.introduced_at is None
    masked = [kind for message in question.messages for kind in message.masked]
    whole = replies.framed(lines, reply, language, first=first, urgent=urgent, masked=masked)
    if first:
        conversation.introduced_at = now()
    key = service.keyring.unwrap(conversation.wrapped_key)
    channel = service.channels[conversation.channel]
    priority = URGENT if urgent else REPLY
    await put(session, channel, conversation, key, whole, author="bot", turn_id=turn.id, priority=priority)
