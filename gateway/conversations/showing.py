"""Station 4, dialogue, beside it: while the engine thinks, the citizen sees that somebody is typing."""

import structlog

from gateway.channels.base import SendFailed
from gateway.conversations.breaker import place_of
from gateway.conversations.questions import Question
from gateway.service import Service

log = structlog.get_logger()


async def show_typing(service: Service, question: Question) -> None:
    """Mark the last message as read, and show that an answer is being written; where that fails, nothing happens."""
    channel = service.channels[question.channel]
    if place_of(question.channel, question.recipient.business_number) in service.stopped:
        return
    try:
        await channel.show_typing(question.recipient, question.messages[-1].external_id)
    except SendFailed as failure:
        # A comfort, not a message: the reply itself tells whether the number works.
        log.info("typing_not_shown", failure=failure.failure, code=failure.code)
