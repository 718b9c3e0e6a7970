"""Classifier, in training: TF-IDF vectors of many texts, whose features are counted once for all models."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import scipy.sparse as sparse  # type: ignore[import-untyped]

from bot.arrays import IndexArray
from bot.classifier.features import MIN_DOCUMENT_FREQUENCY, Vocabulary, features_of, scales

_Row = tuple[npt.NDArray[np.int32], npt.NDArray[np.uint16]]


class CachedVectorizer:
    """Caches each text's feature counts (some 1.5 kB a text): the second model over the same texts costs little."""

    def __init__(self) -> None:
        self._ids: dict[str, int] = {}
        self._rows: dict[str, _Row] = {}

    def fit_transform(self, texts: Sequence[str]) -> tuple[Vocabulary, sparse.csr_matrix]:
        """The vocabulary of the texts, and one row for each text, equal to that of `Vocabulary.row`.

        Only features of two texts or more, where there are any. Sorted, so that training is deterministic.
        """
        rows = [self._row(text) for text in texts]
        ids = np.concatenate([np.empty(0, np.int32), *(row[0] for row in rows)])
        counts = np.concatenate([np.empty(0, np.uint16), *(row[1] for row in rows)])
        document_frequency = np.bincount(ids, minlength=len(self._ids))
        kept = np.flatnonzero(document_frequency >= MIN_DOCUMENT_FREQUENCY)
        if not len(kept):
            kept = np.flatnonzero(document_frequency)
        names = list(self._ids)
        kept = np.array(sorted(kept.tolist(), key=names.__getitem__), np.int64)
        idf = np.log((1 + len(texts)) / (1 + document_frequency[kept])) + 1
        vocabulary = Vocabulary.of([names[feature_id] for feature_id in kept], idf.astype(np.float32))
        column_of = np.full(len(names), -1, np.int32)
        column_of[kept] = np.arange(len(kept), dtype=np.int32)
        columns = column_of[ids]
        row_indices = np.repeat(np.arange(len(texts)), [len(row[0]) for row in rows])
        known = columns >= 0
        return vocabulary, _matrix(vocabulary, columns[known], counts[known], row_indices[known], len(texts))

    def _row(self, text: str) -> _Row:
        row = self._rows.get(text)
        if row is None:
            features = features_of(text)
            ids = [self._ids.setdefault(feature, len(self._ids)) for feature in features]
            row = np.array(ids, np.int32), np.array(list(features.values()), np.uint16)
            self._rows[text] = row
        return row


def _matrix(
    vocabulary: Vocabulary,
    columns: npt.NDArray[np.int32],
    counts: npt.NDArray[np.uint16],
    row_indices: IndexArray,
    texts: int,
) -> sparse.csr_matrix:
    values = (1 + np.log(counts.astype(np.float32))) * vocabulary.idf[columns]
    words = vocabulary.is_word[columns]
    squares = values.astype(np.float64) ** 2
    word_norms = np.bincount(row_indices, squares * words, minlength=texts).astype(np.float64)
    ngram_norms = np.bincount(row_indices, squares * ~words, minlength=texts).astype(np.float64)
    word_scales, ngram_scales = scales(word_norms, ngram_norms)
    values *= np.where(words, word_scales[row_indices], ngram_scales[row_indices]).astype(np.float32)
    edges = np.concatenate([[0], np.cumsum(np.bincount(row_indices, minlength=texts))])
    matrix = sparse.csr_matrix((values, columns, edges), shape=(texts, len(vocabulary.columns)))
    matrix.sort_indices()
    return matrix
