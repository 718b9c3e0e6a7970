"""Station language: the trained part, character n-grams and dictionaries into logistic regression."""

import hashlib
import json
import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import sparse  # type: ignore[import-untyped]
from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]

from bot.language.detector import scores_of_ours
from bot.language.words import LANGUAGES, lexicon, without_dots, words_of

LONGEST_GRAM = 4
# An n-gram seen once teaches the topic's spelling mistakes, not the language.
_SEEN_AT_LEAST = 2
# A language is learned from fewer messages than seventy topics are; short ones are the hard ones, so they come first.
_MOST_MESSAGES = 5000
_SHORT_WORDS = 6
_INVERSE_REGULARISATION = 3.0
_VOCABULARY_FILE = "language.json"
_WEIGHTS_FILE = "language.npz"

Array = NDArray[np.float32]


def grams_of(words: Iterable[str]) -> Counter[str]:
    """The words and their character n-grams with the borders of the words, counted."""
    grams: Counter[str] = Counter()
    for word in words:
        grams["_" + word] += 1
        bordered = f" {word} "
        for length in range(1, LONGEST_GRAM + 1):
            grams.update(bordered[start : start + length] for start in range(len(bordered) - length + 1))
    return grams


def clues_of(words: list[str]) -> list[float]:
    """What needs no training: eldc's scores, then the shares of the word lists, in the order of LANGUAGES."""
    return [*scores_of_ours(" ".join(words)), *lexicon().shares(words)]


def untrained_probabilities(words: list[str]) -> Array:
    """The probability of each of LANGUAGES from the word lists and eldc alone."""
    detected, shares = np.array_split(np.asarray(clues_of(words), dtype=np.float32), 2)
    return _softmax(4 * detected + 8 * shares)


@dataclass(frozen=True)
class LanguageModel:
    """Weights of n-grams and clues; small enough to read, no code inside."""

    vocabulary: dict[str, int]
    weights: Array
    """One row per n-gram, then one per clue; one column per language."""
    intercept: Array

    def probabilities(self, words: list[str]) -> Array:
        """The probability of each of LANGUAGES for the words of a message."""
        columns, values = _row(grams_of(words), self.vocabulary)
        scores = self.intercept + np.asarray(values, dtype=np.float32) @ self.weights[columns]
        clues = np.asarray(clues_of(words), dtype=np.float32)
        return _softmax(scores + clues @ self.weights[len(self.vocabulary) :])

    def save(self, directory: Path) -> None:
        """Writes the model as JSON and plain arrays."""
        directory.mkdir(parents=True, exist_ok=True)
        (directory / _VOCABULARY_FILE).write_text(json.dumps(list(self.vocabulary), ensure_ascii=False), "utf-8")
        np.savez(directory / _WEIGHTS_FILE, weights=self.weights, intercept=self.intercept)

    @classmethod
    def load(cls, directory: Path) -> "LanguageModel":
        """Reads what save wrote; OSError or ValueError when it is missing or damaged."""
        grams = json.loads((directory / _VOCABULARY_FILE).read_text("utf-8"))
        with np.load(directory / _WEIGHTS_FILE, allow_pickle=False) as arrays:
            return cls({gram: index for index, gram in enumerate(grams)}, arrays["weights"], arrays["intercept"])


def train(texts: Sequence[str], languages: Sequence[str]) -> LanguageModel:
    """A model from labelled messages, each learnt with and without its dots, and from the word lists.

    Needs messages of all three languages. The same messages give the same model.
    """
    examples = _examples(texts, languages)
    words = [words_of(text) for text, _ in examples]
    counted = [grams_of(message) for message in words]
    vocabulary = _vocabulary(counted)
    clues = sparse.csr_matrix([clues_of(message) for message in words])
    matrix = sparse.hstack([_matrix(counted, vocabulary), clues]).tocsr()
    regression = LogisticRegression(C=_INVERSE_REGULARISATION, max_iter=300, tol=1e-3)
    regression.fit(matrix, [LANGUAGES.index(language) for _, language in examples])
    return LanguageModel(vocabulary, regression.coef_.T.astype(np.float32), regression.intercept_.astype(np.float32))


def _examples(texts: Sequence[str], languages: Sequence[str]) -> list[tuple[str, str]]:
    examples = [each for language in LANGUAGES for each in _chosen(texts, languages, language)]
    listed = [(word, claims[0]) for word, claims in sorted(lexicon().languages.items()) if len(claims) == 1]
    dotless = [(without_dots(text), language) for text, language in examples if without_dots(text) != text]
    return examples + dotless + listed


def _chosen(texts: Sequence[str], languages: Sequence[str], language: str) -> list[tuple[str, str]]:
    own = [text for text, code in zip(texts, languages, strict=True) if code == language]
    own.sort(key=lambda text: (len(text.split()) > _SHORT_WORDS, hashlib.blake2b(text.encode("utf-8")).digest()))
    return [(text, language) for text in own[:_MOST_MESSAGES]]


def _vocabulary(counted: Iterable[Counter[str]]) -> dict[str, int]:
    seen: Counter[str] = Counter()
    for grams in counted:
        seen.update(grams.keys())
    return {gram: index for index, gram in enumerate(sorted(g for g, times in seen.items() if times >= _SEEN_AT_LEAST))}


def _row(grams: Counter[str], vocabulary: dict[str, int]) -> tuple[list[int], list[float]]:
    """Known n-grams as columns and damped counts of length 1, so that a long message weighs what a short one does."""
    known = [(vocabulary[gram], 1.0 + math.log(times)) for gram, times in grams.items() if gram in vocabulary]
    length = math.sqrt(sum(value * value for _, value in known)) or 1.0
    return [column for column, _ in known], [value / length for _, value in known]


def _matrix(counted: Sequence[Counter[str]], vocabulary: dict[str, int]) -> object:
    columns: list[int] = []
    values: list[float] = []
    starts = [0]
    for grams in counted:
        row_columns, row_values = _row(grams, vocabulary)
        columns += row_columns
        values += row_values
        starts.append(len(columns))
    return sparse.csr_matrix((values, columns, starts), shape=(len(counted), len(vocabulary)))


def _softmax(scores: Array) -> Array:
    exponentials = np.exp(scores - scores.max())
    result: Array = exponentials / exponentials.sum()
    return result
