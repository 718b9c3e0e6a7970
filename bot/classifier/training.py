"""Classifier, in training: learns both models, calibrates them on messages they had not seen, and reports how good."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bot.classifier.calibration import (
    CurvePoint,
    chosen_threshold,
    curve,
    fitted_mixture,
    folds_needed,
    folds_of,
)
from bot.classifier.features import parts_of
from bot.classifier.meaning import MeaningModel
from bot.classifier.model import TopicModel
from bot.classifier.wording import Floats, Places, WordingModel

# The encoder gives two vectors side by side: the meaning and a middle layer.
VECTOR_PARTS = 2


class NothingToLearn(Exception):
    """The examples do not name at least two topics; the sentence says so."""


@dataclass(frozen=True)
class HeldOut:
    """Scores of examples by models that had not seen them; `places` says which examples."""

    places: Places
    topics: Places
    wording: Floats
    meaning: Floats | None


@dataclass(frozen=True)
class Report:
    """What held-out messages say of the model: shares of right topics, and the curve the threshold was read from."""

    examples: int
    topics: int
    held_out: int
    right_alone: float
    right_together: float | None
    curve: list[CurvePoint]


def held_out_scores(
    parts: Sequence[Counter[str]], vectors: Floats | None, topics: Places, texts: Sequence[str]
) -> HeldOut:
    """Train without each needed fold and score it."""
    folds, number = folds_of(texts, topics), int(topics.max()) + 1
    all_places, all_wording, all_meaning = [], [], []
    for fold in folds_needed(folds):
        places, rest = np.flatnonzero(folds == fold), np.flatnonzero(folds != fold)
        wording = WordingModel.trained([parts[place] for place in rest], topics[rest], number)
        all_places.append(places)
        all_wording.append(wording.scores_of([parts[place] for place in places]))
        if vectors is not None:
            meaning = MeaningModel.trained(vectors[rest], topics[rest], number, VECTOR_PARTS)
            all_meaning.append(meaning.scores_of(vectors[places]))
    if not all_places:
        nothing = np.empty(0, np.int64)
        return HeldOut(nothing, nothing, np.empty((0, number), np.float32), None)
    places = np.concatenate(all_places)
    together = np.concatenate(all_meaning) if all_meaning else None
    return HeldOut(places, topics[places], np.concatenate(all_wording), together)


def trained_model(
    texts: Sequence[str],
    labels: Sequence[str],
    vectors: Floats | None,
    encoder: str | None,
    answered_right: float,
) -> tuple[TopicModel, Report]:
    """A model from examples and their topics; `vectors` are the texts' own, or None for a model of words alone.

    `answered_right` is the share of answered messages that the threshold aims at. Raises `NothingToLearn`.
    """
    names = sorted(set(labels))
    if len(names) < 2:
        raise NothingToLearn(f"A classifier needs examples of two topics or more, and there are {len(names)}.")
    topics = np.array([names.index(label) for label in labels], np.int64)
    parts = [parts_of(text) for text in texts]
    seen = held_out_scores(parts, vectors, topics, texts)
    mixture = fitted_mixture(seen.wording, seen.meaning, seen.topics)
    alone = mixture.alone(seen.wording)
    together = None if seen.meaning is None else mixture.together(seen.wording, seen.meaning)
    curve_alone, curve_together = curve(alone, seen.topics), None if together is None else curve(together, seen.topics)
    threshold_alone = chosen_threshold(curve_alone, answered_right)
    model = TopicModel(
        topics=names,
        wording=WordingModel.trained(parts, topics, len(names)),
        meaning=None if vectors is None else MeaningModel.trained(vectors, topics, len(names), VECTOR_PARTS),
        mixture=mixture,
        encoder=encoder if vectors is not None else None,
        threshold_alone=threshold_alone,
        threshold_together=chosen_threshold(curve_together, answered_right) if curve_together else threshold_alone,
    )
    report = Report(
        examples=len(texts),
        topics=len(names),
        held_out=len(seen.topics),
        right_alone=_right(alone, seen.topics),
        right_together=None if together is None else _right(together, seen.topics),
        curve=curve_together or curve_alone,
    )
    return model, report


def _right(probabilities: Floats, topics: Places) -> float:
    return float((probabilities.argmax(axis=1) == topics).mean()) if len(topics) else float("nan")
