"""Encoder, offline: which texts mean the same, for the editors' pages; a process of its own that they ask.

`python -m bot.similarity` reads one order on each line of standard input and answers with a line:

{"group": {"texts": […], "languages": […]}}   {"labels": […]}: texts of one label ask the same, in whatever language
{"read": {"texts": […], "languages": […]}}    {"read": so many}: their vectors are kept for a "group" of all of them
{"near": {"texts": […]}}                      {"near": [[{"topic", "language", "text", "likeness"}, …], …]}
{"misfiled": {"topic": …}}                    {"misfiled": [{"text", "language", "topic", "example"}, …]}

Vectors of typed texts and of citizens' messages stay in this process; those of examples are on the disk already, where
training keeps them. It ends with its input.
"""

import hashlib
import json
import os
import sys
from collections import Counter, OrderedDict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from scipy.cluster.hierarchy import fcluster, linkage  # type: ignore[import-untyped]
from scipy.spatial.distance import squareform  # type: ignore[import-untyped]

from answers.examples import Example, example_paths, read_examples
from bot.arrays import FloatArray, IndexArray
from bot.encoder import encode_cached, load_encoder
from bot.encoder.content_words import ContentWords, Frequencies, load_content_words
from bot.encoder.encoder import WIDTH, Encoder


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
_NEAREST: Final = 3
_NEIGHBOURS: Final = 5
_KEPT_VECTORS: Final = 5000
_THREADS: Final = 2
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
        moved = _unit(centred @ self._whitening)
        self._topics = _unit(np.stack([moved[names == each].mean(0) for each in sorted(set(topics))]))

    def __call__(self, vectors: FloatArray, languages: Sequence[str]) -> FloatArray:
        """The vectors in this space, of unit length."""
        return _unit(self._centred(vectors, languages) @ self._whitening)

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
        plain, moved = _unit(words - self._own_means(words, languages, known)), self(vectors, languages)
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


