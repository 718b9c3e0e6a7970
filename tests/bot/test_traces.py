"""The trace of a message on Rasa's side: named by the gateway, in the log, and measured."""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import structlog
from rasa.core.agent import Agent
from rasa.core.channels.channel import UserMessage
from structlog.contextvars import merge_contextvars
from structlog.testing import LogCapture

from tests.bot.stage import WORDS, Door

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = f"00-{TRACE}-00f067aa0ba902b7-01"
BODY = {"conversation_id": "traced", "channel": "whatsapp", "text": WORDS}


def test_what_rasa_measured_comes_back_beside_the_answer(door: Door) -> None:
    before = time.time_ns()
    status, _ = door.post(BODY, traceparent=PARENT)
    found = re.fullmatch(r"([0-9a-f]{16})-(\d+)-(\d+)", door.span or "")

    assert status == 200
    assert found is not None
    assert found[1] != "00f067aa0ba902b7"
    assert before < int(found[2]) < int(found[3]) < time.time_ns()


@pytest.mark.parametrize("header", [None, "", "00-xyz", f"{PARENT}\tmoi", f"00-{TRACE.upper()}-00f067aa0ba902b7-01"])
def test_without_a_trace_in_the_standards_form_nothing_is_measured(door: Door, header: str | None) -> None:
    status, _ = door.post(BODY, traceparent=header)
    assert (status, door.span) == (200, None)


class Crashing(Agent):  # type: ignore[misc]
    """An agent that fails."""

    async def handle_message(self, message: UserMessage) -> None:
        raise RuntimeError("broken")


@contextmanager
def logged() -> Iterator[list[Any]]:
    """The lines of the log in this block, with what stands around them; the list of processors is the loggers' own."""
    capture, processors = LogCapture(), structlog.get_config()["processors"]
    before = [*processors]
    processors[:] = [merge_contextvars, capture]
    try:
        yield capture.entries
    finally:
        processors[:] = before


def test_a_line_of_rasas_log_names_the_trace_of_the_message(door: Door) -> None:
    crashing = Crashing()
    crashing.load_model = door.app.ctx.agent.load_model
    crashing.processor = door.app.ctx.agent.processor
    with door.before(crashing), logged() as said:
        status, _ = door.post(BODY, traceparent=PARENT)

    assert status == 500
    assert [line.get("trace") for line in said if line["event"] == "dialogue.failed"] == [TRACE]
    assert door.span is not None
