"""Evaluation: two models on the messages that both predicted, what got better or worse, and which of it counts.

The results are files, so that the live model is not evaluated again at each publishing.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Final

from evaluation.baseline import Change
from evaluation.dataset import (
    CRISES,
    EMERGENCIES,
    FOLLOW_UPS,
    LANGUAGES,
    LOOKALIKES,
    SHORT,
    LabelledMessage,
)
from evaluation.metrics import metrics_of
from evaluation.predictions import Prediction

# A missed danger may cost a life: these metrics may lose one message net by chance, not more.
_DANGER: Final = ("emergency found", "crisis found")
_MAX_DANGERS_LOST: Final = 1.0
_STORED_RANKS: Final = 3
# The key of the message in the results; the editors' pages read them (gateway/content/results.py).
_MESSAGE_KEY: Final = "question"


def write_results(path: Path, predictions: Sequence[Prediction]) -> None:
    """Store what a model predicted for each message."""
    stored = [asdict(replace(each, ranked=each.ranked[:_STORED_RANKS])) for each in predictions]
    renamed = [{_MESSAGE_KEY: each.pop("message"), **each} for each in stored]
    path.write_text(json.dumps(renamed, ensure_ascii=False) + "\n", "utf-8")


def read_results(path: Path) -> list[Prediction]:
    """What `write_results` stored."""
    stored: list[dict[str, Any]] = json.loads(path.read_text("utf-8"))
    return [
        Prediction(message=LabelledMessage(**each.pop(_MESSAGE_KEY)), **{**each, "ranked": tuple(each["ranked"])})
        for each in stored
    ]


def is_right(each: Prediction) -> bool:
    """Whether a message was predicted as it should be, whatever its kind."""
    kind = each.message.kind
    if kind == EMERGENCIES:
        return each.danger == "emergency"
    if kind == CRISES:
        return each.danger is not None
    if kind == LOOKALIKES:
        return each.danger is None
    if kind == SHORT:
        return each.language == each.message.language
    if kind == FOLLOW_UPS:
        return each.after_answer == each.wanted_after_answer
    return each.is_right


def compare(before: Sequence[Prediction], now: Sequence[Prediction]) -> dict[str, Any]:
    """Metrics and messages of both, as JSON: `better` and `worse` messages, `figures`, and `refused`: metrics too low.

    Only messages that both predicted count: a topic that is new or removed is in one result only.
    """
    old = {each.message: each for each in before}
    pairs = [(old[each.message], each) for each in now if each.message in old]
    both = [_comparable(one, other) for one, other in pairs]
    changes = _changes([one for one, _ in both], [other for _, other in both])
    refused = [each for each in changes if each.is_worse or _loses_dangers(each)]
    return {
        "common": len(pairs),
        "better": [_message(a, b) for a, b in both if is_right(b) and not is_right(a)],
        "worse": [_message(a, b) for a, b in both if is_right(a) and not is_right(b)],
        "figures": [figure_of(each) for each in changes],
        "refused": [figure_of(each) for each in refused],
    }


def _comparable(before: Prediction, now: Prediction) -> tuple[Prediction, Prediction]:
    """Only every fourth message is predicted once more after an answer: count it only where both were."""
    if before.after_answer is None or now.after_answer is None:
        return replace(before, after_answer=None), replace(now, after_answer=None)
    return before, now


def _changes(before: Sequence[Prediction], now: Sequence[Prediction]) -> list[Change]:
    changes: list[Change] = []
    for language in LANGUAGES:
        old = {each.name: each for each in metrics_of([each for each in before if each.message.language == language])}
        changes += [
            Change(language, metric.name, old[metric.name], metric, same_messages=True)
            for metric in metrics_of([each for each in now if each.message.language == language])
            if metric.total and old[metric.name].total
        ]
    return changes


def _loses_dangers(change: Change) -> bool:
    return change.name in _DANGER and change.net_loss > _MAX_DANGERS_LOST


def figure_of(change: Change) -> dict[str, Any]:
    """A changed metric as the result file has it."""
    return {
        "language": change.language,
        "name": change.name,
        "before": round(change.before.value, 4),
        "now": round(change.now.value, 4),
        "of": change.now.total,
        "lower_is_better": change.now.lower_is_better,
    }


def _message(before: Prediction, now: Prediction) -> dict[str, Any]:
    message = now.message
    return {
        "language": message.language,
        "kind": message.kind,
        "label": message.label,
        "text": message.text,
        "before": _predicted(before),
        "now": _predicted(now),
    }


def _predicted(each: Prediction) -> str:
    if each.message.kind in (EMERGENCIES, CRISES, LOOKALIKES):
        return each.danger or "-"
    if each.message.kind == SHORT:
        return each.language or "-"
    return (each.after_answer or "-") if each.message.kind == FOLLOW_UPS else each.guess
