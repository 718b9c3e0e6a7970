"""Examples that say the same thing with one word changed."""

import pytest

from answers.likeness import near_duplicates, same_words


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Joku häkkäs mun instan", "joku hakkas mun instan!!"),
        ("someone hacked my insta account", "someone hacked my snap account"),
        ("they hacked my insta", "yesterday they hacked my insta"),
        ("min mamma har blivit lurad", "min pappa har blivit lurad"),
    ],
)
def test_one_changed_word_is_the_same_example(one: str, other: str) -> None:
    assert near_duplicates([one, "something else altogether happened here", other]) == [(0, 2)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("kuka sä oot", "mikä sä oot"),
        ("someone hacked my insta account", "somebody broke into my insta account"),
        ("en pääse sisään mun tilille", "joku on vaihtanut salasanan"),
        ("help", "apua"),
    ],
)
def test_other_words_are_another_example(one: str, other: str) -> None:
    assert near_duplicates([one, other]) == []


def test_the_same_words_are_found_whatever_the_signs() -> None:
    assert same_words(["Apua!", "moi", "apua", "…"]) == {("apua",): [0, 2]}
