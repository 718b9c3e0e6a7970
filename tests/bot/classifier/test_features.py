"""The wording of a message as weighted parts."""

import json
from collections import Counter

import numpy as np
import pytest

from bot.classifier.counting import PartsBook
from bot.classifier.features import WORD_SHARE, Vocabulary, parts_of, plain


def learned(*texts: str) -> Vocabulary:
    return PartsBook().learned(texts)[0]


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
    assert plain(written) == meant


def test_missing_dots_change_no_part() -> None:
    assert parts_of("Äiti löi mua, tää on hätä") == parts_of("aiti loi mua, taa on hata")


def test_words_pairs_and_letter_groups_are_parts() -> None:
    parts = parts_of("ei se oo")

    assert {"\tei", "\tei se", "\tse oo", " e", "ei", " ei ", "i "} <= parts.keys()
    assert "\tei oo" not in parts


def test_a_word_and_the_same_letters_are_two_parts() -> None:
    assert {"\tja", "ja"} <= parts_of("ja").keys()


def test_an_emoji_is_a_word() -> None:
    assert "\t😭" in parts_of("apua😭")


def test_an_empty_message_has_no_parts() -> None:
    assert parts_of(" ") == Counter()


def test_words_and_letters_have_their_shares() -> None:
    vocabulary = learned("ei se oo", "ei se oo")
    columns, values = vocabulary.row(parts_of("ei se oo"))
    words = vocabulary.is_word[columns]

    assert (values[words] ** 2).sum() == pytest.approx(WORD_SHARE, rel=1e-5)
    assert (values**2).sum() == pytest.approx(1, rel=1e-5)


def test_a_rare_word_weighs_more_than_a_common_one() -> None:
    vocabulary = learned("apua tili", "apua tili", "apua", "apua")

    assert vocabulary.rarity[vocabulary.columns["\ttili"]] > vocabulary.rarity[vocabulary.columns["\tapua"]]


def test_what_only_one_example_has_is_not_learned() -> None:
    vocabulary = learned("apua", "apua nyt")

    assert "\tapua" in vocabulary.columns
    assert "\tnyt" not in vocabulary.columns


def test_unknown_words_give_an_empty_row() -> None:
    columns, values = learned("aa", "aa").row(parts_of("zz"))

    assert len(columns) == len(values) == 0


def test_a_row_of_the_matrix_is_the_row_of_its_message() -> None:
    texts = ["mun tili on on hakkeroitu", "mun tili on", "", "tili"]
    vocabulary, matrix = PartsBook().learned(texts)

    for place, text in enumerate(texts):
        columns, values = vocabulary.row(parts_of(text))
        dense = np.zeros(len(vocabulary.columns), np.float32)
        dense[columns] = values
        np.testing.assert_allclose(matrix[place].toarray()[0], dense, rtol=1e-5)
    assert matrix[2].nnz == 0


def test_what_was_counted_for_other_texts_changes_nothing() -> None:
    texts = ["mun tili", "mun kuva", "mun tili on"]
    book = PartsBook()
    book.learned(["aivan muuta tili", "zz", *texts])
    vocabulary, matrix = book.learned(texts)
    fresh, alone = PartsBook().learned(texts)

    assert vocabulary.columns == fresh.columns
    np.testing.assert_array_equal(matrix.toarray(), alone.toarray())


def test_a_vocabulary_survives_writing_and_reading() -> None:
    vocabulary = learned("mun tili 😭", "mun tili 😭")
    again = Vocabulary.of(json.loads(json.dumps(list(vocabulary.columns))), vocabulary.rarity)

    assert again.columns == vocabulary.columns
    np.testing.assert_array_equal(again.is_word, vocabulary.is_word)
