"""Evaluation of the check of suspicious messages: scams warned of, genuine messages called a scam, "safe" said.

    .venv/rasa/bin/python -m evaluation.scams [--model FILE] [--wrong] [--gate] [--open-shut]

`evaluation/scams/<language>/open/scams.txt` and `genuine.txt` are read; `shut.txt.gz` (lines `scam<TAB>text`) only
with `--open-shut`, which notes in `evaluation/scams/opened.txt` that it was: whoever has seen its figures may not mend
rules by them. "Checked" is a warning of the check with its reasons, where the dialogue lets it speak. "Warned" is that,
or an answer of the dialogue on scams, which is what somebody gets who tells of a call in their own words. Only the
check's warning counts against a genuine message: it alone calls a message suspicious.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import logging
import sys
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

from rasa.core.agent import Agent
from rasa.core.channels.channel import UserMessage
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.log_utils import configure_structlog

from answers.content import Content, read_content
from answers.library import content_directory, privacy_url
from answers.limits import LANGUAGES
from answers.lines import read_lines
from answers.scam_texts import TEXTS_FILE
from answers.senders import SENDERS_FILE, read_senders
from bot.history import opening
from bot.names import SCAM_CHECK
from evaluation.played_talks import load_agent
from evaluation.talks import MODEL, share
from scam_check.check import check_message
from scam_check.kinds import Suspicion
from scam_check.senders import SenderIndex

FOLDER = Path(__file__).parent / "scams"
OPENED = FOLDER / "opened.txt"
SCAM, GENUINE = "scam", "genuine"
_FILES = {SCAM: "scams.txt", GENUINE: "genuine.txt"}
# Topics whose answer is advice against a scam or blackmail, besides those of the group `scams`.
_GROUP = "scams"
ABOUT_SCAMS = frozenset({"sextortion", "threats_extortion", "account_hacked", "identity_theft"})
# What may be said of no message.
_SAFE = ("on turvallinen", "on aito viesti", "är säkert att", "är äkta och", "is safe", "is genuine.", "voit avata")
# The gate: the least share of scams warned of, and the largest of genuine ones called a scam, by the open half.
FLOORS = {"fi": (0.9, 0.05), "sv": (0.9, 0.05), "en": (0.9, 0.05)}


@dataclass(frozen=True)
class Line:
    """A message, and whether it is a scam."""

    language: str
    label: str
    text: str


@dataclass(frozen=True)
class Outcome:
    """A line, whether the check warned, and the topic that the dialogue answers otherwise."""

    line: Line
    is_checked: bool
    is_warned: bool
    says_safe: bool


def main() -> int:
    """Judge the lines and print the figures; 1 where the gate is on and a figure is beyond it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, default=MODEL)
    parser.add_argument("--wrong", action="store_true", help="print every line that was got wrong")
    parser.add_argument("--gate", action="store_true", help="fail when a figure is beyond its floor")
    parser.add_argument("--open-shut", action="store_true", help="examine by the shut half, and note that")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    configure_structlog(logging.ERROR)  # below it, Rasa writes what citizens say
    lines = list(_shut_lines() if arguments.open_shut else open_lines())
    if not lines:
        print(f"There are no lines in {FOLDER}.", file=sys.stderr)
        return 1
    agent = load_agent(arguments.model, content_directory(), privacy_url())
    outcomes = asyncio.run(outcomes_of(agent, content_directory(), lines))
    if arguments.wrong:
        print("\n".join(wrong_lines(outcomes)))
    print("\n".join(report(outcomes)))
    return 1 if arguments.gate and beyond(outcomes) else 0


def open_lines() -> Iterator[Line]:
    """The lines of the open half."""
    for language in LANGUAGES:
        for label, name in _FILES.items():
            path = FOLDER / language / "open" / name
            written = path.read_text("utf-8").splitlines() if path.exists() else []
            yield from (Line(language, label, each.strip()) for each in written if each.strip())


