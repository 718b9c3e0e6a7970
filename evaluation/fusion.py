"""Evaluation of danger: fits the few weights by which the evidence of danger counts (`bot/danger/fusion.json`).

    .venv/rasa/bin/python -m evaluation.fusion [--model FILE] [--dry-run]

On the open half of the danger evaluation, on what is packed as used, and on the messages of topics
(`evaluation/messages/`), which no model has learned from: without the latter, whoever tells of a theft is asked whether
somebody is in danger.
The curve that is printed is of ten folds, each predicted by weights that were fitted on the others. Fit anew after a
tuning of the encoder, not after an edit.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from rasa.core.agent import Agent
from rasa.utils.log_utils import configure_structlog
from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]
from sklearn.model_selection import StratifiedKFold, cross_val_predict  # type: ignore[import-untyped]

from answers.library import content_directory, privacy_url
from answers.limits import LANGUAGES
from bot.arrays import FloatArray
from bot.danger.component import EVIDENCE, EVIDENCE_IN_TALK, DangerDetector
from bot.danger.fusion import NEAR_DANGER, WEIGHTS_PATH, Fusion, Weights, probability_of
from bot.danger.joined import evidence_names
from bot.danger.nearest import no_evidence
from bot.names import CRISIS, EMERGENCY
from evaluation.alarms import DANGEROUS, IN_TALK, LINE_KINDS, Line, open_lines, understood, used_lines
from evaluation.dataset import TOPICS, messages
from evaluation.played_talks import load_agent
from evaluation.talks import MODEL

_FOLDS = 10
_THRESHOLDS = (0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.5, 0.6, 0.7, 0.8)
_OLDER = "older "
_KINDS = (*LINE_KINDS, *(_OLDER + kind for kind in LINE_KINDS))


def main() -> int:
    """Fit, print the curve, and write the weights."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, default=MODEL)
    parser.add_argument("--dry-run", action="store_true", help="print the curve only")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    configure_structlog(logging.ERROR)  # below it, Rasa writes what citizens say
    known = [*open_lines(), *used_lines()]
    lines = [*(each for each in known if each.kind in LINE_KINDS), *_older_messages()]
    pairs = [each for each in known if each.kind == IN_TALK]
    agent = load_agent(arguments.model, content_directory(), privacy_url())
    DangerDetector.keeps_evidence = True
    found, in_talk = asyncio.run(_read(agent, lines)), asyncio.run(_read(agent, pairs))
    evidence = [parsed[EVIDENCE] for _, parsed in found]
    labels = np.array([line.kind.removeprefix(_OLDER) in DANGEROUS for line, _ in found])
    first, first_scores = _fitted([name for name in evidence[0] if name not in no_evidence()], evidence, labels)
    second, second_scores = _fitted(list(evidence[0]), evidence, labels)
    in_doubt = np.array([Fusion.is_in_doubt(float(each)) for each in first_scores])
    print("\n".join(_curve(lines, np.where(in_doubt, second_scores, first_scores))))
    # Where the bot had asked, a yes or a no is an answer and needs no evidence.
    weighed = [(line, parsed) for line, parsed in in_talk if EVIDENCE_IN_TALK in parsed]
    together = [{**parsed[EVIDENCE_IN_TALK], "alone": _alone(parsed[EVIDENCE], first, second)} for _, parsed in weighed]
    third, scores = _fitted(list(evidence_names()), together, np.array([line.danger != "none" for line, _ in weighed]))
    print("\n".join(_curve_in_talk([line for line, _ in weighed], scores)))
    if not arguments.dry_run:
        content = {"messages": len(lines), "first": first, "second": second, "in_talk": third}
        WEIGHTS_PATH.write_text(json.dumps(content, indent=1) + "\n", "utf-8")
        print(f"Wrote {WEIGHTS_PATH.name}.")
    return 0


def _older_messages() -> Iterator[Line]:
    """Dangers, look-alikes and messages of ordinary topics, by independent writers."""
    for language in LANGUAGES:
        for each in messages(language):
            is_ordinary = each.kind == TOPICS and each.label not in NEAR_DANGER
            kind = "ordinary" if is_ordinary else each.kind
            if kind in LINE_KINDS:
                yield Line(language, _OLDER + kind, (), each.text, DANGEROUS.get(kind, "none"))


def _model() -> LogisticRegression:
    return LogisticRegression(C=1.0, max_iter=5000)


def _fitted(names: list[str], found: list[dict[str, float]], labels: npt.NDArray[np.bool_]) -> tuple[Any, FloatArray]:
    """Weights of the named evidence, and the log-odds of each message by weights that were fitted without it."""
    rows = np.array([[each[name] for name in names] for each in found])
    folds = StratifiedKFold(_FOLDS, shuffle=True, random_state=1)
    scores: FloatArray = cross_val_predict(_model(), rows, labels, cv=folds, method="decision_function")
    fitted = _model().fit(rows, labels)
    weights = {name: round(float(weight), 4) for name, weight in zip(names, fitted.coef_[0], strict=True)}
    return {"bias": round(float(fitted.intercept_[0]), 4), "weights": weights}, scores


async def _read(agent: Agent, lines: list[Line]) -> list[tuple[Line, dict[str, Any]]]:
    return [each async for each in understood(agent, lines)]


def _alone(found: dict[str, float], first: Any, second: Any) -> float:
    """The log-odds of a message alone by weights that were just fitted."""
    log_odds = _log_odds(first, found)
    return _log_odds(second, found) if Fusion.is_in_doubt(log_odds) else log_odds


def _log_odds(stored: Any, found: dict[str, float]) -> float:
    return Weights(stored["weights"], stored["bias"]).log_odds(found)


def _curve(lines: list[Line], scores: FloatArray) -> list[str]:
    """The share of each kind at each threshold, by language."""
    chances = np.array([probability_of(float(score)) for score in scores])
    told = []
    for language in LANGUAGES:
        told.append(f"{language}: from probability  " + "  ".join(_KINDS))
        for threshold in _THRESHOLDS:
            shares = []
            for kind in _KINDS:
                own = [i for i, each in enumerate(lines) if (each.language, each.kind) == (language, kind)]
                shares.append(f"{float((chances[own] >= threshold).mean()):.3f}")
            told.append(f"  {threshold:<4}  " + "  ".join(shares))
    return told


def _curve_in_talk(lines: list[Line], scores: FloatArray) -> list[str]:
    """Of messages in talks: how many of each danger are found, and how many others are alarmed."""
    chances = np.array([probability_of(float(score)) for score in scores])
    told = []
    for language in LANGUAGES:
        told.append(f"{language}, in a talk: from probability  emergency  crisis  none")
        for threshold in _THRESHOLDS:
            shares = []
            for danger in (EMERGENCY, CRISIS, "none"):
                own = [i for i, each in enumerate(lines) if (each.language, each.danger) == (language, danger)]
                shares.append(f"{float((chances[own] >= threshold).mean()):.3f}")
            told.append(f"  {threshold:<4}  " + "  ".join(shares))
    return told


if __name__ == "__main__":
    raise SystemExit(main())
