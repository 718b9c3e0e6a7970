"""Conversation, in training: logistic regressions over words and over vectors with contexts, and their mixture."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import scipy.sparse as sparse  # type: ignore[import-untyped]
from scipy.optimize import minimize  # type: ignore[import-untyped]
from sklearn.linear_model import SGDClassifier  # type: ignore[import-untyped]

from bot.arrays import FloatArray, IndexArray
from bot.classifier.lexical import log_softmax

# C in the usual writing of logistic regression (measured, docs/decisions/0017-conversation.md).
DENSE_STRENGTH = 10.0
DENSE_STEPS = 60
DENSE_STEPS_ONWARD = 20
LEXICAL_STRENGTH = 1e-5
LEXICAL_EPOCHS = 6
SEED = 1984
THREADS = 2


def fit_dense(
    features: FloatArray,
    targets: IndexArray,
    weights: FloatArray,
    classes: int,
    start: FloatArray | None = None,
    strength: float = DENSE_STRENGTH,
) -> FloatArray:
    """Multinomial logistic regression by L-BFGS: a table of weights with the bias as its last row."""
    rows, width = features.shape
    indices = np.arange(rows)
    first = np.zeros((width + 1, classes), np.float32) if start is None else start
    steps = DENSE_STEPS if start is None else DENSE_STEPS_ONWARD

    def loss(flat: npt.NDArray[np.float64]) -> tuple[float, npt.NDArray[np.float64]]:
        table = flat.reshape(width + 1, classes).astype(np.float32)
        scores = log_softmax(features @ table[:-1] + table[-1])
        error = np.exp(scores)
        error[indices, targets] -= 1
        error *= weights[:, None]
        slope = np.empty((width + 1, classes), np.float64)
        slope[:-1] = features.T @ error + table[:-1] / strength
        slope[-1] = error.sum(axis=0)
        value = -float(scores[indices, targets] @ weights) + float((table[:-1] ** 2).sum()) / (2 * strength)
        return value, slope.ravel()

    options = {"maxiter": steps, "maxcor": 8}
    found = minimize(loss, first.astype(np.float64).ravel(), jac=True, method="L-BFGS-B", options=options)
    table: FloatArray = found.x.reshape(width + 1, classes).astype(np.float32)
    return table


def fit_lexical(matrix: sparse.csr_matrix, targets: IndexArray, weights: FloatArray, classes: int) -> FloatArray:
    """One logistic regression per class by stochastic gradient: a table of weights with the bias as its last row."""
    trainer = SGDClassifier(
        loss="log_loss", alpha=LEXICAL_STRENGTH, n_jobs=THREADS, max_iter=LEXICAL_EPOCHS, tol=None, random_state=SEED
    )
    present = np.unique(targets)
    table = np.zeros((matrix.shape[1] + 1, classes), np.float32)
    if len(present) < 2:
        return table
    trainer.fit(matrix.astype(np.float64), targets, sample_weight=weights.astype(np.float64))
    slopes, offsets = trainer.coef_, trainer.intercept_
    if len(present) == 2:
        slopes, offsets = np.concatenate([-slopes, slopes]) / 2, np.concatenate([-offsets, offsets]) / 2
    table[:-1, present] = slopes.T
    table[-1] = offsets.min() - 1.0
    table[-1, present] = offsets
    return table


def fit_mixture(scores: list[FloatArray], targets: IndexArray, weights: FloatArray) -> list[float]:
    """How much each model's log-probabilities count, so that held-out labels are likeliest."""
    rows = np.arange(len(targets))

    def log_loss(logarithms: npt.NDArray[np.float64]) -> float:
        mixed = sum(np.exp(logarithm) * part for logarithm, part in zip(logarithms, scores, strict=True))
        return -float(log_softmax(np.asarray(mixed))[rows, targets] @ weights) / float(weights.sum())

    start = np.log(np.full(len(scores), 1.0 / len(scores)))
    found = minimize(log_loss, start, method="Nelder-Mead", options={"xatol": 1e-3, "fatol": 1e-6, "maxiter": 150})
    return [round(float(value), 4) for value in np.exp(np.clip(found.x, -4, 3))]
