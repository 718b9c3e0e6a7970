"""Classifier (station 4, dialogue): the lexical model, logistic regression over words and character n-grams."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import scipy.sparse as sparse  # type: ignore[import-untyped]
from sklearn.linear_model import SGDClassifier  # type: ignore[import-untyped]

from bot.arrays import FloatArray, IndexArray
from bot.classifier.features import Vocabulary, features_of

# One-vs-rest logistic regression by stochastic gradient descent: as accurate as the multinomial one by L-BFGS in a
# tenth of the time (docs/decisions/0003-classifier.md). `ALPHA` corresponds to C = 500,000 / examples: with 26,000
# examples, a tenth of the regularisation for 12,000 gains two percentage points of accuracy.
ALPHA = 2e-6
EPOCHS = 5
# With the held-out examples too, afterwards.
EPOCHS_WITH_HOLDOUT = 1
SEED = 1984
# A stable model is the average of all SGD steps after so many epochs: the last step alone is biased towards the latest
# examples.
AVERAGE_AFTER_EPOCHS = 4
# One topic after the other on each; the result is the same with any number.
THREADS = 2
# 0: every example has the same weight; 1: every topic has. Editors give the dangers more examples on purpose, but what
# belongs to no topic has three times as many as any of them.
CLASS_WEIGHT_EXPONENT = 0.25
# 31 on either side of zero: finer ones change no score by a hundredth, and make the file half as large again.
_STEPS = 31
_LEAST_SCALE = 1e-12


@dataclass(frozen=True)
class FeatureWeights:
    """A weight per feature and class in one byte, with one scale per feature: (features, classes) and (features,).

    Half of half precision's memory and a third of its model file. A scale per class instead would round most weights
    to zero, since a few of each class are a hundred times the others.
    """

    steps: npt.NDArray[np.int8]
    scales: FloatArray

    @classmethod
    def quantised(cls, weights: npt.NDArray[np.floating[Any]]) -> FeatureWeights:
        """The nearest to a table of weights, (features, classes)."""
        highest = np.abs(weights).max(axis=1, initial=0.0)
        scales = np.maximum(highest / _STEPS, _LEAST_SCALE).astype(np.float32)
        return cls(np.rint(weights / scales[:, None]).astype(np.int8), scales)

    def scores(self, columns: npt.NDArray[np.int32], values: FloatArray) -> FloatArray:
        """The score of each class for a text with these features and their values."""
        result: FloatArray = (values * self.scales[columns]) @ self.steps[columns].astype(np.float32)
        return result

    @property
    def table(self) -> FloatArray:
        """The weights themselves, in full precision."""
        return self.steps * self.scales[:, None]


@dataclass(frozen=True)
class LexicalModel:
    """The vocabulary, and a weight per feature and topic."""

    vocabulary: Vocabulary
    weights: FeatureWeights
    bias: FloatArray

    def log_probabilities(self, text: str) -> FloatArray:
        """The uncalibrated log-probability of each topic for one message."""
        return log_softmax(self.weights.scores(*self.vocabulary.row(features_of(text))) + self.bias)

    def log_probabilities_of(self, matrix: sparse.csr_matrix) -> FloatArray:
        """As `log_probabilities`, one row per row of a feature matrix."""
        return log_softmax(matrix @ self.weights.table + self.bias)


class LexicalTrainer:
    """Trains a `LexicalModel` incrementally: first on the examples that are not held out, then on all.

    Continuing costs a quarter of training from scratch, and is as accurate (docs/decisions/0015-tuned-encoder.md).
    """

    def __init__(self, vocabulary: Vocabulary, class_weights: Sequence[float], average_after: int = 0) -> None:
        """`class_weights`: see `class_weights_of`.

        `average_after`: the model is the average of all SGD steps after so many; 0: it is the last one.
        """
        self._vocabulary = vocabulary
        self._topics = np.arange(len(class_weights))
        self._epoch = 0
        self._classifier = SGDClassifier(
            loss="log_loss",
            alpha=ALPHA,
            class_weight=dict(enumerate(class_weights)),
            n_jobs=THREADS,
            average=average_after,
        )

    def train(self, matrix: sparse.csr_matrix, topics: IndexArray, epochs: int) -> LexicalModel:
        """Train for so many epochs, each in another order; deterministic."""
        exact = matrix.astype(np.float64)
        for _ in range(epochs):
            self._epoch += 1
            self._classifier.set_params(random_state=SEED + self._epoch)
            self._classifier.partial_fit(exact, topics, classes=self._topics)
        weights, bias = self._classifier.coef_, self._classifier.intercept_
        if len(self._topics) == 2:
            weights, bias = np.concatenate([-weights, weights]), np.concatenate([-bias, bias])
        return LexicalModel(self._vocabulary, FeatureWeights.quantised(weights.T), bias.astype(np.float32))


def class_weights_of(topics: IndexArray, number_of_topics: int) -> npt.NDArray[np.float64]:
    """The weight of an example of each topic: the lower, the more examples the topic has, but not in proportion."""
    counts = np.maximum(np.bincount(topics, minlength=number_of_topics), 1)
    weights: npt.NDArray[np.float64] = (counts.mean() / counts) ** CLASS_WEIGHT_EXPONENT
    return weights


def log_softmax(logits: npt.NDArray[np.float32] | npt.NDArray[np.float64]) -> FloatArray:
    """The log-softmax of each row."""
    shifted = logits - logits.max(axis=-1, keepdims=True)
    result: FloatArray = (shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))).astype(np.float32)
    return result
