"""Examination: how right the first guess is with a part of the examples, and with all of them.

Only the classifier is trained anew, on vectors that are kept between runs. Where the curve is flat, more of the same
examples gain nothing.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bot.classifier.calibration import ANSWERED_RIGHT
from bot.classifier.measure import Labelled, evaluation_messages, examples, probabilities
from bot.classifier.training import trained_model
from bot.encoder import encode_cached, load_encoder

PARTS = (0.1, 0.25, 0.5, 0.75, 1.0)
_SEED = 7
_ALWAYS = 1.1


@dataclass(frozen=True)
class Step:
    """With so many examples a topic and language, on average, this share of first guesses is right, by language."""

    examples: float
    right: dict[str, float]


def learning_curve(data: Path, examination: Path) -> Iterator[Step]:
    """One step after the other; each trains a classifier."""
    known = examples(data)
    asked = evaluation_messages(examination, set(known.topics))
    encoder = load_encoder()
    vectors = encode_cached(encoder, known.texts) if encoder else None
    asked_vectors = encoder.encode_layers(asked.texts) if encoder else None
    order = np.random.default_rng(_SEED).permutation(len(known.texts))
    kinds = len(set(zip(known.topics, known.languages, strict=True)))
    for part in PARTS:
        places = np.sort(order[: int(part * len(order))])
        own = known.some(places.tolist())
        model, _ = trained_model(
            own.texts, own.topics, None if vectors is None else vectors[places], "curve", ANSWERED_RIGHT
        )
        found, _ = probabilities(model, asked.texts, asked_vectors, _ALWAYS)
        guesses = [model.topics[place] for place in found.argmax(axis=1)]
        yield Step(len(places) / kinds, _right(asked, guesses))


def _right(asked: Labelled, guesses: Sequence[str]) -> dict[str, float]:
    rows = list(zip(asked.languages, asked.topics, guesses, strict=True))
    return {
        language: float(np.mean([topic == guess for own, topic, guess in rows if own == language]))
        for language in sorted(set(asked.languages))
    }
