"""Classifier, between training and inference: writes and reads a model as arrays and JSON, never as code."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from bot.classifier.calibration import Mixture
from bot.classifier.features import Vocabulary
from bot.classifier.lexical import FeatureWeights, LexicalModel
from bot.classifier.model import TopicModel
from bot.classifier.semantic import SemanticModel

ARRAYS_NAME = "classifier.npz"
METADATA_NAME = "classifier.json"
_SEMANTIC_ARRAYS = ("centre", "scale", "weights", "bias")


class ModelRefused(Exception):
    """A stored classifier cannot be read; the message says what to do."""


def write_model(model: TopicModel, folder: Path) -> None:
    """Two files: arrays without pickles, and JSON."""
    lexical, semantic = model.lexical, model.semantic
    arrays: dict[str, Any] = {
        "lexical_steps": lexical.weights.steps,
        "lexical_scales": lexical.weights.scales,
        "lexical_bias": lexical.bias,
        "idf": lexical.vocabulary.idf,
    }
    if semantic is not None:
        arrays |= {f"semantic_{name}": getattr(semantic, name) for name in _SEMANTIC_ARRAYS}
    np.savez(folder / ARRAYS_NAME, **arrays)
    metadata = {
        "topics": list(model.topics),
        "features": list(lexical.vocabulary.columns),
        "mixture": asdict(model.mixture),
        "encoder": model.encoder,
        "threshold_alone": model.threshold_alone,
        "threshold_together": model.threshold_together,
    }
    (folder / METADATA_NAME).write_text(json.dumps(metadata, ensure_ascii=False), encoding="utf-8")


def read_model(folder: Path) -> TopicModel:
    """The model of a folder. Raises `ModelRefused` when a file is missing, broken or of another format."""
    try:
        metadata = json.loads((folder / METADATA_NAME).read_text(encoding="utf-8"))
        with np.load(folder / ARRAYS_NAME, allow_pickle=False) as file:
            arrays = dict(file)
        vocabulary = Vocabulary.of(metadata["features"], arrays["idf"])
        semantic = None
        if metadata["encoder"] is not None:
            semantic = SemanticModel(*(arrays[f"semantic_{name}"] for name in _SEMANTIC_ARRAYS))
        return TopicModel(
            topics=metadata["topics"],
            lexical=LexicalModel(
                vocabulary,
                FeatureWeights(arrays["lexical_steps"], arrays["lexical_scales"]),
                arrays["lexical_bias"],
            ),
            semantic=semantic,
            mixture=Mixture(**metadata["mixture"]),
            encoder=metadata["encoder"],
            threshold_alone=metadata["threshold_alone"],
            threshold_together=metadata["threshold_together"],
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelRefused(f"The trained classifier cannot be read ({error}). Train it again: `make train`.") from error
