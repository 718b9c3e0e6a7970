"""Classifier, in training: learns both models, calibrates them on messages they had not seen, and reports how good."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sparse  # type: ignore[import-untyped]

from bot.classifier.calibration import (
    CurvePoint,
    chosen_threshold,
    curve,
    fitted_mixture,
    folds_needed,
    folds_of,
)
from bot.classifier.counting import PartsBook
from bot.classifier.features import Vocabulary
from bot.classifier.meaning import MeaningModel
from bot.classifier.model import TopicModel
from bot.classifier.wording import (
    ROUNDS,
    ROUNDS_WITH_ALL,
    STEADY_AFTER,
    Floats,
    Places,
    WordingLearner,
    importance,
)

# The encoder gives two vectors side by side: the meaning and a middle layer.
VECTOR_PARTS = 2
# One for the process: topics, follow-ups and danger are learned from the same texts.
_BOOK = PartsBook()


class NothingToLearn(Exception):
    """The examples are not of two topics, or have no words; the sentence says so."""


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


@dataclass(frozen=True)
class Examples:
    """Examples as numbers. A part that only held-out examples have is known but never taught, so it weighs nothing."""

    texts: Sequence[str]
    topics: Places
    number_of_topics: int
    vocabulary: Vocabulary
    matrix: sparse.csr_matrix
    vectors: Floats | None
    steady: bool = False

    def wording_learner(self) -> WordingLearner:
        """A beginner in the cheap model."""
        return WordingLearner(self.vocabulary, self.counts, STEADY_AFTER * len(self.texts) if self.steady else 0)

    def meaning_model(self, places: Places, start: MeaningModel | None = None) -> MeaningModel | None:
        """The second model of some of the examples, where there are vectors; `start`: of nearly the same."""
        if self.vectors is None:
            return None
        vectors, topics = self.vectors[places], self.topics[places]
        return MeaningModel.trained(vectors, topics, self.counts, VECTOR_PARTS, start, self.steady)

    @property
    def counts(self) -> list[float]:
        """How much an example of each topic counts."""
        return [float(count) for count in importance(self.topics, self.number_of_topics)]


@dataclass
class Learned:
    """Where learning stands: what the final models go on from."""

    wording: WordingLearner
    meaning: MeaningModel | None = None
    rounds: int = ROUNDS


def held_out_scores(examples: Examples) -> tuple[HeldOut, Learned]:
    """Learn without each needed fold and score it; and what was learned without the last one."""
    folds = folds_of(examples.texts, examples.topics)
    learned = Learned(examples.wording_learner())
    all_places, all_wording, all_meaning = [], [], []
    for fold in folds_needed(folds):
        places, rest = np.flatnonzero(folds == fold), np.flatnonzero(folds != fold)
        if not len(rest):
            continue
        learned = Learned(examples.wording_learner(), examples.meaning_model(rest), ROUNDS_WITH_ALL)
        all_places.append(places)
        wording = learned.wording.learn(examples.matrix[rest], examples.topics[rest], ROUNDS)
        all_wording.append(wording.scores_of(examples.matrix[places]))
        if learned.meaning is not None and examples.vectors is not None:
            all_meaning.append(learned.meaning.scores_of(examples.vectors[places]))
    if not all_places:
        nothing = np.empty(0, np.int64)
        return HeldOut(nothing, nothing, np.empty((0, examples.number_of_topics), np.float32), None), learned
    places = np.concatenate(all_places)
    together = np.concatenate(all_meaning) if all_meaning else None
    return HeldOut(places, examples.topics[places], np.concatenate(all_wording), together), learned


def trained_model(
    texts: Sequence[str],
    labels: Sequence[str],
    vectors: Floats | None,
    encoder: str | None,
    answered_right: float,
    steady: bool = False,
) -> tuple[TopicModel, Report]:
    """A model from examples and their topics; `vectors` are the texts' own, or None for a model of words alone.

    `answered_right` is the share of answered messages that the threshold aims at. `steady`: learn for longer, so that a
    few examples more or less change fewer judgements. Raises `NothingToLearn`.
    """
    names = sorted(set(labels))
    examples = replace(_as_numbers(texts, labels, names, vectors), steady=steady)
    seen, learned = held_out_scores(examples)
    mixture = fitted_mixture(seen.wording, seen.meaning, seen.topics)
    alone = mixture.alone(seen.wording)
    together = alone if seen.meaning is None else mixture.together(seen.wording, seen.meaning)
    curve_together = curve(together, seen.topics)
    everything = np.arange(len(texts))
    model = TopicModel(
        topics=names,
        wording=learned.wording.learn(examples.matrix, examples.topics, learned.rounds),
        meaning=examples.meaning_model(everything, learned.meaning),
        mixture=mixture,
        encoder=encoder if vectors is not None else None,
        threshold_alone=chosen_threshold(curve(alone, seen.topics), answered_right),
        threshold_together=chosen_threshold(curve_together, answered_right),
    )
    report = Report(
        examples=len(texts),
        topics=len(names),
        held_out=len(seen.topics),
        right_alone=_right(alone, seen.topics),
        right_together=None if seen.meaning is None else _right(together, seen.topics),
        curve=curve_together,
    )
    return model, report


def _as_numbers(texts: Sequence[str], labels: Sequence[str], names: list[str], vectors: Floats | None) -> Examples:
    if len(names) < 2:
        raise NothingToLearn(f"A classifier needs examples of two topics or more, and there are {len(names)}.")
    topics = np.array([names.index(label) for label in labels], np.int64)
    vocabulary, matrix = _BOOK.learned(texts)
    if not vocabulary.columns:
        raise NothingToLearn("A classifier needs examples with words, and there is none.")
    return Examples(texts, topics, len(names), vocabulary, matrix, vectors)


def _right(probabilities: Floats, topics: Places) -> float:
    return float((probabilities.argmax(axis=1) == topics).mean()) if len(topics) else float("nan")