class Similarity:
    """Answers the orders; reads the examples again when their files have changed."""

    def __init__(self, encoder: Encoder, content: Path) -> None:
        self._encoder = encoder
        self._content = content
        self._words = load_content_words(encoder)
        self._known: OrderedDict[bytes, FloatArray] = OrderedDict()
        self._about: OrderedDict[bytes, FloatArray] = OrderedDict()
        self._read: tuple[tuple[float, int], list[Example], FloatArray, Space] | None = None
        self._matters: Matters | None = None

    def answer(self, order: dict[str, Any]) -> dict[str, Any]:
        """What the order asks for. Raises `KeyError` for an unknown one."""
        ((name, fields),) = order.items()
        orders: dict[str, Callable[..., dict[str, Any]]]
        orders = {"group": self._group, "read": self._read_ahead, "near": self._near, "misfiled": self._misfiled}
        return orders[name](**fields)

    def _group(self, texts: list[str], languages: list[str]) -> dict[str, Any]:
        if not texts:
            return {"labels": []}
        *_, space = self._examples()
        vectors, about = self._vectors(texts, languages)
        if about is None or self._matters is None:
            return {"labels": clusters(space.likeness(vectors, languages))}
        return {"labels": clusters(space.likeness(vectors, languages, about, self._matters.means), ABOUT.cut)}

    def _read_ahead(self, texts: list[str], languages: list[str]) -> dict[str, Any]:
        if texts:
            self._vectors(texts, languages)
        return {"read": len(texts)}

    def _vectors(self, texts: Sequence[str], languages: Sequence[str]) -> tuple[FloatArray, FloatArray | None]:
        _, examples, *_ = self._examples()
        if self._words is not None and self._matters is None:
            self._matters = Matters(self._words, self._encoder, examples)
        about = None if self._matters is None else self._what_about(self._matters, texts, languages)
        return self._encoded(texts), about

    def _near(self, texts: list[str]) -> dict[str, Any]:
        _, examples, vectors, _ = self._examples()
        likeness = _unit(self._encoded(texts)) @ _unit(vectors).T if texts else np.zeros((0, 0))
        return {"near": [[_told(examples[at], row[at]) for at in np.argsort(-row)[:_NEAREST]] for row in likeness]}

    def _misfiled(self, topic: str) -> dict[str, Any]:
        """Examples of a topic whose nearest neighbours belong to one other topic."""
        _, examples, vectors, space = self._examples()
        moved = space(vectors, [each.language for each in examples])
        own = [at for at, each in enumerate(examples) if each.topic == topic]
        found = []
        for at in own:
            row = moved @ moved[at]
            row[at] = -1
            near = np.argsort(-row)[:_NEIGHBOURS]
            name, count = Counter(examples[each].topic for each in near).most_common(1)[0]
            if name != topic and count > _NEIGHBOURS // 2:
                nearest = next(each for each in near if examples[each].topic == name)
                told = {"text": examples[at].text, "language": examples[at].language, "topic": name}
                found.append({**told, "example": examples[nearest].text})
        return {"misfiled": found}

    def _encoded(self, texts: Sequence[str]) -> FloatArray:
        def encode(new: Sequence[tuple[str, ...]]) -> FloatArray:
            with ThreadPoolExecutor(_THREADS) as pool:
                return np.concatenate(list(pool.map(self._encoder.encode, new)))

        return _kept(self._known, [(text,) for text in texts], encode)

    def _what_about(self, matters: Matters, texts: Sequence[str], languages: Sequence[str]) -> FloatArray:
        def encode(new: Sequence[tuple[str, ...]]) -> FloatArray:
            return matters([text for text, _ in new], [language for _, language in new])

        return _kept(self._about, list(zip(texts, languages, strict=True)), encode)

    def _examples(self) -> tuple[tuple[float, int], list[Example], FloatArray, Space]:
        paths = example_paths(self._content)
        state = max(path.stat().st_mtime for path in paths), len(paths)
        if self._read is None or self._read[0] != state:
            examples = [each for each in read_examples(paths) if not each.topic.startswith("follow_up_")]
            vectors = encode_cached(self._encoder, [each.text for each in examples])[:, :WIDTH]
            space = Space(vectors, [each.topic for each in examples], [each.language for each in examples])
            self._read = state, examples, vectors, space
            self._matters = None
            self._about.clear()
        return self._read


def _kept(
    known: OrderedDict[bytes, FloatArray],
    wanted: Sequence[tuple[str, ...]],
    encode: Callable[[Sequence[tuple[str, ...]]], FloatArray],
) -> FloatArray:
    """A vector for each of these texts; those not seen lately are encoded."""
    keys = [hashlib.blake2b("\n".join(each).encode(), digest_size=16).digest() for each in wanted]
    new = {key: each for key, each in zip(keys, wanted, strict=True) if key not in known}
    if new:
        known.update(zip(new, encode(list(new.values())), strict=True))
    for key in keys:
        known.move_to_end(key)
    vectors = np.stack([known[key] for key in keys])
    while len(known) > _KEPT_VECTORS:
        known.popitem(last=False)
    return vectors


def _unit(vectors: FloatArray) -> FloatArray:
    unit: FloatArray = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
    return unit


def _told(example: Example, likeness: float) -> dict[str, Any]:
    told = {"topic": example.topic, "language": example.language, "text": example.text}
    return {**told, "likeness": round(float(likeness), 4)}


def main() -> int:
    """Answer orders until the input ends; 1 where there is no encoder."""
    out, sys.stdout = sys.stdout, sys.stderr  # the answers have standard output for themselves
    encoder = load_encoder()
    if encoder is None:
        return 1
    similarity = Similarity(encoder, Path(os.environ["NEUVO_CONTENT_DIR"]))
    print(json.dumps({"event": "ready"}), file=out, flush=True)
    for line in sys.stdin:
        try:
            told = similarity.answer(json.loads(line))
        except Exception as error:  # noqa: BLE001  # one order that cannot be followed ends nothing
            told = {"error": type(error).__name__}
        print(json.dumps(told, ensure_ascii=False), file=out, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
