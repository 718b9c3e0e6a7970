"""Classifier (station 4, dialogue): the cheap model, which knows topics by their words and letter groups."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy.sparse as sparse  # type: ignore[import-untyped]
from sklearn.linear_model import SGDClassifier  # type: ignore[import-untyped]

from bot.classifier.features import Vocabulary, parts_of

Floats = npt.NDArray[np.float32]
Places = npt.NDArray[np.int64]

# One logistic regression per topic by stochastic gradient: as right as the joint one by L-BFGS on a tenth of the time
# (docs/decisions/0003-classifier.md). The strength is that of C = 500,000 / examples in the usual writing: with 26,000
# examples ten times less than with 12,000 is right in two more of a hundred messages.
STRENGTH = 2e-6
ROUNDS = 5
# With the held-out examples too, afterwards.
ROUNDS_WITH_ALL = 1
SEED = 1984
# A steady learner's model is the mean of all its steps after so many examples for each that there is: the last step
# alone leans towards whatever was seen last.
STEADY_AFTER = 4
# One topic after the other on each; the result is the same with any number.
THREADS = 2
# 0: every example counts the same; 1: every topic does. Editors give the dangers more examples on purpose, but what
# belongs to no topic has three times as many as any of them.
EVENNESS = 0.25


@dataclass(frozen=True)
class WordingModel:
    """Known parts and, for each, its pull towards each topic (half precision: 71 topics x 110,000 parts in 16 MB)."""

    vocabulary: Vocabulary
    weights: npt.NDArray[np.float16]
    bias: Floats

    def scores(self, text: str) -> Floats:
        """The log-probability of each topic for one message, not yet calibrated."""
        columns, values = self.vocabulary.row(parts_of(text))
        raw: Floats = values @ self.weights[columns].astype(np.float32) + self.bias
        return log_shares(raw)

    def scores_of(self, matrix: sparse.csr_matrix) -> Floats:
        """As `scores`, one row per row of the vocabulary's matrix."""
        return log_shares(matrix @ self.weights.astype(np.float32) + self.bias)


class WordingLearner:
    """Learns a `WordingModel` round by round: first from the examples that are not held out, then from all.

    Going on costs a quarter of beginning anew, and ends as right (docs/decisions/0015-tuned-encoder.md).
    """

    def __init__(self, vocabulary: Vocabulary, counts: Sequence[float], mean_after: int = 0) -> None:
        """`counts`: how much an example of each topic counts, see `importance`.

        `mean_after`: the model is the mean of all steps after so many; 0: it is the last one.
        """
        self._vocabulary = vocabulary
        self._topics = np.arange(len(counts))
        self._round = 0
        self._learner = SGDClassifier(
            loss="log_loss",
            alpha=STRENGTH,
            class_weight=dict(enumerate(counts)),
            n_jobs=THREADS,
            average=mean_after,
        )

    def learn(self, matrix: sparse.csr_matrix, topics: Places, rounds: int) -> WordingModel:
        """Go over examples so many times, each time in another order; always the same model."""
        exact = matrix.astype(np.float64)
        for _ in range(rounds):
            self._round += 1
            self._learner.set_params(random_state=SEED + self._round)
            self._learner.partial_fit(exact, topics, classes=self._topics)
        pull, offset = self._learner.coef_, self._learner.intercept_
        if len(self._topics) == 2:
            pull, offset = np.concatenate([-pull, pull]), np.concatenate([-offset, offset])
        return WordingModel(self._vocabulary, pull.T.astype(np.float16), offset.astype(np.float32))


def importance(topics: Places, number_of_topics: int) -> npt.NDArray[np.float64]:
    """How much an example of each topic counts: less, the more examples the topic has, but not in full measure."""
    numbers = np.maximum(np.bincount(topics, minlength=number_of_topics), 1)
    weights: npt.NDArray[np.float64] = (numbers.mean() / numbers) ** EVENNESS
    return weights


def log_shares(raw: npt.NDArray[np.float32] | npt.NDArray[np.float64]) -> Floats:
    """The logarithm of each row's shares that sum to one (log-softmax)."""
    shifted = raw - raw.max(axis=-1, keepdims=True)
    result: Floats = (shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))).astype(np.float32)
    return result
