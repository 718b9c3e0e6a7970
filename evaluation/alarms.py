"""Evaluation of danger: how many dangers are found, and how many other messages are alarmed, with 95 % intervals.

    .venv/rasa/bin/python -m evaluation.alarms [--model FILE] [--wrong] [--open-shut]

`evaluation/danger/<language>/open/*.txt` are read, and the statements of `direct.yml`; `shut.txt.gz` only with
`--open-shut`, which notes in `evaluation/danger/opened.txt` that it was: whoever has seen its figures may not tune on
them. "Shown" is 112 or the helpers on the citizen's screen, "urgent" an alarm for the officers. `in_talk.txt` has what
was said before each message (`citizen / bot => message || danger`): the citizen's message goes through the dialogue,
the bot says its own reply.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import itertools
import logging
import sys
import uuid
import warnings
from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import yaml
from rasa.core.agent import Agent
from rasa.core.channels.channel import UserMessage
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.log_utils import configure_structlog

from answers.library import content_directory, privacy_url
from answers.limits import LANGUAGES
from bot.danger.component import DANGER
from bot.danger.decision import POSSIBLE
from bot.dialogue import Dialogue
from bot.history import opening
from bot.names import BEFORE
from bot.requests import DialogueRequest
from evaluation.metrics import Metric
from evaluation.played_talks import CHANNEL, load_agent
from evaluation.talks import MODEL, share

FOLDER = Path(__file__).parent / "danger"
OPENED = FOLDER / "opened.txt"
DANGEROUS = {"emergencies": "emergency", "crises": "crisis"}
DIRECT, DENIED = "direct", "denied"
"""Dangers told in their plain words, of which none may be missed, and what has the same words and is none."""
DIRECT_LATER, DENIED_LATER = "direct later", "denied later"
"""Every third of these, said after a message about something else."""
IN_TALK = "in_talk"
LINE_KINDS = (*DANGEROUS, "lookalikes", "ordinary")
KINDS = (*LINE_KINDS, DIRECT, DENIED, DIRECT_LATER, DENIED_LATER, IN_TALK)
_NONE = "none"
_EVERY = 3
_MARK = "== "


@dataclass(frozen=True)
class Line:
    """A message, what was said before it, and its danger (`none`: there is none)."""

    language: str
    kind: str
    before: tuple[str, ...]
    text: str
    danger: str


@dataclass(frozen=True)
class Outcome:
    """A line with what the citizen and the officers got."""

    line: Line
    is_shown: bool
    is_urgent: bool


def main() -> int:
    """Judge the lines and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, default=MODEL)
    parser.add_argument("--wrong", action="store_true", help="print every line that was got wrong")
    parser.add_argument("--open-shut", action="store_true", help="examine by the shut half, and note that")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    configure_structlog(logging.ERROR)  # below it, Rasa writes what citizens say
    lines = list(_shut_lines() if arguments.open_shut else open_lines())
    if not lines:
        print(f"There are no lines in {FOLDER}.", file=sys.stderr)
        return 1
    agent = load_agent(arguments.model, content_directory(), privacy_url())
    outcomes = asyncio.run(outcomes_of(agent, lines))
    if arguments.wrong:
        print("\n".join(wrong_lines(outcomes)))
    print("\n".join(report(outcomes)))
    return 0


def open_lines() -> Iterator[Line]:
    """The lines of the open half, and the direct statements."""
    for language in LANGUAGES:
        for kind in KINDS:
            path = FOLDER / language / "open" / f"{kind}.txt"
            if path.exists():
                yield from (
                    _line(language, kind, each) for each in path.read_text("utf-8").splitlines() if each.strip()
                )
        yield from direct_statements(language)
        yield from later_statements(language)


def later_statements(language: str) -> Iterator[Line]:
    """Every third direct statement, and what only has its words, after an ordinary message of the open half."""
    ordinary = (FOLDER / language / "open" / "ordinary.txt").read_text("utf-8").split("\n")
    openers = itertools.cycle([each.strip() for each in ordinary if each.strip()])
    for number, each in enumerate(direct_statements(language)):
        if number % _EVERY == 0:
            kind = DIRECT_LATER if each.kind == DIRECT else DENIED_LATER
            yield replace(each, kind=kind, before=(next(openers),))


def direct_statements(language: str) -> Iterator[Line]:
    """The reviewed list `direct.yml`: by what is told, statements of the danger, and what only has their words."""
    path = FOLDER / language / "direct.yml"
    for group in (yaml.safe_load(path.read_text("utf-8")) if path.exists() else {}).values():
        yield from (Line(language, DIRECT, (), text, group["danger"]) for text in group["says"])
        yield from (Line(language, DENIED, (), text, _NONE) for text in group["not"])


