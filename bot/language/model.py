"""Station language: the trained model, logistic regression over character n-grams and dictionary features."""

import hashlib
import json
import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy import sparse  # type: ignore[import-untyped]
from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]

from bot.arrays import FloatArray
from bot.language.detector import scores_of_ours
from bot.language.lexicon import LANGUAGES, lexicon, without_dots, words_of

MAX_NGRAM = 4
# An n-gram of one message is a misspelling, not a feature of the language.
_MIN_DOCUMENT_FREQUENCY = 2
# Languages need fewer examples than seventy topics do; short messages are the hard ones, so they come first.
_MAX_EXAMPLES = 5000
_SHORT_WORDS = 6
_INVERSE_REGULARISATION = 3.0
_VOCABULARY_FILE = "language.json"
_WEIGHTS_FILE = "language.npz"


def ngrams_of(words: Iterable[str]) -> Counter[str]:
    """The words and their character n-grams, word boundaries included, with counts."""
    ngrams: Counter[str] = Counter()
    for word in words:
        ngrams["_" + word] += 1
        bounded = f" {word} "
        for length in range(1, MAX_NGRAM + 1):
            ngrams.update(bounded[start : start + length] for start in range(len(bounded) - length + 1))
    return ngrams


def dictionary_features(words: list[str]) -> list[float]:
    """The features without training: eldc's scores, then the shares of the word lists, in the order of LANGUAGES."""
    return [*scores_of_ours(" ".join(words)), *lexicon().shares(words)]


def untrained_probabilities(words: list[str]) -> FloatArray:
    """The probability of each of LANGUAGES from the word lists and eldc alone."""
    detected, shares = np.array_split(np.asarray(dictionary_features(words), dtype=np.float32), 2)
    return _softmax(4 * detected + 8 * shares)


@dataclass(frozen=True)
class LanguageModel:
    """Weights of n-grams and dictionary features; plain arrays, no code."""

    vocabulary: dict[str, int]
    weights: FloatArray
    """One row per n-gram, then one per dictionary feature; one column per language."""
    intercept: FloatArray

    def probabilities(self, words: list[str]) -> FloatArray:
        """The probability of each of LANGUAGES for the words of a message."""
        columns, values = _row(ngrams_of(words), self.vocabulary)
        scores = self.intercept + np.asarray(values, dtype=np.float32) @ self.weights[columns]
        features = np.asarray(dictionary_features(words), dtype=np.float32)
        return _softmax(scores + features @ self.weights[len(self.vocabulary) :])

    def save(self, directory: Path) -> None:
        """Writes the model as JSON and plain arrays."""
        directory.mkdir(parents=True, exist_ok=True)
        (directory / _VOCABULARY_FILE).write_text(json.dumps(list(self.vocabulary), ensure_ascii=False), "utf-8")
        np.savez(directory / _WEIGHTS_FILE, weights=self.weights, intercept=self.intercept)

    @classmethod
    def load(cls, directory: Path) -> "LanguageModel":
        """Reads what save wrote; OSError or ValueError when it is missing or damaged."""
        ngrams = json.loads((directory / _VOCABULARY_FILE).read_text("utf-8"))
        with np.load(directory / _WEIGHTS_FILE, allow_pickle=False) as arrays:
            return cls({ngram: index for index, ngram in enumerate(ngrams)}, arrays["weights"], arrays["intercept"])


def train(texts: Sequence[str], languages: Sequence[str]) -> LanguageModel:
    """A model from labelled messages, each with and without its dots, and from the word lists.

    Needs messages of all three languages. Deterministic.
    """
    examples = _examples(texts, languages)
    words = [words_of(text) for text, _ in examples]
    counts = [ngrams_of(message) for message in words]
    vocabulary = _vocabulary(counts)
    features = sparse.csr_matrix([dictionary_features(message) for message in words])
    matrix = sparse.hstack([_matrix(counts, vocabulary), features]).tocsr()
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
    return [(text, language) for text in own[:_MAX_EXAMPLES]]


def _vocabulary(counts: Iterable[Counter[str]]) -> dict[str, int]:
    frequencies: Counter[str] = Counter()
    for ngrams in counts:
        frequencies.update(ngrams.keys())
    kept = sorted(ngram for ngram, frequency in frequencies.items() if frequency >= _MIN_DOCUMENT_FREQUENCY)
    return {ngram: index for index, ngram in enumerate(kept)}


def _row(ngrams: Counter[str], vocabulary: dict[str, int]) -> tuple[list[int], list[float]]:
    """Columns and values of the known n-grams: sublinear counts, normalised to unit length."""
    known = [(vocabulary[ngram], 1.0 + math.log(count)) for ngram, count in ngrams.items() if ngram in vocabulary]
    norm = math.sqrt(sum(value * value for _, value in known)) or 1.0
    return [column for column, _ in known], [value / norm for _, value in known]


def _matrix(counts: Sequence[Counter[str]], vocabulary: dict[str, int]) -> object:
    columns: list[int] = []
    values: list[float] = []
    starts = [0]
    for ngrams in counts:
        row_columns, row_values = _row(ngrams, vocabulary)
        columns += row_columns
        values += row_values
        starts.append(len(columns))
    return sparse.csr_matrix((values, columns, starts), shape=(len(counts), len(vocabulary)))


def _softmax(scores: FloatArray) -> FloatArray:
    exponentials = np.exp(scores - scores.max())
    result: FloatArray = exponentials / exponentials.sum()
    return result
