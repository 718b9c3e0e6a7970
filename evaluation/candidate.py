"""Evaluation of a model that may be published, beside the one that is: started by the gateway's publishing.

    .venv/rasa/bin/python -m evaluation.candidate --content <folder> --model <file> --results <file>
        [--live-model <file> --live-results <file> [--live-content <folder>]] --comparison <file>

The test set is the content folder's `tests/`. The live model is evaluated only when it has no results for it; the talks
of editors (`evaluation/talk_tests.py`) are few and are played with both each time, each model with its own answers.
Lines of JSON on standard output report the progress.
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

from answers.talks import Talk
from bot.models import verify_model
from bot.train import end_with_parent, report
from evaluation.comparison import compare, is_right, read_results, write_results
from evaluation.dataset import LANGUAGES, TOPICS, LabelledMessage, messages
from evaluation.predictions import Prediction, predict
from evaluation.talk_tests import TurnVerdict, compare_talks, merged, talk_verdicts, talks_in
from evaluation.verdicts import RIGHT

_PROGRESS_INTERVAL = 50


def main() -> int:
    """Evaluate and compare; 0 when the files are written."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("--content", "--model", "--results", "--comparison"):
        parser.add_argument(name, required=True, type=Path)
    for name in ("--live-model", "--live-results", "--live-content"):
        parser.add_argument(name, type=Path)
    parser.add_argument("--watched", action="store_true", help="end when standard input closes")
    arguments = parser.parse_args()
    if arguments.watched:
        end_with_parent()
    configure_structlog(logging.ERROR)
    key = os.environ["NEUVO_MODEL_KEY"]
    dataset = [each for language in LANGUAGES for each in messages(language, arguments.content / "tests")]
    verify_model(arguments.model, key)
    digest_file = arguments.results.with_suffix(".draft")
    digest = _digest(arguments.model, arguments.content)
    if digest_file.exists() and digest_file.read_text("utf-8") == digest:  # "train and compare" has just done this
        now = read_results(arguments.results)
    else:
        digest_file.unlink(missing_ok=True)
        now = _predict(arguments.model, dataset, 0.0, 1.0 if arguments.live_model is None else 0.5)
        write_results(arguments.results, now)
        digest_file.write_text(digest, "utf-8")
    report(event="examined", right=sum(map(is_right, now)), count=len(now))
    talks = talks_in(arguments.content)
    talks_now = _talks(arguments.model, arguments.content, talks)
    comparison: dict[str, Any] | None = None
    if arguments.live_model is not None:
        before = _live_results(arguments.live_results, {each.message for each in now})
        if before is None:
            verify_model(arguments.live_model, key)
            before = _predict(arguments.live_model, dataset, 0.5, 1.0)
            write_results(arguments.live_results, before)
        live_content = arguments.live_content or arguments.content
        talks_before = talk_verdicts(arguments.live_model, live_content, talks)
        comparison = merged(compare(before, now), compare_talks(talks_before, talks_now))
    arguments.comparison.write_text(json.dumps(comparison, ensure_ascii=False) + "\n", "utf-8")
    return 0


def _talks(model: Path, content: Path, talks: list[Talk]) -> list[TurnVerdict]:
    """What the replies of the new model are worth in the talks of editors; reported where there are any."""
    found = talk_verdicts(model, content, talks)
    if found:
        report(event="examined_talks", right=sum(each.verdict == RIGHT for each in found), count=len(found))
    return found


def _digest(model: Path, content: Path) -> str:
    """The hash of everything that the results depend on: the model, and every word of the draft."""
    digest = hashlib.sha256(model.read_bytes())
    for path in sorted(each for each in content.rglob("*") if each.is_file()):
        digest.update(f"{path.relative_to(content)}\0{hashlib.sha256(path.read_bytes()).hexdigest()}\0".encode())
    return digest.hexdigest()


def _live_results(path: Path, dataset: set[LabelledMessage]) -> list[Prediction] | None:
    """The stored results of the live model; None when there are none, or the test set has grown a lot since."""
    if not path.exists():
        return None
    stored = read_results(path)
    known = {each.message for each in stored}
    return stored if len(dataset & known) >= 0.9 * len(dataset) else None


def _predict(model: Path, dataset: list[LabelledMessage], begin: float, end: float) -> list[Prediction]:
    agent = Agent.load(str(model))
    known = set(agent.domain.intents)
    own = [each for each in dataset if each.kind != TOPICS or each.label in known]

    def on_progress(done: int) -> None:
        if done % _PROGRESS_INTERVAL == 0:
            report(event="asked", progress=begin + (end - begin) * done / max(len(own), 1))

    return asyncio.run(predict(agent, own, on_progress))


if __name__ == "__main__":
    sys.exit(main())
