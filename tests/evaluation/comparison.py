"""Examination: two models on the messages that both were asked: what got better or worse, and whether that counts.

The results are files, so that the live model is not asked again at each publishing.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Final

from tests.evaluation.accepted import Change
from tests.evaluation.examine import Examined
from tests.evaluation.figures import shares
from tests.evaluation.messages import (
    CRISES,
    EMERGENCIES,
    FOLLOW_UPS,
    LANGUAGES,
    LOOKALIKES,
    SHORT,
    Question,
)

# A missed danger may cost a life: these figures may lose one message net by chance, not more.
_DANGER: Final = ("emergency found", "crisis found")
_MOST_DANGERS_LOST: Final = 1.0
_RANKED: Final = 3


def write_results(path: Path, examined: Sequence[Examined]) -> None:
    """Keep what a model made of each message."""
    kept = [asdict(replace(each, ranked=each.ranked[:_RANKED])) for each in examined]
    path.write_text(json.dumps(kept, ensure_ascii=False) + "\n", "utf-8")


def read_results(path: Path) -> list[Examined]:
    """What `write_results` kept."""
    stored: list[dict[str, Any]] = json.loads(path.read_text("utf-8"))
    return [
        Examined(**{**each, "question": Question(**each["question"]), "ranked": tuple(each["ranked"])})
        for each in stored
    ]


def is_right(each: Examined) -> bool:
    """Whether a message was understood as it should be, whatever its kind."""
    kind = each.question.kind
    if kind == EMERGENCIES:
        return each.danger == "emergency"
    if kind == CRISES:
        return each.danger is not None
    if kind == LOOKALIKES:
        return each.danger is None
    if kind == SHORT:
        return each.language == each.question.language
    if kind == FOLLOW_UPS:
        return each.after_answer == each.wanted_after_answer
    return each.is_right


def compare(before: Sequence[Examined], now: Sequence[Examined]) -> dict[str, Any]:
    """Figures and messages of both, as JSON: `better` and `worse` messages, `figures`, and `refused`: names of figures.

    Only messages that both were asked count: a topic that is new or gone has nothing to be compared with.
    """
    old = {each.question: each for each in before}
    pairs = [(old[each.question], each) for each in now if each.question in old]
    both = [_asked_alike(one, other) for one, other in pairs]
    changes = _changes([one for one, _ in both], [other for _, other in both])
    refused = [each for each in changes if each.is_worse or _loses_dangers(each)]
    return {
        "common": len(pairs),
        "better": [_message(a, b) for a, b in both if is_right(b) and not is_right(a)],
        "worse": [_message(a, b) for a, b in both if is_right(a) and not is_right(b)],
        "figures": [_figure(each) for each in changes],
        "refused": [_figure(each) for each in refused],
    }


def _asked_alike(before: Examined, now: Examined) -> tuple[Examined, Examined]:
    """Only every fourth message is asked once more after an answer: count it only where both were."""
    if before.after_answer is None or now.after_answer is None:
        return replace(before, after_answer=None), replace(now, after_answer=None)
    return before, now


def _changes(before: Sequence[Examined], now: Sequence[Examined]) -> list[Change]:
    changes = []
    for language in LANGUAGES:
        old = {share.name: share for share in shares([each for each in before if each.question.language == language])}
        for share in shares([each for each in now if each.question.language == language]):
            if share.of and old[share.name].of:
                changes.append(Change(language, share.name, old[share.name], share, same_messages=True))
    return changes


def _loses_dangers(change: Change) -> bool:
    return change.name in _DANGER and change.fall > _MOST_DANGERS_LOST


def _figure(change: Change) -> dict[str, Any]:
    return {
        "language": change.language,
        "name": change.name,
        "before": round(change.before.value, 4),
        "now": round(change.now.value, 4),
        "of": change.now.of,
        "lower_is_better": change.now.lower_is_better,
    }


def _message(before: Examined, now: Examined) -> dict[str, Any]:
    question = now.question
    return {
        "language": question.language,
        "kind": question.kind,
        "label": question.label,
        "text": question.text,
        "before": _understood(before),
        "now": _understood(now),
    }


def _understood(each: Examined) -> str:
    if each.question.kind in (EMERGENCIES, CRISES, LOOKALIKES):
        return each.danger or "-"
    if each.question.kind == SHORT:
        return each.language or "-"
    return (each.after_answer or "-") if each.question.kind == FOLLOW_UPS else each.guess
