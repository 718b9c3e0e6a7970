"""Particular questions, the model: for each topic a logistic regression over sentence vectors, one class a question.

Nearest wordings alone find half as many: of fourteen wordings in three languages a regression learns what they share.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from zipfile import BadZipFile

import numpy as np

from bot.arrays import FloatArray
from bot.classifier.lexical import log_softmax
from bot.conversation.heads import Scaler
from bot.conversation.regression import fit_dense

NUMBERS_NAME: Final = "faq.npz"
TEXT_NAME: Final = "faq.json"
# C in the usual writing of logistic regression (measured, docs/decisions/0040-particular-questions.md).
_STRENGTH: Final = 30.0
# What asks something else counts less than a wording: some of it asks this in a way that nobody foresaw.
_OTHER_WEIGHT: Final = 0.3


class FaqRefused(Exception):
    """A stored model cannot be read; the sentence says what to do."""


@dataclass(frozen=True)
class FaqExample:
    """A message and the particular question of its topic that it asks; None: it asks none of them."""

    topic: str
    name: str | None
    text: str


@dataclass(frozen=True)
class Asked:
    """A particular question, and how probably it was asked."""

    topic: str
    name: str
    probability: float


@dataclass(frozen=True)
class TopicFaq:
    """A topic's questions with a column of `weights` each, and a last one for whatever asks none of them.

    `weights`: (768 + 1, questions + 1) float32, the bias in the last row.
    """

    names: tuple[str, ...]
    weights: FloatArray


@dataclass(frozen=True)
class FaqModel:
    """The questions of each topic. `encoder` is the hash of the encoder it was trained with."""

    encoder: str
    scaler: Scaler
    topics: Mapping[str, TopicFaq]

    def likeliest(self, topic: str, vector: FloatArray) -> Asked | None:
        """The question that a message (768) in a talk about the topic asks most probably; None where it has none."""
        known = self.topics.get(topic)
        if known is None:
            return None
        shares = np.exp(log_softmax(self.scaler.scaled(vector) @ known.weights[:-1] + known.weights[-1]))
        place = int(shares[:-1].argmax())
        return Asked(topic, known.names[place], float(shares[place]))


def trained_model(examples: Sequence[FaqExample], vectors: FloatArray, encoder: str) -> FaqModel:
    """Learn each topic's questions; `vectors` (n, 768) are of the examples."""
    scaler = Scaler.fitted(vectors)
    rows = scaler.scaled(vectors)
    topics = {}
    for topic in sorted({each.topic for each in examples if each.name is not None}):
        own = [index for index, each in enumerate(examples) if each.topic == topic]
        names = tuple(sorted({name for index in own if (name := examples[index].name) is not None}))
        column = {name: index for index, name in enumerate(names)}
        targets = np.array([column.get(examples[index].name or "", len(names)) for index in own], np.int64)
        weights = np.where(targets == len(names), _OTHER_WEIGHT, 1.0).astype(np.float32)
        table = fit_dense(rows[own], targets, weights, len(names) + 1, strength=_STRENGTH)
        topics[topic] = TopicFaq(names, table)
    return FaqModel(encoder, scaler, topics)


def write_model(model: FaqModel, folder: Path) -> None:
    """Two files: arrays without pickles, in half precision, and JSON."""
    arrays: dict[str, Any] = {f"weights_{name}": each.weights.astype(np.float16) for name, each in model.topics.items()}
    np.savez(folder / NUMBERS_NAME, centre=model.scaler.centre, scale=model.scaler.scale, **arrays)
    content = {"encoder": model.encoder, "topics": {name: list(each.names) for name, each in model.topics.items()}}
    (folder / TEXT_NAME).write_text(json.dumps(content), encoding="utf-8")


def read_model(folder: Path) -> FaqModel:
    """The model of a folder. Raises `FaqRefused` when a file is missing, broken or of another making."""
    try:
        content = json.loads((folder / TEXT_NAME).read_text(encoding="utf-8"))
        with (folder / NUMBERS_NAME).open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            scaler = Scaler(arrays["centre"], arrays["scale"])
            topics = {
                name: TopicFaq(tuple(names), arrays[f"weights_{name}"].astype(np.float32))
                for name, names in content["topics"].items()
            }
        return FaqModel(content["encoder"], scaler, topics)
    except (OSError, ValueError, KeyError, TypeError, EOFError, BadZipFile) as error:
        reason = f"The trained particular questions cannot be read ({error}). Train them again: `make train`."
        raise FaqRefused(reason) from error
