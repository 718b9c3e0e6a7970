"""Encoder, offline: groups messages that are about the same, in whatever language; how, is decision 0031."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.cluster.hierarchy import fcluster, linkage  # type: ignore[import-untyped]
from scipy.spatial.distance import squareform  # type: ignore[import-untyped]

from answers.examples import Example
from bot.arrays import FloatArray, IndexArray
from bot.encoder.content_words import ContentWords, Frequencies
from bot.encoder.encoder import Encoder


@dataclass(frozen=True)
class Setting:
    """How messages are grouped; chosen for one kind of vector, by measurement.

    From likeness `known` to a known topic on its directions count for a message. `share` is how much of likeness is in
    the neighbours that two messages have in common. Messages less than `cut` from being alike are one group.
    """

    known: float
    share: float
    cut: float


# Of the encoder's vectors alone: where the network that knows rare words is not built.
PLAIN: Final = Setting(known=0.6, share=0.5, cut=0.825)
# Chosen on messages of other matters (`python -m evaluation.clusters choosing`); cuts from 0.76 to 0.82 differ little.
ABOUT: Final = Setting(known=0.75, share=0.25, cut=0.78)
# How softly the directions of known topics begin to count.
_SOFT: Final = 0.05
# So many nearest messages of each language are compared: two messages are alike when theirs are the same.
_SHARED: Final = 3
# So many nearest of a language say how like a message is to everything in it.
_HUB: Final = 6
# No more than this is taken away for it: of many messages of one matter the nearest are of that matter.
_MOST: Final = 0.5
# What that takes away from likeness on average is given back, so that 1 - likeness stays a distance.
_LEVEL: Final = 0.3
# So many messages of a language there must be before their neighbours tell anything.
_ENOUGH: Final = 30
# Of every so many examples one is counted to know which tokens are frequent, and, of fewer, the mean is taken.
_COUNTED: Final = 8
_MEANT: Final = 160
# How much of the variance inside topics counts as noise even where there is little of it.
_SHRINK: Final = 1.0
# Directions in which topics differ from each other; the rest is noise.
_DIRECTIONS: Final = 48


class Space:
    """Vectors in which distance means another topic: what differs inside a topic, the language above all, is noise.

    Learned from the examples, as Fisher's discriminant does it: each language's mean is taken away, directions in which
    messages of one topic differ count less, and only those in which topics differ from each other are left.
    """

    def __init__(self, vectors: FloatArray, topics: Sequence[str], languages: Sequence[str]) -> None:
        self._means = {each: vectors[[own == each for own in languages]].mean(0) for each in sorted(set(languages))}
        self._mean: FloatArray = vectors.mean(0)
        centred = self._centred(vectors, languages)
        names = np.array(topics)
        inside = np.concatenate(
            [centred[names == each] - centred[names == each].mean(0) for each in sorted(set(topics))]
        )
        covariance = inside.T @ inside / len(inside)
        spread = float(np.trace(covariance)) / len(covariance)
        values, directions = np.linalg.eigh(covariance + _SHRINK * spread * np.eye(len(covariance)))
        whitening = directions / np.sqrt(values)
        means = np.stack([centred[names == each].mean(0) for each in sorted(set(topics))]) @ whitening
        *_, between = np.linalg.svd(means - means.mean(0), full_matrices=False)
        self._whitening = (whitening @ between[:_DIRECTIONS].T).astype(np.float32)
        moved = unit(centred @ self._whitening)
        self._topics = unit(np.stack([moved[names == each].mean(0) for each in sorted(set(topics))]))

    def __call__(self, vectors: FloatArray, languages: Sequence[str]) -> FloatArray:
        """The vectors in this space, of unit length."""
        return unit(self._centred(vectors, languages) @ self._whitening)

    def likeness(
        self,
        vectors: FloatArray,
        languages: Sequence[str],
        content: FloatArray | None = None,
        means: Mapping[str, FloatArray] | None = None,
    ) -> FloatArray:
        """How much each message means what each other one does; `content` says what each is about, where it is known.

        The directions in which known topics differ help with messages near one, and hide what is new in the others: a
        pair counts by them as far as both are near, elsewhere by its rare words. Then each language is put on the same
        footing: a message that is like everything in a language is less like each. What two messages have the same
        neighbours for, the nearest of each language, is alike, too.

        `means` are those of examples' `content`, for languages with few messages.
        """
        words, known = (vectors, self._means) if content is None else (content, means or {})
        setting = PLAIN if content is None else ABOUT
        plain, moved = unit(words - self._own_means(words, languages, known)), self(vectors, languages)
        near = 1 / (1 + np.exp(-((moved @ self._topics.T).max(1) - setting.known) / _SOFT))
        share = np.sqrt(np.outer(near, near))
        alike: FloatArray = ((1 - share) * (plain @ plain.T) + share * (moved @ moved.T)).astype(np.float32)
        indices = [np.flatnonzero([own == each for own in languages]) for each in sorted(set(languages))]
        enough = [each for each in indices if len(each) >= _ENOUGH]
        if len(enough) < len(indices):
            return alike
        return _by_neighbours(_without_hubs(alike, enough), enough, setting.share)

    @staticmethod
    def _own_means(vectors: FloatArray, languages: Sequence[str], known: Mapping[str, FloatArray]) -> FloatArray:
        """The mean of the messages' own language; of few messages that of its examples, which says less of them."""
        means = np.zeros_like(vectors)
        for language in set(languages):
            own = np.array([each == language for each in languages])
            few = own.sum() < _ENOUGH and language in known
            means[own] = known[language] if few else vectors[own].mean(0)
        return means

    def _centred(self, vectors: FloatArray, languages: Sequence[str]) -> FloatArray:
        centred: FloatArray = vectors - np.stack([self._means.get(each, self._mean) for each in languages])
        return centred


