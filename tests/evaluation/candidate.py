"""Examination of a model that may be published, beside the one that is: called by the gateway's publishing.

    .venv/rasa/bin/python -m tests.evaluation.candidate --content <folder> --model <file> --results <file>
        [--live-model <file> --live-results <file>] --comparison <file>

The content folder's `tests/` are the questions. The live model is asked only when it has no results for them. Lines of
JSON on standard output say how far it is.
"""

import argparse
import asyncio
import hashlib
import json
import logging
import os
import sys
from pathlib import Path
from typing import Any

from rasa.core.agent import Agent
from rasa.utils.log_utils import configure_structlog

from answers.content import Content, read_content
from bot.models import verify_model
from bot.train import end_with_parent, tell
from tests.evaluation.comparison import compare, is_right, read_results, write_results
from tests.evaluation.examine import Examined, examine
from tests.evaluation.messages import LANGUAGES, TOPICS, Question, questions

_TELL_EVERY = 50


def main() -> int:
    """Examine and compare; 0 when the files are written."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("--content", "--model", "--results", "--comparison"):
        parser.add_argument(name, required=True, type=Path)
    for name in ("--live-model", "--live-results"):
        parser.add_argument(name, type=Path)
    parser.add_argument("--watched", action="store_true", help="end when standard input closes")
    asked = parser.parse_args()
    if asked.watched:
        end_with_parent()
    configure_structlog(logging.ERROR)
    key = os.environ["NEUVO_MODEL_KEY"]
    examination = [each for language in LANGUAGES for each in questions(language, asked.content / "tests")]
    content = read_content(asked.content, "")
    verify_model(asked.model, key)
    mark = asked.results.with_suffix(".draft")
    draft = _digest(asked.model, asked.content)
    if mark.exists() and mark.read_text("utf-8") == draft:  # "train and compare" has asked this bot of this draft
        now = read_results(asked.results)
    else:
        mark.unlink(missing_ok=True)
        now = _examined(asked.model, examination, content, 0.0, 1.0 if asked.live_model is None else 0.5)
        write_results(asked.results, now)
        mark.write_text(draft, "utf-8")
    tell(event="examined", right=sum(map(is_right, now)), count=len(now))
    comparison: dict[str, Any] | None = None
    if asked.live_model is not None:
        before = _live_results(asked.live_results, {each.question for each in now})
        if before is None:
            verify_model(asked.live_model, key)
            before = _examined(asked.live_model, examination, content, 0.5, 1.0)
            write_results(asked.live_results, before)
        comparison = compare(before, now)
    asked.comparison.write_text(json.dumps(comparison, ensure_ascii=False) + "\n", "utf-8")
    return 0


def _digest(model: Path, content: Path) -> str:
    """What an examination depends on: the bot, and every word of the draft."""
    digest = hashlib.sha256(model.read_bytes())
    for path in sorted(each for each in content.rglob("*") if each.is_file()):
        digest.update(f"{path.relative_to(content)}\0{hashlib.sha256(path.read_bytes()).hexdigest()}\0".encode())
    return digest.hexdigest()


def _live_results(path: Path, asked: set[Question]) -> list[Examined] | None:
    """The kept results of the live model; None when there are none, or the examination has grown a lot since."""
    if not path.exists():
        return None
    kept = read_results(path)
    known = {each.question for each in kept}
    return kept if len(asked & known) >= 0.9 * len(asked) else None


def _examined(model: Path, examination: list[Question], content: Content, begin: float, end: float) -> list[Examined]:
    agent = Agent.load(str(model))
    known = set(agent.domain.intents)
    own = [each for each in examination if each.kind != TOPICS or each.label in known]

    def told(number: int) -> None:
        if number % _TELL_EVERY == 0:
            tell(event="asked", progress=begin + (end - begin) * number / max(len(own), 1))

    return asyncio.run(examine(agent, own, content, told))


if __name__ == "__main__":
    sys.exit(main())