def _shut_lines() -> Iterator[Line]:
    found = []
    for language in LANGUAGES:
        path = FOLDER / language / "shut.txt.gz"
        for each in gzip.decompress(path.read_bytes()).decode("utf-8").splitlines() if path.exists() else ():
            label, _, text = each.partition("\t")
            if label.strip() in _FILES and text.strip():
                found.append(Line(language, label.strip(), text.strip()))
    if found:
        with OPENED.open("a", encoding="utf-8") as file:
            file.write(f"{datetime.now(timezone.utc).isoformat(timespec='seconds')} the shut half was examined\n")
    yield from found


async def outcomes_of(agent: Agent, content_folder: Path, lines: list[Line]) -> list[Outcome]:
    """What each message would be answered as the first of a conversation."""
    assert agent.processor is not None
    content = read_content(content_folder, privacy_url())
    index = SenderIndex(read_senders(content_folder / SENDERS_FILE)[0])
    first = DialogueStateTracker.from_events("evaluation", opening({}), agent.domain.slots)
    outcomes = []
    for line in lines:
        checked = check_message(line.text, index)
        is_sent = checked.concerns or checked.parts.told
        metadata = {SCAM_CHECK: checked.parts.as_json()} if is_sent else None
        parsed = await agent.processor.parse_message(UserMessage(line.text, metadata=metadata), first)
        topic = str(parsed["intent"]["name"])
        speaks_against = checked.parts.told or checked.parts.suspicion is not Suspicion.NONE
        is_checked = topic == SCAM_CHECK and speaks_against
        is_warned = is_checked or _is_about_scams(content, topic)
        said = _answer(content, topic, line.language)
        if topic == SCAM_CHECK:
            said = _verdict_words(content_folder, line.language)
        outcomes.append(Outcome(line, is_checked, is_warned, any(words in said.lower() for words in _SAFE)))
    return outcomes


def _is_about_scams(content: Content, topic: str) -> bool:
    return topic in ABOUT_SCAMS or (topic in content.answers and content.answers[topic].answer.group == _GROUP)


def _answer(content: Content, topic: str, language: str) -> str:
    return content.in_short(topic, language) or "" if topic in content.answers else ""


def _verdict_words(folder: Path, language: str) -> str:
    """Everything that may be said of a checked message."""
    lines, _ = read_lines(folder / TEXTS_FILE)
    return "\n".join(line.texts[language].text for line in lines.values())


def report(outcomes: list[Outcome]) -> list[str]:
    """The figures of each language."""
    found = []
    for language in LANGUAGES:
        scams, genuine = _of(outcomes, language, SCAM), _of(outcomes, language, GENUINE)
        found += [f"{language}: {len(scams)} scams, {len(genuine)} genuine messages"]
        found.append(f"  scams checked and warned of     {share(sum(each.is_checked for each in scams), len(scams))}")
        found.append(f"  scams warned of, or advised on  {share(sum(each.is_warned for each in scams), len(scams))}")
        called = sum(each.is_checked for each in genuine)
        found.append(f"  genuine ones called a scam      {share(called, len(genuine))}")
        found.append(f"  'safe' said                     {sum(each.says_safe for each in scams + genuine)}")
    return found


def beyond(outcomes: list[Outcome]) -> list[str]:
    """The languages whose figures are beyond the gate; printed."""
    found = []
    for language, (least, most) in FLOORS.items():
        scams, genuine = _of(outcomes, language, SCAM), _of(outcomes, language, GENUINE)
        warned = sum(each.is_warned for each in scams) / max(len(scams), 1)
        called = sum(each.is_checked for each in genuine) / max(len(genuine), 1)
        if warned < least or called > most or any(each.says_safe for each in scams + genuine):
            found.append(language)
            print(
                f"{language}: {warned:.1%} warned of (at least {least:.0%}), {called:.1%} called (at most {most:.0%})"
            )
    return found


def wrong_lines(outcomes: list[Outcome]) -> list[str]:
    """Scams that nobody is warned of, and genuine messages that are called one."""
    wrong = [each for each in outcomes if (not each.is_warned if each.line.label == SCAM else each.is_checked)]
    return [f"{each.line.language} {each.line.label}: {each.line.text}" for each in wrong]


def _of(outcomes: list[Outcome], language: str, label: str) -> list[Outcome]:
    return [each for each in outcomes if each.line.language == language and each.line.label == label]


if __name__ == "__main__":
    sys.exit(main())
