"""Classifier, in training: calibrates the probabilities, and chooses the threshold under which the bot asks back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize  # type: ignore[import-untyped]

from bot.arrays import FloatArray, IndexArray
from bot.classifier.lexical import log_softmax
from bot.encoder.holdout import FOLDS, fold_of

# Enough held-out examples to fit three weights and a threshold; with 24,000 examples one fold of eight has them.
MIN_HOLDOUT = 3_000
# Below the first the bot would guess, above the second it would ask back where it knows: the examples are much harder
# than what people write; of the test messages, 95 % of those over 0.45 were right (docs/decisions/0003-classifier.md).
MIN_THRESHOLD = 0.2
MAX_THRESHOLD = 0.45
TARGET_PRECISION = 0.85


def folds_of(texts: Sequence[str], topics: IndexArray) -> IndexArray:
    """The fold of each example, 0 to 7, by its text's hash; -1 for a topic's only one, which is never held out.

    Fold 0 is the holdout fold of the encoder's tuning. An added example moves no other.
    """
    folds = np.array([fold_of(text) for text in texts], np.int64)
    counts = np.bincount(topics)
    folds[counts[topics] == 1] = -1
    return folds


def holdout_folds(folds: IndexArray) -> list[int]:
    """The folds to hold out, in order and as few as give `MIN_HOLDOUT` examples."""
    needed: list[int] = []
    held_out = 0
    for fold in range(FOLDS):
        if held_out >= MIN_HOLDOUT:
            break
        if size := int((folds == fold).sum()):
            needed.append(fold)
            held_out += size
    return needed


@dataclass(frozen=True)
class Mixture:
    """The weights of the log-probabilities: `lexical_alone` without an encoder, the other two with one."""

    lexical_alone: float = 1.0
    lexical: float = 0.5
    semantic: float = 0.5

    def alone(self, lexical: FloatArray) -> FloatArray:
        """Calibrated probabilities from the lexical model alone."""
        return np.exp(log_softmax(self.lexical_alone * lexical))

    def together(self, lexical: FloatArray, semantic: FloatArray) -> FloatArray:
        """Calibrated probabilities from both models."""
        return np.exp(log_softmax(self.lexical * lexical + self.semantic * semantic))


def fitted_mixture(lexical: FloatArray, semantic: FloatArray | None, topics: IndexArray) -> Mixture:
    """The mixture of maximum likelihood on held-out examples, from the log-probabilities of both models."""
    if not len(topics):
        return Mixture()
    (alone,) = _max_likelihood([lexical], topics)
    if semantic is None:
        return Mixture(lexical_alone=alone)
    first, second = _max_likelihood([lexical, semantic], topics)
    return Mixture(alone, first, second)


def _max_likelihood(scores: list[FloatArray], topics: IndexArray) -> list[float]:
    rows = np.arange(len(topics))

    def log_loss(logarithms: npt.NDArray[np.float64]) -> float:
        mixed = sum(np.exp(logarithm) * part for logarithm, part in zip(logarithms, scores, strict=True))
        return -float(log_softmax(np.asarray(mixed))[rows, topics].mean())

    start = np.log(np.full(len(scores), 1.0 / len(scores)))
    found = minimize(log_loss, start, method="Nelder-Mead", options={"xatol": 1e-3, "fatol": 1e-6, "maxiter": 200})
    return [round(float(value), 4) for value in np.exp(np.clip(found.x, -4, 4))]


@dataclass(frozen=True)
class CurvePoint:
    """At a threshold: the coverage, the share of messages answered at once, and the precision of these answers."""

    threshold: float
    coverage: float
    precision: float


def curve(probabilities: FloatArray, topics: IndexArray) -> list[CurvePoint]:
    """Coverage and precision at the thresholds 0.00, 0.02 … 0.98 on held-out examples; empty where there are none."""
    if not len(topics):
        return []
    top, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == topics
    points = []
    for step in range(50):
        threshold = step / 50
        answered = top >= threshold
        precision = float(right[answered].mean()) if answered.any() else 1.0
        points.append(CurvePoint(threshold, float(answered.mean()), precision))
    return points


def chosen_threshold(points: Sequence[CurvePoint], target_precision: float) -> float:
    """The lowest threshold with at least the target precision, between `MIN_THRESHOLD` and `MAX_THRESHOLD`."""
    enough = [point.threshold for point in points if point.precision >= target_precision]
    lowest = min(enough, default=MAX_THRESHOLD)
    return min(max(lowest, MIN_THRESHOLD), MAX_THRESHOLD)
