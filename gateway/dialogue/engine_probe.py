"""Station 4, the probe of an engine that is out of rotation: it ends when the engine has answered a question.

That it says of itself that it is ready is not enough: the first question to an engine that has just started takes it
far longer than any other, and on a busy machine longer than its time-out. So no citizen's question is the first.
"""

import asyncio
import uuid

import structlog

from gateway.conversations.kinds import ChannelName
from gateway.core.tasks import end_if_cancelled
from gateway.dialogue.engine import DialogueEngine, DialogueRequest, DialogueUnavailable

log = structlog.get_logger()
PROBE_EVERY = 1.0  # seconds between health probes of an engine that is down
# Nobody's words; a topic that no part of the engine takes a short way for.
FIRST_QUESTION = "Miten teen rikosilmoituksen?"


async def until_it_answers(engine: DialogueEngine, number: int) -> None:
    """Ask the engine each second until it is ready and has answered; `number` is what the log calls it."""
    while not await _answers(engine, number):
        end_if_cancelled()
        await asyncio.sleep(PROBE_EVERY)


async def _answers(engine: DialogueEngine, number: int) -> bool:
    try:
        return await engine.is_ready() and await _answers_a_question(engine)
    except Exception as error:  # else it would stay out of rotation for ever
        log.error("engine_probe_failed", engine=number, exc_info=error)
        return False


async def _answers_a_question(engine: DialogueEngine) -> bool:
    talk = f"probe-{uuid.uuid4().hex}"
    try:
        await engine.answer(DialogueRequest(conversation_id=talk, channel=ChannelName.WEB, text=FIRST_QUESTION))
        await engine.forget(talk)
    except DialogueUnavailable as error:
        log.info("engine_not_ready_yet", why=str(error))
        return False
    return True
