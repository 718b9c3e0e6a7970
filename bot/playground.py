"""Dialogue, offline: the answers of a model that is not live, for the editors' playground page.

`python -m bot.playground --model <file>` reads talks, one on each line of standard input: {"turns": [request, …]},
the requests as in tests/contracts/dialogue_*.json, each with the "title" of a pressed button. It answers the last turn
with a line {"answer", "guesses", "entities"} or {"error"}; the earlier ones it asks only where it does not know the
talk. It ends with its input.
"""

import argparse
import asyncio
import json
import logging
import os
import sys
import warnings
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from rasa.core.agent import Agent
from rasa.core.channels.channel import UserMessage
from rasa.utils.endpoints import EndpointConfig
from rasa.utils.log_utils import configure_structlog

from bot.answers import AnswerGenerator
from bot.dialogue import Dialogue, DialogueFailed, harmless
from bot.lock_store import FairLockStore
from bot.models import verify_model
from bot.requests import DialogueRequest, Refused, parse_request
from bot.tracker_store import BoundedTrackerStore
from bot.train import report

_GUESSES: Final = 5
_UNKNOWN_CHOICE: Final = 422  # bot/dialogue.py


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
    *earlier, last = json.loads(line)["turns"]
    dialogue = Dialogue(agent, agent.handle_message)
    try:
        await _catch_up(agent, dialogue, last["conversation_id"], earlier)
        request, answer = await _ask(dialogue, last)
    except (Refused, DialogueFailed) as failure:
        return {"error": str(failure)}
    understood: dict[str, Any] = {"guesses": [], "entities": []}
    if request.text:
        assert agent.processor is not None
        parsed = await agent.processor.parse_message(UserMessage(harmless(request.text.strip())))
        understood = {
            "guesses": [
                {"topic": each["name"], "confidence": round(float(each["confidence"]), 4)}
                for each in parsed["intent_ranking"][:_GUESSES]
            ],
            "entities": [{"name": each["entity"], "value": str(each["value"])} for each in parsed["entities"]],
        }
    return {"answer": answer, **understood}


async def _catch_up(agent: Agent, dialogue: Dialogue, talk: str, earlier: list[dict[str, Any]]) -> None:
    """Tell this process the earlier turns of a talk that it does not know."""
    if await agent.tracker_store.retrieve(talk) is None:
        for turn in earlier:
            with suppress(Refused, DialogueFailed):  # the editor was told so when the turn was new
                await _ask(dialogue, turn)


async def _ask(dialogue: Dialogue, turn: dict[str, Any]) -> tuple[DialogueRequest, dict[str, Any]]:
    """What was asked, and the answer; a choice that this model does not know is asked as the words of its button."""
    title = turn.pop("title", "")
    request = parse_request(json.dumps(turn).encode())
    try:
        return request, await dialogue.ask(request)
    except Refused as refused:
        if not (request.choice and title and refused.status == _UNKNOWN_CHOICE):
            raise
        words = replace(request, choice="", text=title)
        return words, await dialogue.ask(words)


if __name__ == "__main__":
    sys.exit(main())
