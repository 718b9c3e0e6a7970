"""Danger, the words alone: trains the linear model of `screening/danger/` from the same examples as this station.

`python -m bot.danger.words`: seldom and by hand, some two minutes; the gateway ships with what it writes, so that no
published model can take the screen away.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import scipy.sparse as sparse  # type: ignore[import-untyped]
from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]

from answers.danger_lines import read_danger_lines
from answers.examples import example_paths, read_examples
from bot.danger.labels import NEITHER, danger_examples
from screening.danger.features import BUCKETS, features_of
from screening.danger.rules import LANGUAGES
from screening.danger.tokens import tokenize
from screening.danger.words_model import KINDS, write_model

# Of 10 and 40, measured on the open half of the evaluation: as many dangers at the same number of false alarms.
_STRENGTH = 10.0
_STRENGTH_OF_LANGUAGE = 1.0


def matrix_of(texts: list[str]) -> sparse.csr_matrix:
    """The features of texts as the screen counts them: each once, divided by the root of their number."""
    rows = [sorted(features_of(tokenize(text))) for text in texts]
    ends = np.cumsum([0, *map(len, rows)])
    values = np.concatenate([np.full(len(row), 1 / max(len(row), 1) ** 0.5) for row in rows])
    return sparse.csr_matrix((values, np.concatenate(rows).astype(np.int64), ends), shape=(len(texts), BUCKETS))


def train(data: Path) -> None:
    """Train on the examples of a content folder, and write the weights."""
    examples = read_examples(example_paths(data))
    texts, labels = danger_examples((example.text, example.topic) for example in examples)
    lines = read_danger_lines(data)
    texts += [line.text for line in lines]
    labels += [line.danger or NEITHER for line in lines]
    dangers = _fit(matrix_of(texts), labels, (*KINDS, NEITHER), _STRENGTH)
    languages = _fit(
        matrix_of([example.text for example in examples] + [line.text for line in lines]),
        [example.language for example in examples] + [line.language for line in lines],
        LANGUAGES,
        _STRENGTH_OF_LANGUAGE,
    )
    write_model(
        dangers[0] + languages[0],
        dangers[1] + languages[1],
        examples=len(texts),
        trained_from=hashlib.sha256("\n".join(map("\t".join, zip(labels, texts, strict=True))).encode()).hexdigest(),
    )


def _fit(
    matrix: sparse.csr_matrix, labels: list[str], names: Sequence[str], strength: float
) -> tuple[list[list[float]], list[float]]:
    """Weights and offsets of each name against the last one."""
    model = LogisticRegression(C=strength, max_iter=1000, tol=1e-3)
    model.fit(matrix, [names.index(label) for label in labels])
    weights, offsets = model.coef_, model.intercept_
    return (weights[:-1] - weights[-1]).tolist(), (offsets[:-1] - offsets[-1]).tolist()


if __name__ == "__main__":
    train(Path("data"))
