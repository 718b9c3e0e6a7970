"""Classifier, in training: the parts of many texts as numbers, counted once for all models that learn from them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import scipy.sparse as sparse  # type: ignore[import-untyped]

from bot.classifier.features import FEWEST_EXAMPLES, Vocabulary, parts_of, scales

_Row = tuple[npt.NDArray[np.int32], npt.NDArray[np.uint16]]


class PartsBook:
    """Remembers each text's parts (some 1.5 kB a text), so that the second model over the same texts costs little."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._rows: dict[str, _Row] = {}

    def learned(self, texts: Sequence[str]) -> tuple[Vocabulary, sparse.csr_matrix]:
        """What parts the texts have, and one row for each text, as `Vocabulary.row` makes it.

        Only parts of two texts or more, where there are any. Sorted, so that training twice gives the same.
        """
        rows = [self._row(text) for text in texts]
        numbers = np.concatenate([np.empty(0, np.int32), *(row[0] for row in rows)])
        counts = np.concatenate([np.empty(0, np.uint16), *(row[1] for row in rows)])
        texts_with = np.bincount(numbers, minlength=len(self._numbers))
        kept = np.flatnonzero(texts_with >= FEWEST_EXAMPLES)
        if not len(kept):
            kept = np.flatnonzero(texts_with)
        names = list(self._numbers)
        kept = np.array(sorted(kept.tolist(), key=names.__getitem__), np.int64)
        rarity = np.log((1 + len(texts)) / (1 + texts_with[kept])) + 1
        vocabulary = Vocabulary.of([names[number] for number in kept], rarity.astype(np.float32))
        column_of = np.full(len(names), -1, np.int32)
        column_of[kept] = np.arange(len(kept), dtype=np.int32)
        columns = column_of[numbers]
        places = np.repeat(np.arange(len(texts)), [len(row[0]) for row in rows])
        known = columns >= 0
        return vocabulary, _matrix(vocabulary, columns[known], counts[known], places[known], len(texts))

    def _row(self, text: str) -> _Row:
        row = self._rows.get(text)
        if row is None:
            parts = parts_of(text)
            numbers = [self._numbers.setdefault(part, len(self._numbers)) for part in parts]
            row = np.array(numbers, np.int32), np.array(list(parts.values()), np.uint16)
            self._rows[text] = row
        return row


def _matrix(
    vocabulary: Vocabulary,
    columns: npt.NDArray[np.int32],
    counts: npt.NDArray[np.uint16],
    places: npt.NDArray[np.int64],
    texts: int,
) -> sparse.csr_matrix:
    values = (1 + np.log(counts.astype(np.float32))) * vocabulary.rarity[columns]
    words = vocabulary.is_word[columns]
    squares = values.astype(np.float64) ** 2
    of_words = np.bincount(places, squares * words, minlength=texts).astype(np.float64)
    of_letters = np.bincount(places, squares * ~words, minlength=texts).astype(np.float64)
    for_words, for_letters = scales(of_words, of_letters)
    values *= np.where(words, for_words[places], for_letters[places]).astype(np.float32)
    edges = np.concatenate([[0], np.cumsum(np.bincount(places, minlength=texts))])
    matrix = sparse.csr_matrix((values, columns, edges), shape=(texts, len(vocabulary.columns)))
    matrix.sort_indices()
    return matrix
