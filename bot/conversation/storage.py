"""Conversation, between training and serving: writes and reads a model as plain numbers and text, never as code."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from bot.classifier.features import Vocabulary
from bot.classifier.lexical import FeatureWeights
from bot.conversation.heads import Head, Heads, Scaler
from bot.conversation.model import ConversationModel, SmallModel

NUMBERS_NAME = "conversation.npz"
TEXT_NAME = "conversation.json"


class ModelRefused(Exception):
    """A stored model cannot be read; the sentence says what to do."""


def write_model(model: ConversationModel, folder: Path) -> None:
    """Two files: arrays without pickles, and JSON."""
    heads = model.heads
    arrays: dict[str, Any] = {
        "idf": heads.vocabulary.idf,
        "lexical_steps": heads.lexical_weights.steps,
        "lexical_scales": heads.lexical_weights.scales,
        "lexical_bias": heads.lexical_bias,
        "dense_weights": heads.dense_weights,
        "dense_bias": heads.dense_bias,
    }
    if heads.scaler is not None:
        arrays |= _scaler_arrays("heads", heads.scaler)
    for name, small in (("topics", model.topics), ("dangers", model.dangers)):
        if small is not None:
            arrays |= {f"{name}_weights": small.weights, f"{name}_bias": small.bias}
            arrays |= _scaler_arrays(name, small.scaler)
    np.savez(folder / NUMBERS_NAME, **arrays)
    content = {
        "encoder": model.encoder,
        "topic_names": list(model.topic_names),
        "topics": None if model.topics is None else list(model.topics.classes),
        "dangers": None if model.dangers is None else list(model.dangers.classes),
        "features": list(heads.vocabulary.columns),
        "heads": [asdict(head) for head in heads.heads],
    }
    (folder / TEXT_NAME).write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")


def read_model(folder: Path) -> ConversationModel:
    """The model of a folder. Raises `ModelRefused` when a file is missing, broken or of another making."""
    try:
        content = json.loads((folder / TEXT_NAME).read_text(encoding="utf-8"))
        with np.load(folder / NUMBERS_NAME, allow_pickle=False) as arrays:
            numbers = dict(arrays)
        heads = Heads(
            heads=tuple(Head(**{**each, "classes": tuple(each["classes"])}) for each in content["heads"]),
            vocabulary=Vocabulary.of(content["features"], numbers["idf"]),
            lexical_weights=FeatureWeights(numbers["lexical_steps"], numbers["lexical_scales"]),
            lexical_bias=numbers["lexical_bias"],
            scaler=_scaler("heads", numbers),
            dense_weights=numbers["dense_weights"],
            dense_bias=numbers["dense_bias"],
        )
        return ConversationModel(
            encoder=content["encoder"],
            topics=_small("topics", content, numbers),
            dangers=_small("dangers", content, numbers),
            topic_names=tuple(content["topic_names"]),
            heads=heads,
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        reason = f"The trained conversation model cannot be read ({error}). Train it again: `make train`."
        raise ModelRefused(reason) from error


def _scaler_arrays(name: str, scaler: Scaler) -> dict[str, Any]:
    return {f"{name}_centre": scaler.centre, f"{name}_scale": scaler.scale}


def _scaler(name: str, numbers: dict[str, Any]) -> Scaler | None:
    return Scaler(numbers[f"{name}_centre"], numbers[f"{name}_scale"]) if f"{name}_centre" in numbers else None


def _small(name: str, content: dict[str, Any], numbers: dict[str, Any]) -> SmallModel | None:
    scaler = _scaler(name, numbers)
    if content[name] is None or scaler is None:
        return None
    return SmallModel(tuple(content[name]), scaler, numbers[f"{name}_weights"], numbers[f"{name}_bias"])
