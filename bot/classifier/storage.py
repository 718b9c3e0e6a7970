"""Classifier, between training and serving: writes and reads a model as plain numbers and text, never as code."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from bot.classifier.calibration import Mixture
from bot.classifier.features import Vocabulary
from bot.classifier.meaning import MeaningModel
from bot.classifier.model import TopicModel
from bot.classifier.wording import WordingModel

NUMBERS_NAME = "classifier.npz"
TEXT_NAME = "classifier.json"
_MEANING_ARRAYS = ("centre", "scale", "weights", "bias")


class ModelRefused(Exception):
    """A stored classifier cannot be read; the sentence says what to do."""


def write_model(model: TopicModel, folder: Path) -> None:
    """Two files: arrays without pickles, and JSON."""
    wording, meaning = model.wording, model.meaning
    arrays: dict[str, Any] = {
        "wording_weights": wording.weights,
        "wording_bias": wording.bias,
        "rarity": wording.vocabulary.rarity,
    }
    if meaning is not None:
        arrays |= {f"meaning_{name}": getattr(meaning, name) for name in _MEANING_ARRAYS}
    np.savez(folder / NUMBERS_NAME, **arrays)
    content = {
        "topics": list(model.topics),
        "parts": list(wording.vocabulary.columns),
        "mixture": asdict(model.mixture),
        "encoder": model.encoder,
        "threshold_alone": model.threshold_alone,
        "threshold_together": model.threshold_together,
    }
    (folder / TEXT_NAME).write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")


def read_model(folder: Path) -> TopicModel:
    """The model of a folder. Raises `ModelRefused` when a file is missing, broken or of another making."""
    try:
        content = json.loads((folder / TEXT_NAME).read_text(encoding="utf-8"))
        with np.load(folder / NUMBERS_NAME, allow_pickle=False) as arrays:
            numbers = dict(arrays)
        vocabulary = Vocabulary.of(content["parts"], numbers["rarity"])
        meaning = None
        if content["encoder"] is not None:
            meaning = MeaningModel(*(numbers[f"meaning_{name}"] for name in _MEANING_ARRAYS))
        return TopicModel(
            topics=content["topics"],
            wording=WordingModel(vocabulary, numbers["wording_weights"], numbers["wording_bias"]),
            meaning=meaning,
            mixture=Mixture(**content["mixture"]),
            encoder=content["encoder"],
            threshold_alone=content["threshold_alone"],
            threshold_together=content["threshold_together"],
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelRefused(f"The trained classifier cannot be read ({error}). Train it again: `make train`.") from error
