"""Evaluation: the accuracy of the first guess with part of the training examples, and with all of them.

Only the classifier is retrained, on cached vectors. Where the curve is flat, more of the same examples do not help.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bot.classifier.benchmark import LabelledTexts, labelled_messages, predicted_probabilities, training_examples
from bot.classifier.calibration import TARGET_PRECISION
from bot.classifier.training import trained_model
from bot.encoder import encode_cached, load_encoder

FRACTIONS = (0.1, 0.25, 0.5, 0.75, 1.0)
_SEED = 7
_ALWAYS = 1.1


@dataclass(frozen=True)
class LearningPoint:
    """The accuracy of first guesses by language, with so many examples per topic and language on average."""

    examples: float
    accuracy: dict[str, float]


def learning_curve(data: Path, messages: Path) -> Iterator[LearningPoint]:
    """One point after the other; each trains a classifier."""
    train = training_examples(data)
    test = labelled_messages(messages, set(train.topics))
    encoder = load_encoder()
    train_vectors = encode_cached(encoder, train.texts) if encoder else None
    test_vectors = encoder.encode_layers(test.texts) if encoder else None
    order = np.random.default_rng(_SEED).permutation(len(train.texts))
    classes = len(set(zip(train.topics, train.languages, strict=True)))
    for fraction in FRACTIONS:
        indices = np.sort(order[: int(fraction * len(order))])
        subset = train.subset(indices.tolist())
        vectors = None if train_vectors is None else train_vectors[indices]
        model, _ = trained_model(subset.texts, subset.topics, vectors, "curve", TARGET_PRECISION)
        probabilities, _ = predicted_probabilities(model, test.texts, test_vectors, _ALWAYS)
        guesses = [model.topics[index] for index in probabilities.argmax(axis=1)]
        yield LearningPoint(len(indices) / classes, _accuracy(test, guesses))


def _accuracy(test: LabelledTexts, guesses: Sequence[str]) -> dict[str, float]:
    rows = list(zip(test.languages, test.topics, guesses, strict=True))
    return {
        language: float(np.mean([topic == guess for own, topic, guess in rows if own == language]))
        for language in sorted(set(test.languages))
    }
