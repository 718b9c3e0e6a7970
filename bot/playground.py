"""Dialogue, offline: the answers of a model that is not live, for the editors' playground page.

`python -m bot.playground --model <file>` reads requests (tests/contracts/dialogue_*.json), one on each line of standard
input, and answers each with a line {"answer", "guesses", "entities"} or {"error"}. It ends with its input.
"""

import argparse
import asyncio
import logging
import os
import sys
import warnings
from pathlib import Path
from typing import Any, Final

from rasa.core.agent import Agent
from rasa.core.channels.channel import UserMessage
from rasa.utils.endpoints import EndpointConfig
from rasa.utils.log_utils import configure_structlog

from bot.answers import AnswerGenerator
from bot.dialogue import Dialogue, DialogueFailed
from bot.lock_store import FairLockStore
from bot.models import verify_model
from bot.requests import Refused, parse_request
from bot.tracker_store import BoundedTrackerStore
from bot.train import report

_GUESSES: Final = 5


def main() -> int:
    """Answer requests until the input ends."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", required=True, type=Path)
    model: Path = parser.parse_args().model
    warnings.simplefilter("ignore")
    configure_structlog(logging.ERROR)
    sys.stdout = sys.stderr  # Rasa prints; the answers have standard output for themselves
    verify_model(model, os.environ["NEUVO_MODEL_KEY"])
    agent = Agent(
        generator=AnswerGenerator(),
        tracker_store=BoundedTrackerStore(None),
        lock_store=FairLockStore(),
        action_endpoint=EndpointConfig(url=f"{os.environ['NEUVO_ACTIONS_URL'].rstrip('/')}/webhook"),
    )
    agent.load_model(model)
    report(event="ready")
    for line in sys.stdin:
        report(**asyncio.run(_answer(agent, line)))
    return 0


async def _answer(agent: Agent, line: str) -> dict[str, Any]:
    try:
        request = parse_request(line.encode())
        answer = await Dialogue(agent, agent.handle_message).ask(request)
    except (Refused, DialogueFailed) as failure:
        return {"error": str(failure)}
    understood: dict[str, Any] = {"guesses": [], "entities": []}
    if request.text:
        assert agent.processor is not None
        parsed = await agent.processor.parse_message(UserMessage(request.text))
        understood = {
            "guesses": [
                {"topic": each["name"], "confidence": round(float(each["confidence"]), 4)}
                for each in parsed["intent_ranking"][:_GUESSES]
            ],
            "entities": [{"name": each["entity"], "value": str(each["value"])} for each in parsed["entities"]],
        }
    return {"answer": answer, **understood}


if __name__ == "__main__":
    sys.exit(main())
