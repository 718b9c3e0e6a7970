"""Classifier (station 4, dialogue): the semantic model, logistic regression over sentence vectors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize  # type: ignore[import-untyped]

from bot.arrays import FloatArray, IndexArray
from bot.classifier.lexical import log_softmax

# C of logistic regression.
INVERSE_REGULARISATION = 10.0
# More did not change the accuracy (measured).
ITERATIONS = 40
# From a warm start, a model of nearly the same examples, fewer are enough.
WARM_ITERATIONS = 12
# Stable: so near convergence that a few examples more or less change little.
STABLE_ITERATIONS = 120
STABLE_WARM_ITERATIONS = 60


@dataclass(frozen=True)
class SemanticModel:
    """Multinomial logistic regression over an encoder's vectors, centred and scaled to equal variance per layer."""

    centre: FloatArray
    scale: FloatArray
    weights: FloatArray
    bias: FloatArray

    @classmethod
    def trained(
        cls,
        vectors: FloatArray,
        topics: IndexArray,
        class_weights: Sequence[float],
        layers: int,
        warm_start: SemanticModel | None = None,
        stable: bool = False,
    ) -> SemanticModel:
        """From vectors (n, width) of `layers` equally wide layers, and the index of each one's topic.

        `class_weights`: see `class_weights_of`; `warm_start`: a model of nearly the same examples; `stable`: iterate
        until near convergence.
        """
        if warm_start is not None:
            parameters = np.vstack([warm_start.weights, warm_start.bias])
            features = (vectors - warm_start.centre) * warm_start.scale
            iterations = STABLE_WARM_ITERATIONS if stable else WARM_ITERATIONS
            fitted = _fitted(features, topics, class_weights, parameters, iterations)
            return cls(warm_start.centre, warm_start.scale, *fitted)
        centre = vectors.mean(axis=0)
        variance = ((vectors - centre) ** 2).mean(axis=0).reshape(layers, -1).sum(axis=1)
        layer_scale = 1 / np.sqrt(np.maximum(variance, 1e-12) * layers)
        scale = np.repeat(layer_scale, vectors.shape[1] // layers).astype(np.float32)
        zeros = np.zeros((vectors.shape[1] + 1, len(class_weights)), np.float32)
        iterations = STABLE_ITERATIONS if stable else ITERATIONS
        return cls(centre, scale, *_fitted((vectors - centre) * scale, topics, class_weights, zeros, iterations))

    def log_probabilities_of(self, vectors: FloatArray) -> FloatArray:
        """The uncalibrated log-probability of each topic, one row per vector."""
        return log_softmax(((vectors - self.centre) * self.scale) @ self.weights + self.bias)


def _fitted(
    features: FloatArray, topics: IndexArray, class_weights: Sequence[float], start: FloatArray, iterations: int
) -> tuple[FloatArray, FloatArray]:
    """Weights and bias by L-BFGS, from initial values of both."""
    examples, width = features.shape
    number_of_topics = len(class_weights)
    sample_weights = np.asarray(class_weights, np.float32)[topics][:, None]
    rows = np.arange(examples)

    def loss(flat: npt.NDArray[np.float64]) -> tuple[float, npt.NDArray[np.float64]]:
        parameters = flat.reshape(width + 1, number_of_topics).astype(np.float32)
        log_probabilities = log_softmax(features @ parameters[:-1] + parameters[-1])
        error = np.exp(log_probabilities)
        error[rows, topics] -= 1
        error *= sample_weights
        gradient = np.empty_like(flat).reshape(width + 1, number_of_topics)
        gradient[:-1] = features.T @ error
        gradient[:-1] += parameters[:-1] / INVERSE_REGULARISATION
        gradient[-1] = error.sum(axis=0)
        cross_entropy = -float((log_probabilities[rows, topics] * sample_weights[:, 0]).sum())
        penalty = float((parameters[:-1] ** 2).sum()) / (2 * INVERSE_REGULARISATION)
        return cross_entropy + penalty, gradient.ravel()

    options = {"maxiter": iterations, "maxcor": 10}
    found = minimize(loss, start.astype(np.float64).ravel(), jac=True, method="L-BFGS-B", options=options)
    parameters = found.x.reshape(width + 1, number_of_topics).astype(np.float32)
    return parameters[:-1].copy(), parameters[-1].copy()
