"""Conversation, in training: learns every head from the turns of written talks, and calibrates it on talks unseen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sparse  # type: ignore[import-untyped]

from bot.arrays import FloatArray, IndexArray
from bot.classifier.features import Vocabulary
from bot.classifier.lexical import FeatureWeights, log_softmax
from bot.classifier.vectorizer import CachedVectorizer
from bot.conversation.context import MOVES, NONE
from bot.conversation.dataset import HELD_OUT_FOLD, LEAVE, STAY, TALK_FOLDS, TOLD, Instance, fold_of
from bot.conversation.features import ContextFeatures, Seen
from bot.conversation.heads import Head, Heads, Scaler
from bot.conversation.model import ConversationModel, SmallModel
from bot.conversation.regression import fit_dense, fit_lexical, fit_mixture
from screening.danger.matcher import find_dangers

# Fewer talks than this are learned whole, with an even mixture.
FEWEST_TALKS = 40
_VECTORIZER = CachedVectorizer()


class NotEnoughTalks(Exception):
    """There are no talks to learn from."""


@dataclass(frozen=True)
class Single:
    """Single messages with their topics, dangers and vectors, for the small models; None: no label."""

    topics: Sequence[str | None]
    dangers: Sequence[str | None]
    vectors: FloatArray


@dataclass(frozen=True)
class Rows:
    """The instances as numbers."""

    vocabulary: Vocabulary
    lexical: sparse.csr_matrix
    dense: FloatArray
    scaler: Scaler | None
    weights: FloatArray
    held_out: IndexArray
    learned: IndexArray


def patterns_of(text: str) -> frozenset[str]:
    """The dangers that a pattern sees in a text."""
    return frozenset(danger.kind for danger in find_dangers(text))


def small_model(labels: Sequence[str], vectors: FloatArray) -> SmallModel:
    """A model of single messages; each class counts nearly the same."""
    classes = tuple(sorted(set(labels)))
    column = {name: index for index, name in enumerate(classes)}
    targets = np.array([column[label] for label in labels], np.int64)
    numbers = np.maximum(np.bincount(targets), 1)
    weights = ((numbers.mean() / numbers) ** 0.25)[targets].astype(np.float32)
    scaler = Scaler.fitted(vectors)
    table = fit_dense(scaler.scaled(vectors), targets, weights, len(classes))
    return SmallModel(classes, scaler, table[:-1], table[-1])


def trained_model(
    instances: Sequence[Instance], vectors: FloatArray | None, single: Single | None, encoder: str | None
) -> ConversationModel:
    """A model of instances and their vectors; without vectors, of words and contexts. Raises `NotEnoughTalks`."""
    if not instances:
        raise NotEnoughTalks("There are no written talks (data/talks/<language>/*.txt).")
    topics, dangers = small_models(single)
    names = topics.classes if topics is not None else tuple(sorted(_topics_of(instances)))
    rows = numbers_of(instances, vectors, topics, dangers, names)
    heads, tables = [], []
    for name, classes in class_lists(instances).items():
        head, lexical, dense = trained_head(name, classes, instances, rows)
        heads.append(head)
        tables.append((lexical, dense))
    lexical_table = np.concatenate([lexical for lexical, _ in tables], axis=1)
    dense_table = np.concatenate([dense for _, dense in tables], axis=1)
    found = Heads(
        heads=tuple(heads),
        vocabulary=rows.vocabulary,
        lexical_weights=FeatureWeights.quantised(lexical_table[:-1]),
        lexical_bias=lexical_table[-1],
        scaler=rows.scaler,
        dense_weights=dense_table[:-1],
        dense_bias=dense_table[-1],
    )
    return ConversationModel(encoder if vectors is not None else None, topics, dangers, names, found)


def small_models(single: Single | None) -> tuple[SmallModel | None, SmallModel | None]:
    """What a message alone looks like: its topics, and its danger."""
    if single is None:
        return None, None
    return _small_model(single.topics, single.vectors), _small_model(single.dangers, single.vectors)


def _small_model(labels: Sequence[str | None], vectors: FloatArray) -> SmallModel:
    known = [index for index, label in enumerate(labels) if label is not None]
    return small_model([str(labels[index]) for index in known], vectors[known])


def numbers_of(
    instances: Sequence[Instance],
    vectors: FloatArray | None,
    topics: SmallModel | None,
    dangers: SmallModel | None,
    names: Sequence[str],
) -> Rows:
    """Words, vectors and contexts of the instances, and which of them are held out."""
    vocabulary, lexical = _VECTORIZER.fit_transform([each.text for each in instances])
    contexts = _context_rows(instances, vectors, topics, dangers, names)
    scaler, dense = None, contexts
    if vectors is not None:
        scaler = Scaler.fitted(vectors)
        dense = np.concatenate([scaler.scaled(vectors), contexts], axis=1)
    folds = np.array([fold_of(each.talk, TALK_FOLDS) for each in instances], np.int64)
    is_enough = len({each.talk for each in instances}) >= FEWEST_TALKS
    held_out = np.flatnonzero(folds == HELD_OUT_FOLD) if is_enough else np.empty(0, np.int64)
    learned = np.flatnonzero(folds != HELD_OUT_FOLD) if is_enough else np.arange(len(instances))
    weights = np.array([each.weight for each in instances], np.float32)
    return Rows(vocabulary, lexical, dense, scaler, weights, held_out, learned)


def _context_rows(
    instances: Sequence[Instance],
    vectors: FloatArray | None,
    topics: SmallModel | None,
    dangers: SmallModel | None,
    names: Sequence[str],
) -> FloatArray:
    features = ContextFeatures(names)
    topic_rows = topics.rows(vectors).tolist() if topics is not None and vectors is not None else None
    danger_rows = dangers.rows(vectors).tolist() if dangers is not None and vectors is not None else None
    rows = []
    for index, each in enumerate(instances):
        seen = Seen(
            dict(zip(topics.classes, topic_rows[index], strict=True)) if topics and topic_rows else {},
            dict(zip(dangers.classes, danger_rows[index], strict=True)) if dangers and danger_rows else {},
            patterns_of(each.text),
        )
        rows.append(features.row(each.text, each.language, each.context, seen))
    return np.stack(rows)


def class_lists(instances: Sequence[Instance]) -> dict[str, tuple[str, ...]]:
    """The classes of each head: of the moves all, of the others those that the instances have."""
    lists: dict[str, tuple[str, ...]] = {"move": MOVES, "topic_change": (STAY, LEAVE)}
    for name in ("alarm", *(f"told_{slot}" for slot in TOLD)):
        lists[name] = tuple(sorted({each.labels.get(name, NONE) for each in instances} | {NONE}))
    return lists


def trained_head(
    name: str, classes: tuple[str, ...], instances: Sequence[Instance], rows: Rows
) -> tuple[Head, FloatArray, FloatArray]:
    """One head with its two tables: learned without the held-out talks for the mixture, then with them."""
    column = {value: index for index, value in enumerate(classes)}
    known = np.array([index for index, each in enumerate(instances) if name in each.labels], np.int64)
    targets = np.array([column[each.labels.get(name, classes[0])] for each in instances], np.int64)
    lexical, dense, mixture = None, None, None
    some, rest = np.intersect1d(rows.learned, known), np.intersect1d(rows.held_out, known)
    if len(rest):
        lexical = fit_lexical(rows.lexical[some], targets[some], rows.weights[some], len(classes))
        dense = _fit_dense(rows, some, targets, len(classes))
        scores = [
            log_softmax(rows.lexical[rest] @ lexical[:-1] + lexical[-1]),
            log_softmax(rows.dense[rest] @ dense[:-1] + dense[-1]),
        ]
        (alone,) = fit_mixture(scores[:1], targets[rest], rows.weights[rest])
        mixture = [alone, *fit_mixture(scores, targets[rest], rows.weights[rest])]
    lexical = fit_lexical(rows.lexical[known], targets[known], rows.weights[known], len(classes))
    dense = _fit_dense(rows, known, targets, len(classes), start=dense)
    head = Head(name, classes)
    if mixture is not None:
        head = Head(name, classes, lexical=mixture[1], dense=mixture[2], lexical_alone=mixture[0])
    return head, lexical, dense


def _fit_dense(
    rows: Rows, indices: IndexArray, targets: IndexArray, classes: int, start: FloatArray | None = None
) -> FloatArray:
    """Fitted to some rows: the others up to the last one weigh nothing, as a copy of half a gigabyte costs more."""
    end = int(indices[-1]) + 1 if len(indices) else 0
    weights = np.zeros(end, np.float32)
    weights[indices] = rows.weights[indices]
    return fit_dense(rows.dense[:end], targets[:end], weights, classes, start=start)


def _topics_of(instances: Sequence[Instance]) -> set[str]:
    return {each.context.topic for each in instances if each.context.topic is not None}