def _without_hubs(alike: FloatArray, indices: Sequence[IndexArray]) -> FloatArray:
    """Likeness less how like the two are to their nearest in each other's language."""
    spare = np.zeros_like(alike)
    for own in indices:
        nearest = np.minimum(np.sort(alike[:, own], axis=1)[:, -_HUB - 1 : -1].mean(1), _MOST)
        spare[:, own] += nearest[:, None] / 2
        spare[own, :] += nearest[None, :] / 2
    return alike - spare + _LEVEL


def _by_neighbours(alike: FloatArray, indices: Sequence[IndexArray], share: float) -> FloatArray:
    """Likeness, and for a `share` of it the neighbours that two messages have in common."""
    neighbours = np.zeros_like(alike)
    for own in indices:
        nearest = own[np.argsort(-alike[:, own], axis=1)[:, :_SHARED]]
        np.put_along_axis(neighbours, nearest, 1.0, axis=1)
    common = neighbours @ neighbours.T / (_SHARED * len(indices))
    found: FloatArray = ((1 - share) * alike + share * common).astype(np.float32)
    return found


def clusters(likeness: FloatArray, cut: float = PLAIN.cut) -> list[int]:
    """A label for each message (average linkage); those that are less than `cut` from being alike share one."""
    if len(likeness) < 2:
        return [1] * len(likeness)
    apart = np.clip(1 - (likeness + likeness.T) / 2, 0, None)
    np.fill_diagonal(apart, 0)
    return [int(each) for each in fcluster(linkage(squareform(apart, checks=False), "average"), cut, "distance")]


class Matters:
    """What messages are about: their rare words, in the process that groups them, weighed by the examples' tokens."""

    def __init__(self, words: ContentWords, encoder: Encoder, examples: Sequence[Example]) -> None:
        counted, meant = examples[::_COUNTED], examples[::_MEANT]
        self._words = words
        self._frequencies = Frequencies.of(
            encoder, [each.text for each in counted], [each.language for each in counted]
        )
        rows = self([each.text for each in meant], [each.language for each in meant])
        self.means = {
            own: rows[[each.language == own for each in meant]].mean(0) for own in {each.language for each in meant}
        }

    def __call__(self, texts: Sequence[str], languages: Sequence[str]) -> FloatArray:
        """A vector of each text, of unit length."""
        return self._words.encode(texts, languages, self._frequencies)


def unit(vectors: FloatArray) -> FloatArray:
    """Rows of unit length."""
    rows: FloatArray = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
    return rows
