"""`make evaluate`: measures what the trained model understands, draws it, and compares it with the accepted result.

    .venv/rasa/bin/python -m tests.evaluation [--gate] [--accept] [--mistakes]

`--gate` leaves out the pictures and ends with 1 when a figure fell by more than chance (as `make check` does);
`--accept` makes this result the one to compare with; `--mistakes` shows the messages that were got wrong.
Intervals are Wilson's, 95 %.
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

from tests.evaluation import accepted
from tests.evaluation.curve import learning_curve
from tests.evaluation.examine import MODEL, Examined, examine
from tests.evaluation.figures import Share, calibration, calibration_error, shares
from tests.evaluation.messages import FOLDER, LANGUAGES, TOPICS, Question, questions
from tests.evaluation.pictures import draw_calibration, draw_confusions, draw_learning_curve

PICTURES = Path("results/evaluation")
DATA = Path("data/nlu")


def main() -> int:
    """Examine all languages; 0 unless the gate is asked for and something fell."""
    parser = argparse.ArgumentParser(prog="python -m tests.evaluation", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--gate", action="store_true", help="no pictures; fail when a figure fell")
    parser.add_argument("--accept", action="store_true", help="compare later results with this one")
    parser.add_argument("--mistakes", action="store_true", help="show what was got wrong")
    asked = parser.parse_args()
    configure_structlog(logging.ERROR)  # Rasa prints every text at debug
    examination = {language: list(questions(language)) for language in LANGUAGES}
    found = asyncio.run(_examine_all(examination))
    results = {language: shares(examined) for language, examined in found.items()}
    for language in LANGUAGES:
        _show(language, results[language], found[language], mistakes=asked.mistakes)
    if not asked.gate:
        _draw(found)
    digests = {language: accepted.digest(own) for language, own in examination.items()}
    worse = _compare(results, digests)
    if asked.accept:
        accepted.write(results, digests)
        print(f"\nAccepted: {accepted.PATH.name} now holds this result. Commit it.")
        return 0
    return 1 if asked.gate and worse else 0


async def _examine_all(examination: dict[str, list[Question]]) -> dict[str, list[Examined]]:
    agent = Agent.load(str(MODEL))
    known = set(agent.domain.intents)
    unknown = {each.label for own in examination.values() for each in own if each.kind == TOPICS} - known
    if unknown:
        print(f"Not in the model, so left out: {', '.join(sorted(unknown))}.")
    found = {}
    for language, own in examination.items():
        print(f"· Examining {language}: {len(own)} messages", flush=True)
        found[language] = await examine(agent, [each for each in own if each.label not in unknown])
    return found


def _show(language: str, figures: Iterable[Share], examined: Sequence[Examined], *, mistakes: bool) -> None:
    print(f"\n{language}")
    for share in figures:
        print(f"  {share}")
    print(f"  {'calibration error (0: perfect)':<44}{calibration_error(calibration(examined)):6.3f}")
    if not mistakes:
        return
    wrong = [each for each in examined if each.question.kind == TOPICS and not each.is_right]
    for (label, guess), count in Counter((each.question.label, each.guess) for each in wrong).most_common(25):
        print(f"    {label} -> {guess}: {count}")
    for each in wrong:
        print(f"    {each.question.label} -> {each.guess} {each.confidence:.2f}: {each.question.text}")
    for each in examined:
        if each.question.kind == "follow_ups" and each.after_answer != each.wanted_after_answer:
            print(f"    follow-up {each.question.label} -> {each.after_answer}: {each.question.text}")
        missed = each.question.kind in ("emergencies", "crises") and each.danger is None
        if missed or (each.question.kind == "lookalikes" and each.danger is not None):
            print(f"    {each.question.kind}, {each.danger or 'nothing'} noticed: {each.question.text}")


def _draw(found: dict[str, list[Examined]]) -> None:
    draw_confusions([each for own in found.values() for each in own], PICTURES / "confusions.png")
    draw_calibration({language: calibration(own) for language, own in found.items()}, PICTURES / "calibration.png")
    print("\nAccuracy against amount of data (first guess, fi / sv / en)")
    steps = []
    for step in learning_curve(DATA, FOLDER):
        steps.append(step)
        rights = " / ".join(f"{step.right[language]:.3f}" for language in LANGUAGES)
        print(f"  {step.examples:5.0f} examples per topic and language: {rights}", flush=True)
    draw_learning_curve(steps, PICTURES / "learning_curve.png")
    print(f"\nPictures: {PICTURES}/confusions.png, calibration.png, learning_curve.png")


def _compare(results: accepted.Results, digests: dict[str, str]) -> bool:
    before, examined_then = accepted.read()
    if not before:
        print("\nThere is no accepted result yet: `python -m tests.evaluation --accept` makes this one it.")
        return False
    changed = accepted.changes(results, before, {each for each in digests if digests[each] == examined_then.get(each)})
    worse = [each for each in changed if each.is_worse]
    print(f"\nAgainst the accepted result: {len(changed)} figures, {len(worse)} worse by more than chance.")
    for each in changed:
        if each.before.value != each.now.value:
            mark = "WORSE" if each.is_worse else "     "
            print(f"  {mark} {each.language} {each.name:<44}{each.before.value:.3f} -> {each.now.value:.3f}")
    if worse:
        print("Mend it; or, when the fall is meant, accept it (`make evaluate ACCEPT=1`) and say why in the commit.")
    return bool(worse)


if __name__ == "__main__":
    sys.exit(main())
