"""`make evaluate`: computes the model's metrics on the test set, plots them, and compares them with the baseline.

    .venv/rasa/bin/python -m evaluation [--gate] [--accept] [--mistakes]

`--gate` skips the plots and exits with 1 when a metric is significantly worse (as `make check` does); `--accept` makes
this result the new baseline; `--mistakes` lists the messages that were misclassified. Intervals are Wilson's, 95 %.
"""

import argparse
import asyncio
import logging
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from rasa.core.agent import Agent
from rasa.utils.log_utils import configure_structlog

from answers.library import content_directory, privacy_url
from evaluation import alarms, baseline, talks
from evaluation.dataset import FOLDER, LANGUAGES, TOPICS, LabelledMessage, messages
from evaluation.learning_curve import learning_curve
from evaluation.metrics import Metric, calibration, calibration_error, metrics_of
from evaluation.played_talks import load_agent, play
from evaluation.plots import plot_calibration, plot_confusion_matrix, plot_learning_curve
from evaluation.predictions import MODEL, Prediction, predict

PLOTS = Path("results/evaluation")
DATA = Path("data/nlu")


def main() -> int:
    """Evaluate all languages; 0 unless the gate is on and a metric is worse."""
    parser = argparse.ArgumentParser(prog="python -m evaluation", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--gate", action="store_true", help="no plots; fail when a metric is worse")
    parser.add_argument("--accept", action="store_true", help="make this result the baseline")
    parser.add_argument("--mistakes", action="store_true", help="list what was misclassified")
    arguments = parser.parse_args()
    configure_structlog(logging.ERROR)  # Rasa prints every text at debug
    datasets = {language: list(messages(language)) for language in LANGUAGES}
    # Only the open halves: the shut ones are for figures that nobody chose by (docs/decisions/0021).
    conversations, problems = talks.read_talks_of(None, content_directory(), open_shut=False)
    if problems:
        print("\n".join(problems), file=sys.stderr)
        return 1
    lines = list(alarms.open_lines())
    agent = load_agent(MODEL, content_directory(), privacy_url())
    predictions = asyncio.run(_predict_all(agent, datasets))
    print(f"· Playing {len(conversations)} talks, judging {len(lines)} messages for danger", flush=True)
    played, outcomes = play(agent, conversations), asyncio.run(alarms.outcomes_of(agent, lines))
    results = {
        language: [*metrics_of(own), *talks.metrics_of(played, language), *alarms.metrics_of(outcomes, language)]
        for language, own in predictions.items()
    }
    for language in LANGUAGES:
        _print(language, results[language], predictions[language], mistakes=arguments.mistakes)
    if not arguments.gate:
        _plot(predictions)
    digests = {
        language: baseline.digest(
            [*own, *(each for each in conversations if each.language == language)]
            + [each for each in lines if each.language == language]
        )
        for language, own in datasets.items()
    }
    is_worse = _compare(results, digests)
    if arguments.accept:
        baseline.write(results, digests)
        print(f"\nAccepted: {baseline.PATH.name} now holds this result. Commit it.")
        return 0
    return 1 if arguments.gate and is_worse else 0


async def _predict_all(agent: Agent, datasets: dict[str, list[LabelledMessage]]) -> dict[str, list[Prediction]]:
    known = set(agent.domain.intents)
    unknown = {each.label for own in datasets.values() for each in own if each.kind == TOPICS} - known
    if unknown:
        print(f"Not in the model, so skipped: {', '.join(sorted(unknown))}.")
    predictions = {}
    for language, own in datasets.items():
        print(f"· Evaluating {language}: {len(own)} messages", flush=True)
        predictions[language] = await predict(agent, [each for each in own if each.label not in unknown])
    return predictions


def _print(language: str, metrics: Iterable[Metric], predictions: Sequence[Prediction], *, mistakes: bool) -> None:
    print(f"\n{language}")
    for metric in metrics:
        print(f"  {metric}")
    print(f"  {'calibration error (0: perfect)':<44}{calibration_error(calibration(predictions)):6.3f}")
    if not mistakes:
        return
    wrong = [each for each in predictions if each.message.kind == TOPICS and not each.is_right]
    for (label, guess), count in Counter((each.message.label, each.guess) for each in wrong).most_common(25):
        print(f"    {label} -> {guess}: {count}")
    for each in wrong:
        print(f"    {each.message.label} -> {each.guess} {each.confidence:.2f}: {each.message.text}")
    for each in predictions:
        if each.message.kind == "follow_ups" and each.after_answer != each.wanted_after_answer:
            print(f"    follow-up {each.message.label} -> {each.after_answer}: {each.message.text}")
        missed = each.message.kind in ("emergencies", "crises") and each.danger is None
        if missed or (each.message.kind == "lookalikes" and each.danger is not None):
            print(f"    {each.message.kind}, predicted {each.danger or 'no danger'}: {each.message.text}")


def _plot(predictions: dict[str, list[Prediction]]) -> None:
    plot_confusion_matrix([each for own in predictions.values() for each in own], PLOTS / "confusions.png")
    plot_calibration({language: calibration(own) for language, own in predictions.items()}, PLOTS / "calibration.png")
    print("\nAccuracy against amount of data (first guess, fi / sv / en)")
    points = []
    for point in learning_curve(DATA, FOLDER):
        points.append(point)
        accuracies = " / ".join(f"{point.accuracy[language]:.3f}" for language in LANGUAGES)
        print(f"  {point.examples:5.0f} examples per topic and language: {accuracies}", flush=True)
    plot_learning_curve(points, PLOTS / "learning_curve.png")
    print(f"\nPlots: {PLOTS}/confusions.png, calibration.png, learning_curve.png")


def _compare(results: baseline.Results, digests: dict[str, str]) -> bool:
    """Print what changed; whether something is worse, or a direct statement of danger is missed."""
    incomplete = [(language, each) for language, own in results.items() for each in own if not each.is_as_complete]
    for language, metric in incomplete:
        print(f"\nMISSED {language} {metric}\nEach of them has to be found: see `python -m evaluation.alarms --wrong`.")
    accepted, accepted_digests = baseline.read()
    if not accepted:
        print("\nThere is no baseline yet: `python -m evaluation --accept` makes this result the baseline.")
        return bool(incomplete)
    same = {language for language in digests if digests[language] == accepted_digests.get(language)}
    changes = baseline.changes(results, accepted, same)
    worse = [each for each in changes if each.is_worse]
    print(f"\nAgainst the baseline: {len(changes)} metrics, {len(worse)} significantly worse.")
    for each in changes:
        if each.before.value != each.now.value:
            mark = "WORSE" if each.is_worse else "     "
            print(f"  {mark} {each.language} {each.name:<44}{each.before.value:.3f} -> {each.now.value:.3f}")
    if worse:
        print("Fix it; or, when the loss is intended, accept it (`make evaluate ACCEPT=1`) and say why in the commit.")
    return bool(worse or incomplete)


if __name__ == "__main__":
    sys.exit(main())
