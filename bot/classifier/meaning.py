"""Classifier (station 4, dialogue): the second model, which knows topics by the meaning of a sentence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize  # type: ignore[import-untyped]

from bot.classifier.wording import Floats, Places, log_shares

# C in the usual writing of logistic regression.
STRENGTH = 10.0
# More changed nothing in the result (measured).
STEPS = 40
# From a model of nearly the same examples fewer are enough.
STEPS_ONWARD = 12
# Steady: so near the end that a few examples more or less move little.
STEADY_STEPS = 120
STEADY_STEPS_ONWARD = 60


@dataclass(frozen=True)
class MeaningModel:
    """Multinomial logistic regression over an encoder's vectors, each part of the vector centred and scaled alike."""

    centre: Floats
    scale: Floats
    weights: Floats
    bias: Floats

    @classmethod
    def trained(
        cls,
        vectors: Floats,
        topics: Places,
        counts: Sequence[float],
        parts: int,
        start: MeaningModel | None = None,
        steady: bool = False,
    ) -> MeaningModel:
        """From vectors (n, width) made of `parts` equally wide vectors, and the number of each one's topic.

        `counts`: how much an example of each topic counts, see `importance`; `start`: a model of nearly the same;
        `steady`: go on until nearly nothing changes.
        """
        if start is not None:
            table = np.vstack([start.weights, start.bias])
            features = (vectors - start.centre) * start.scale
            steps = STEADY_STEPS_ONWARD if steady else STEPS_ONWARD
            return cls(start.centre, start.scale, *_fitted(features, topics, counts, table, steps))
        centre = vectors.mean(axis=0)
        spread = ((vectors - centre) ** 2).mean(axis=0).reshape(parts, -1).sum(axis=1)
        scale = np.repeat(1 / np.sqrt(np.maximum(spread, 1e-12) * parts), vectors.shape[1] // parts).astype(np.float32)
        nothing = np.zeros((vectors.shape[1] + 1, len(counts)), np.float32)
        steps = STEADY_STEPS if steady else STEPS
        return cls(centre, scale, *_fitted((vectors - centre) * scale, topics, counts, nothing, steps))

    def scores_of(self, vectors: Floats) -> Floats:
        """The log-probability of each topic, one row per vector, not yet calibrated."""
        return log_shares(((vectors - self.centre) * self.scale) @ self.weights + self.bias)


def _fitted(
    features: Floats, topics: Places, counts: Sequence[float], start: Floats, steps: int
) -> tuple[Floats, Floats]:
    """Weights and bias by L-BFGS, from a table of both."""
    examples, width = features.shape
    number_of_topics = len(counts)
    shares = np.asarray(counts, np.float32)[topics][:, None]
    rows = np.arange(examples)

    def loss(flat: npt.NDArray[np.float64]) -> tuple[float, npt.NDArray[np.float64]]:
        table = flat.reshape(width + 1, number_of_topics).astype(np.float32)
        scores = log_shares(features @ table[:-1] + table[-1])
        error = np.exp(scores)
        error[rows, topics] -= 1
        error *= shares
        slope = np.empty_like(flat).reshape(width + 1, number_of_topics)
        slope[:-1] = features.T @ error
        slope[:-1] += table[:-1] / STRENGTH
        slope[-1] = error.sum(axis=0)
        surprise = -float((scores[rows, topics] * shares[:, 0]).sum())
        value = surprise + float((table[:-1] ** 2).sum()) / (2 * STRENGTH)
        return value, slope.ravel()

    options = {"maxiter": steps, "maxcor": 10}
    found = minimize(loss, start.astype(np.float64).ravel(), jac=True, method="L-BFGS-B", options=options)
    table = found.x.reshape(width + 1, number_of_topics).astype(np.float32)
    return table[:-1].copy(), table[-1].copy()
