"""The wording of a message as weighted parts."""

import json
from collections import Counter

import numpy as np
import pytest

from bot.classifier.features import WORD_SHARE, Vocabulary, parts_of, plain


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
    vocabulary = Vocabulary.learned([parts_of("ei se oo")] * 2)
    columns, values = vocabulary.row(parts_of("ei se oo"))
    words = vocabulary.is_word[columns]

    assert (values[words] ** 2).sum() == pytest.approx(WORD_SHARE, rel=1e-5)
    assert (values**2).sum() == pytest.approx(1, rel=1e-5)


def test_a_rare_word_weighs_more_than_a_common_one() -> None:
    vocabulary = Vocabulary.learned([parts_of("apua tili"), parts_of("apua tili"), parts_of("apua"), parts_of("apua")])

    assert vocabulary.rarity[vocabulary.columns["\ttili"]] > vocabulary.rarity[vocabulary.columns["\tapua"]]


def test_what_only_one_example_has_is_not_learned() -> None:
    vocabulary = Vocabulary.learned([parts_of("apua"), parts_of("apua nyt")])

    assert "\tapua" in vocabulary.columns
    assert "\tnyt" not in vocabulary.columns


def test_unknown_words_give_an_empty_row() -> None:
    columns, values = Vocabulary.learned([parts_of("aa")] * 2).row(parts_of("zz"))

    assert len(columns) == len(values) == 0


def test_a_row_of_the_matrix_is_the_row_of_its_message() -> None:
    examples = [parts_of("mun tili on hakkeroitu"), parts_of("mun tili"), parts_of("")]
    vocabulary = Vocabulary.learned(examples)
    matrix = vocabulary.matrix(examples)
    columns, values = vocabulary.row(examples[0])
    dense = np.zeros(len(vocabulary.columns), np.float32)
    dense[columns] = values

    np.testing.assert_array_equal(matrix[0].toarray()[0], dense)
    assert matrix[2].nnz == 0


def test_a_vocabulary_survives_writing_and_reading() -> None:
    vocabulary = Vocabulary.learned([parts_of("mun tili 😭")] * 2)
    again = Vocabulary.of(json.loads(json.dumps(list(vocabulary.columns))), vocabulary.rarity)

    assert again.columns == vocabulary.columns
    np.testing.assert_array_equal(again.is_word, vocabulary.is_word)
