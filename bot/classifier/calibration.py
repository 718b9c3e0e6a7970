"""Classifier, in training: makes a probability mean what it says, and chooses from when on the bot asks back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize  # type: ignore[import-untyped]

from bot.classifier.wording import Floats, Places, log_shares
from bot.encoder.unseen import EIGHTHS, eighth_of

# Enough held-out messages for three numbers and a threshold; at 24,000 examples one fold of eight gives them.
ENOUGH_HELD_OUT = 3_000
# Below the first the bot would guess, above the second it would ask where it knows: the examples are much harder than
# what people write, and of independent messages 95 % of those over 0.45 were right (docs/decisions/0003-classifier.md).
LOWEST_THRESHOLD = 0.2
HIGHEST_THRESHOLD = 0.45
ANSWERED_RIGHT = 0.85

Folds = npt.NDArray[np.int64]


def folds_of(texts: Sequence[str], topics: Places) -> Folds:
    """The fold of each example, 0 to 7, by its text's hash; -1 for a topic's only one, which is always learned from.

    Fold 0 is the eighth that tuning the encoder has never seen. An added example moves no other.
    """
    folds = np.array([eighth_of(text) for text in texts], np.int64)
    numbers = np.bincount(topics)
    folds[numbers[topics] == 1] = -1
    return folds


def folds_needed(folds: Folds) -> list[int]:
    """The folds to hold out, in order and as few as give enough messages."""
    needed: list[int] = []
    held_out = 0
    for fold in range(EIGHTHS):
        if held_out >= ENOUGH_HELD_OUT:
            break
        if size := int((folds == fold).sum()):
            needed.append(fold)
            held_out += size
    return needed


@dataclass(frozen=True)
class Mixture:
    """How much each model's scores count: `wording_alone` where there is nothing else, the other two together."""

    wording_alone: float = 1.0
    wording: float = 0.5
    meaning: float = 0.5

    def alone(self, wording: Floats) -> Floats:
        """Probabilities from the wording alone."""
        return np.exp(log_shares(self.wording_alone * wording))

    def together(self, wording: Floats, meaning: Floats) -> Floats:
        """Probabilities from wording and meaning."""
        return np.exp(log_shares(self.wording * wording + self.meaning * meaning))


def fitted_mixture(wording: Floats, meaning: Floats | None, topics: Places) -> Mixture:
    """The mixture under which held-out messages are most likely. Scores of messages that no model had seen."""
    if not len(topics):
        return Mixture()
    (alone,) = _likeliest([wording], topics)
    if meaning is None:
        return Mixture(wording_alone=alone)
    first, second = _likeliest([wording, meaning], topics)
    return Mixture(alone, first, second)


def _likeliest(scores: list[Floats], topics: Places) -> list[float]:
    rows = np.arange(len(topics))

    def surprise(logarithms: npt.NDArray[np.float64]) -> float:
        mixed = sum(np.exp(logarithm) * part for logarithm, part in zip(logarithms, scores, strict=True))
        return -float(log_shares(np.asarray(mixed))[rows, topics].mean())

    start = np.log(np.full(len(scores), 1.0 / len(scores)))
    found = minimize(surprise, start, method="Nelder-Mead", options={"xatol": 1e-3, "fatol": 1e-6, "maxiter": 200})
    return [round(float(value), 4) for value in np.exp(np.clip(found.x, -4, 4))]


@dataclass(frozen=True)
class CurvePoint:
    """At a threshold: the share of messages answered at once, and the share of those that are right."""

    threshold: float
    answered: float
    right: float


def curve(probabilities: Floats, topics: Places) -> list[CurvePoint]:
    """The curve over thresholds 0.00, 0.02 … 0.98 for held-out messages; empty where there are none."""
    if not len(topics):
        return []
    top, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == topics
    points = []
    for step in range(50):
        threshold = step / 50
        answered = top >= threshold
        share = float(right[answered].mean()) if answered.any() else 1.0
        points.append(CurvePoint(threshold, float(answered.mean()), share))
    return points


def chosen_threshold(points: Sequence[CurvePoint], answered_right: float) -> float:
    """The lowest threshold from which on `answered_right` of the answered messages are right, within sane bounds."""
    enough = [point.threshold for point in points if point.right >= answered_right]
    lowest = min(enough, default=HIGHEST_THRESHOLD)
    return min(max(lowest, LOWEST_THRESHOLD), HIGHEST_THRESHOLD)
