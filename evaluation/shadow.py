"""Evaluation, shadow run: a model that may be published beside the live one, on citizens' masked messages.

    .venv/rasa/bin/python -m evaluation.shadow --model <file> --live-model <file>

The first line of standard input is a JSON list of texts; they are kept nowhere, and of them only figures are printed.
It ends when standard input closes. Nobody is answered by it.
"""

import argparse
import asyncio
import json
import logging
import os
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rasa.core.agent import Agent
from rasa.core.channels.channel import UserMessage
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.log_utils import configure_structlog

from bot.history import opening
from bot.models import verify_model
from bot.names import UNSURE
from bot.train import end_with_parent, report


@dataclass(frozen=True)
class Seen:
    """What a model makes of a message: the topic ("" where it is not sure), and a danger or None."""

    topic: str
    danger: str | None


def main() -> int:
    """Ask both models; 0 when the figures are told."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("--model", "--live-model"):
        parser.add_argument(name, required=True, type=Path)
    arguments = parser.parse_args()
    with os.fdopen(0, "rb", buffering=0, closefd=False) as told:  # unbuffered: not a byte past the line
        texts: list[str] = json.loads(told.readline())
    end_with_parent()
    configure_structlog(logging.ERROR)
    key = os.environ["NEUVO_MODEL_KEY"]
    seen = []
    for model in (arguments.live_model, arguments.model):
        verify_model(model, key)
        seen.append(asyncio.run(_seen(Agent.load(str(model)), texts)))
    report(event="shadowed", **figures(*seen))
    return 0


def figures(live: Sequence[Seen], candidate: Sequence[Seen]) -> dict[str, int]:
    """How many messages both take alike, and how many the candidate takes otherwise, by what is different."""
    counted: Counter[str] = Counter()
    for before, now in zip(live, candidate, strict=True):
        counted[_difference(before, now)] += 1
        if before.danger != now.danger:
            counted["danger_lost" if now.danger is None else "danger_found"] += 1
    names = ("same", "understood_now", "missed_now", "other_topic", "danger_found", "danger_lost")
    return {"messages": len(live), **{name: counted[name] for name in names}}


def _difference(before: Seen, now: Seen) -> str:
    if before.topic == now.topic:
        return "same"
    if not before.topic:
        return "understood_now"
    return "other_topic" if now.topic else "missed_now"


async def _seen(agent: Agent, texts: Sequence[str]) -> list[Seen]:
    assert agent.processor is not None
    tracker = DialogueStateTracker.from_events("shadow", opening({}), agent.domain.slots)
    found = []
    for text in texts:
        parsed: dict[str, Any] = await agent.processor.parse_message(UserMessage(text), tracker)
        intent = str(parsed["intent"]["name"])
        danger = next((str(each["value"]) for each in parsed["entities"] if each["entity"] == "danger"), None)
        found.append(Seen("" if intent == UNSURE else intent, danger))
    return found


if __name__ == "__main__":
    sys.exit(main())
