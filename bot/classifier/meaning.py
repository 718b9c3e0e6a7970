"""Classifier (station 4, dialogue): the second model, which knows topics by the meaning of a sentence."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize  # type: ignore[import-untyped]

from bot.classifier.wording import Floats, Places, importance, log_shares

# C in the usual writing of logistic regression.
STRENGTH = 10.0
# More changed nothing in the result (measured).
STEPS = 40


@dataclass(frozen=True)
class MeaningModel:
    """Multinomial logistic regression over an encoder's vectors, each part of the vector centred and scaled alike."""

    centre: Floats
    scale: Floats
    weights: Floats
    bias: Floats

    @classmethod
    def trained(cls, vectors: Floats, topics: Places, number_of_topics: int, parts: int) -> MeaningModel:
        """From vectors (n, width) made of `parts` equally wide vectors, and the number of each one's topic."""
        centre = vectors.mean(axis=0)
        spread = ((vectors - centre) ** 2).mean(axis=0).reshape(parts, -1).sum(axis=1)
        scale = np.repeat(1 / np.sqrt(np.maximum(spread, 1e-12) * parts), vectors.shape[1] // parts).astype(np.float32)
        weights, bias = _fitted((vectors - centre) * scale, topics, number_of_topics)
        return cls(centre, scale, weights, bias)

    def scores_of(self, vectors: Floats) -> Floats:
        """The log-probability of each topic, one row per vector, not yet calibrated."""
        return log_shares(((vectors - self.centre) * self.scale) @ self.weights + self.bias)


def _fitted(features: Floats, topics: Places, number_of_topics: int) -> tuple[Floats, Floats]:
    """Weights and bias by L-BFGS."""
    examples, width = features.shape
    counts = importance(topics, number_of_topics)[topics].astype(np.float32)[:, None]
    rows = np.arange(examples)

    def loss(flat: npt.NDArray[np.float64]) -> tuple[float, npt.NDArray[np.float64]]:
        table = flat.reshape(width + 1, number_of_topics).astype(np.float32)
        scores = log_shares(features @ table[:-1] + table[-1])
        error = np.exp(scores)
        error[rows, topics] -= 1
        error *= counts
        slope = np.empty_like(flat).reshape(width + 1, number_of_topics)
        slope[:-1] = features.T @ error
        slope[:-1] += table[:-1] / STRENGTH
        slope[-1] = error.sum(axis=0)
        surprise = -float((scores[rows, topics] * counts[:, 0]).sum())
        value = surprise + float((table[:-1] ** 2).sum()) / (2 * STRENGTH)
        return value, slope.ravel()

    start = np.zeros((width + 1) * number_of_topics)
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": STEPS, "maxcor": 10})
    table = found.x.reshape(width + 1, number_of_topics).astype(np.float32)
    return table[:-1].copy(), table[-1].copy()
