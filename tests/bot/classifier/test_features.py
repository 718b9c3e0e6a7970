"""The lexical features of a message."""

import json
from collections import Counter

import numpy as np
import pytest

from bot.classifier.features import WORD_SHARE, Vocabulary, features_of, normalized
from bot.classifier.vectorizer import CachedVectorizer


def vocabulary_of(*texts: str) -> Vocabulary:
    return CachedVectorizer().fit_transform(texts)[0]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("EN PÄÄSE ENÄÄ", "en paase enaa"),
        ("Någon hotar", "nagon hotar"),
        ("apuaaaaa!!!!", "apuaa!!"),
        ("ｈｅｉ", "hei"),
        ("A\u0308iti", "aiti"),
    ],
)
def test_ways_of_writing_the_same_come_out_alike(written: str, meant: str) -> None:
    assert normalized(written) == meant


def test_missing_dots_change_no_feature() -> None:
    assert features_of("Äiti löi mua, tää on hätä") == features_of("aiti loi mua, taa on hata")


def test_words_bigrams_and_character_ngrams_are_features() -> None:
    features = features_of("ei se oo")

    assert {"\tei", "\tei se", "\tse oo", " e", "ei", " ei ", "i "} <= features.keys()
    assert "\tei oo" not in features


def test_a_word_and_the_same_letters_are_two_features() -> None:
    assert {"\tja", "ja"} <= features_of("ja").keys()


def test_an_emoji_is_a_word() -> None:
    assert "\t😭" in features_of("apua😭")


def test_an_empty_message_has_no_features() -> None:
    assert features_of(" ") == Counter()


def test_words_and_letters_have_their_shares() -> None:
    vocabulary = vocabulary_of("ei se oo", "ei se oo")
    columns, values = vocabulary.row(features_of("ei se oo"))
    words = vocabulary.is_word[columns]

    assert (values[words] ** 2).sum() == pytest.approx(WORD_SHARE, rel=1e-5)
    assert (values**2).sum() == pytest.approx(1, rel=1e-5)


def test_a_rare_word_weighs_more_than_a_common_one() -> None:
    vocabulary = vocabulary_of("apua tili", "apua tili", "apua", "apua")

    assert vocabulary.idf[vocabulary.columns["\ttili"]] > vocabulary.idf[vocabulary.columns["\tapua"]]


def test_what_only_one_example_has_is_not_in_the_vocabulary() -> None:
    vocabulary = vocabulary_of("apua", "apua nyt")

    assert "\tapua" in vocabulary.columns
    assert "\tnyt" not in vocabulary.columns


def test_unknown_words_give_an_empty_row() -> None:
    columns, values = vocabulary_of("aa", "aa").row(features_of("zz"))

    assert len(columns) == len(values) == 0


def test_a_row_of_the_matrix_is_the_row_of_its_message() -> None:
    texts = ["mun tili on on hakkeroitu", "mun tili on", "", "tili"]
    vocabulary, matrix = CachedVectorizer().fit_transform(texts)

    for row, text in enumerate(texts):
        columns, values = vocabulary.row(features_of(text))
        dense = np.zeros(len(vocabulary.columns), np.float32)
        dense[columns] = values
        np.testing.assert_allclose(matrix[row].toarray()[0], dense, rtol=1e-5)
    assert matrix[2].nnz == 0


def test_what_is_cached_for_other_texts_changes_nothing() -> None:
    texts = ["mun tili", "mun kuva", "mun tili on"]
    vectorizer = CachedVectorizer()
    vectorizer.fit_transform(["aivan muuta tili", "zz", *texts])
    vocabulary, matrix = vectorizer.fit_transform(texts)
    fresh, alone = CachedVectorizer().fit_transform(texts)

    assert vocabulary.columns == fresh.columns
    np.testing.assert_array_equal(matrix.toarray(), alone.toarray())


def test_a_vocabulary_survives_writing_and_reading() -> None:
    vocabulary = vocabulary_of("mun tili 😭", "mun tili 😭")
    again = Vocabulary.of(json.loads(json.dumps(list(vocabulary.columns))), vocabulary.idf)

    assert again.columns == vocabulary.columns
    np.testing.assert_array_equal(again.is_word, vocabulary.is_word)
