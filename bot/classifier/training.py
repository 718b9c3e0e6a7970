"""Classifier, in training: trains both models, calibrates them on held-out examples, and reports their metrics."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sparse  # type: ignore[import-untyped]

from bot.arrays import FloatArray, IndexArray
from bot.classifier.calibration import (
    CurvePoint,
    chosen_threshold,
    curve,
    fitted_mixture,
    folds_of,
    holdout_folds,
)
from bot.classifier.features import Vocabulary
from bot.classifier.lexical import AVERAGE_AFTER_EPOCHS, EPOCHS, EPOCHS_WITH_HOLDOUT, LexicalTrainer, class_weights_of
from bot.classifier.model import TopicModel
from bot.classifier.semantic import SemanticModel
from bot.classifier.vectorizer import CachedVectorizer

# The encoder gives two vectors side by side: the last and a middle layer.
VECTOR_LAYERS = 2
# One for the process: topics, follow-ups and danger are trained on the same texts.
_VECTORIZER = CachedVectorizer()


class NotEnoughExamples(Exception):
    """The examples are not of two topics, or have no words; the message says which."""


@dataclass(frozen=True)
class HoldoutScores:
    """Log-probabilities of held-out examples, each by models that were not trained on it."""

    topics: IndexArray
    lexical: FloatArray
    semantic: FloatArray | None


@dataclass(frozen=True)
class Report:
    """Metrics on held-out examples: the accuracies, and the curve that the threshold was chosen on."""

    examples: int
    topics: int
    held_out: int
    lexical_accuracy: float
    accuracy: float | None
    curve: list[CurvePoint]


@dataclass(frozen=True)
class TrainingSet:
    """Examples as arrays. A feature of held-out examples only is in the vocabulary, but its weight stays zero."""

    texts: Sequence[str]
    topics: IndexArray
    number_of_topics: int
    vocabulary: Vocabulary
    matrix: sparse.csr_matrix
    vectors: FloatArray | None
    stable: bool = False

    def lexical_trainer(self) -> LexicalTrainer:
        """An untrained lexical model."""
        average_after = AVERAGE_AFTER_EPOCHS * len(self.texts) if self.stable else 0
        return LexicalTrainer(self.vocabulary, self.class_weights, average_after)

    def semantic_model(self, indices: IndexArray, warm_start: SemanticModel | None = None) -> SemanticModel | None:
        """The semantic model of some of the examples, where there are vectors."""
        if self.vectors is None:
            return None
        vectors, topics = self.vectors[indices], self.topics[indices]
        return SemanticModel.trained(vectors, topics, self.class_weights, VECTOR_LAYERS, warm_start, self.stable)

    @property
    def class_weights(self) -> list[float]:
        """The weight of an example of each topic."""
        return [float(weight) for weight in class_weights_of(self.topics, self.number_of_topics)]


@dataclass
class WarmStart:
    """What the final models continue from: the models that were trained without the last held-out fold."""

    lexical: LexicalTrainer
    semantic: SemanticModel | None = None
    epochs: int = EPOCHS


def holdout_scores(training_set: TrainingSet) -> tuple[HoldoutScores, WarmStart]:
    """Train without each fold to be held out and score it; and the state without the last one, to continue from."""
    folds = folds_of(training_set.texts, training_set.topics)
    state = WarmStart(training_set.lexical_trainer())
    all_indices, all_lexical, all_semantic = [], [], []
    for fold in holdout_folds(folds):
        holdout, train = np.flatnonzero(folds == fold), np.flatnonzero(folds != fold)
        if not len(train):
            continue
        state = WarmStart(training_set.lexical_trainer(), training_set.semantic_model(train), EPOCHS_WITH_HOLDOUT)
        all_indices.append(holdout)
        lexical = state.lexical.train(training_set.matrix[train], training_set.topics[train], EPOCHS)
        all_lexical.append(lexical.log_probabilities_of(training_set.matrix[holdout]))
        if state.semantic is not None and training_set.vectors is not None:
            all_semantic.append(state.semantic.log_probabilities_of(training_set.vectors[holdout]))
    if not all_indices:
        no_scores = np.empty((0, training_set.number_of_topics), np.float32)
        return HoldoutScores(np.empty(0, np.int64), no_scores, None), state
    topics = training_set.topics[np.concatenate(all_indices)]
    semantic = np.concatenate(all_semantic) if all_semantic else None
    return HoldoutScores(topics, np.concatenate(all_lexical), semantic), state


def trained_model(
    texts: Sequence[str],
    labels: Sequence[str],
    vectors: FloatArray | None,
    encoder: str | None,
    target_precision: float,
    stable: bool = False,
) -> tuple[TopicModel, Report]:
    """A model from examples and their topics; `vectors` are the texts' own, or None for a lexical model alone.

    The threshold aims at `target_precision`. `stable`: train for longer, so that a few examples more or less change
    fewer predictions. Raises `NotEnoughExamples`.
    """
    names = sorted(set(labels))
    training_set = replace(_training_set(texts, labels, names, vectors), stable=stable)
    scores, state = holdout_scores(training_set)
    mixture = fitted_mixture(scores.lexical, scores.semantic, scores.topics)
    alone = mixture.alone(scores.lexical)
    together = alone if scores.semantic is None else mixture.together(scores.lexical, scores.semantic)
    curve_together = curve(together, scores.topics)
    model = TopicModel(
        topics=names,
        lexical=state.lexical.train(training_set.matrix, training_set.topics, state.epochs),
        semantic=training_set.semantic_model(np.arange(len(texts)), state.semantic),
        mixture=mixture,
        encoder=encoder if vectors is not None else None,
        threshold_alone=chosen_threshold(curve(alone, scores.topics), target_precision),
        threshold_together=chosen_threshold(curve_together, target_precision),
    )
    report = Report(
        examples=len(texts),
        topics=len(names),
        held_out=len(scores.topics),
        lexical_accuracy=_accuracy(alone, scores.topics),
        accuracy=None if scores.semantic is None else _accuracy(together, scores.topics),
        curve=curve_together,
    )
    return model, report


def _training_set(
    texts: Sequence[str], labels: Sequence[str], names: list[str], vectors: FloatArray | None
) -> TrainingSet:
    if len(names) < 2:
        raise NotEnoughExamples(f"A classifier needs examples of two topics or more, and there are {len(names)}.")
    topics = np.array([names.index(label) for label in labels], np.int64)
    vocabulary, matrix = _VECTORIZER.fit_transform(texts)
    if not vocabulary.columns:
        raise NotEnoughExamples("A classifier needs examples with words, and there is none.")
    return TrainingSet(texts, topics, len(names), vocabulary, matrix, vectors)


def _accuracy(probabilities: FloatArray, topics: IndexArray) -> float:
    return float((probabilities.argmax(axis=1) == topics).mean()) if len(topics) else float("nan")