def used_lines() -> Iterator[Line]:
    """The lines of a shut half that was opened: known by now, so good for fitting, and never again for a figure."""
    for language in LANGUAGES:
        yield from _unpacked(FOLDER / language / "used.txt.gz", language)


def _shut_lines() -> Iterator[Line]:
    found = [each for language in LANGUAGES for each in _unpacked(FOLDER / language / "shut.txt.gz", language)]
    if found:
        with OPENED.open("a", encoding="utf-8") as file:
            file.write(f"{datetime.now(timezone.utc).isoformat(timespec='seconds')} the shut half was examined\n")
    yield from found


def _unpacked(path: Path, language: str) -> Iterator[Line]:
    """A packed half: the lines of each kind below a heading `== kind`."""
    kind = ""
    for each in gzip.decompress(path.read_bytes()).decode("utf-8").splitlines() if path.exists() else ():
        if each.startswith(_MARK):
            kind = each.removeprefix(_MARK).strip().removesuffix(".txt")
        elif each.strip():
            yield _line(language, kind, each)


def _line(language: str, kind: str, written: str) -> Line:
    if kind != IN_TALK:
        return Line(language, kind, (), written.strip(), DANGEROUS.get(kind, _NONE))
    said, _, danger = written.rpartition("||")
    before, _, text = said.rpartition("=>")
    # Of each pair the first is the citizen's; the bot says its own reply.
    citizens = tuple(part.split(" / ")[0].strip() for part in before.split("=>"))
    return Line(language, kind, citizens, text.strip(), danger.strip())


async def outcomes_of(agent: Agent, lines: list[Line]) -> list[Outcome]:
    """What each message would raise."""
    outcomes = []
    async for line, parsed in understood(agent, lines):
        found = [each for each in parsed["entities"] if each["entity"] == DANGER]
        outcomes.append(Outcome(line, bool(found), any(each.get("level") != POSSIBLE for each in found)))
        if len(outcomes) % 500 == 0:
            print(f"{len(outcomes)} of {len(lines)} messages read", file=sys.stderr, flush=True)
    return outcomes


async def understood(agent: Agent, lines: Iterable[Line]) -> AsyncIterator[tuple[Line, dict[str, Any]]]:
    """Each line as the bot understands it, after what was said before it."""

    async def on_new_message(message: UserMessage) -> object:
        return await agent.handle_message(message)

    assert agent.processor is not None
    dialogue = Dialogue(agent, on_new_message)
    first = DialogueStateTracker.from_events("evaluation", opening({}), agent.domain.slots)
    for line in lines:
        tracker: DialogueStateTracker | None = first
        if line.before:
            conversation = uuid.uuid4().hex
            for text in line.before:
                await dialogue.ask(DialogueRequest(conversation, CHANNEL, text, "", line.language, reset=False))
            tracker = await agent.tracker_store.retrieve(conversation)
        before = {BEFORE: line.before[-1]} if line.before else None
        yield line, await agent.processor.parse_message(UserMessage(line.text, metadata=before), tracker)


def metrics_of(outcomes: list[Outcome], language: str) -> list[Metric]:
    """What the gate holds of one language."""
    found = []
    for kind in (*LINE_KINDS, DIRECT, DENIED, DIRECT_LATER, DENIED_LATER):
        shown = "".join(
            "1" if each.is_shown else "0"
            for each in outcomes
            if each.line.language == language and each.line.kind == kind
        )
        is_danger = kind in DANGEROUS or kind in (DIRECT, DIRECT_LATER)
        found.append(
            Metric(f"danger: {kind} alarmed", shown, lower_is_better=not is_danger, is_complete=kind == DIRECT)
        )
    return found


def report(outcomes: list[Outcome]) -> list[str]:
    """The figures of each language."""
    found = []
    for language in LANGUAGES:
        own = [each for each in outcomes if each.line.language == language]
        found += [f"{language}: {len(own)} messages"] if own else []
        for kind in KINDS:
            for danger in sorted({each.line.danger for each in own if each.line.kind == kind}):
                some = [each for each in own if each.line.kind == kind and each.line.danger == danger]
                name = kind if kind not in (IN_TALK, DIRECT, DIRECT_LATER) else f"{kind}, {danger}"
                shown, urgent = sum(each.is_shown for each in some), sum(each.is_urgent for each in some)
                found.append(f"  {name:<20} shown {share(shown, len(some))}; urgent {share(urgent, len(some))}")
    return found


def wrong_lines(outcomes: list[Outcome]) -> list[str]:
    """Dangers that were missed and other messages that were alarmed."""
    wrong = [each for each in outcomes if each.is_shown != (each.line.danger != _NONE)]
    return [f"{each.line.language} {each.line.kind} {each.line.danger}: {each.line.text}" for each in wrong]


if __name__ == "__main__":
    sys.exit(main())
