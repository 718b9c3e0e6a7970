"""Checks of the word lists: what counts as a word, what a word says, and when somebody asks for a language."""

import pytest

from bot.language.lexicon import LANGUAGES, lexicon, words_of


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Moi! Mä tarviin APUA", ["moi", "mä", "tarviin", "apua"]),
        ("can't, won’t", ["cant", "wont"]),
        ("apuaaaaa", ["apuaa"]),
        ("katso https://nordea.fi/x ja nordea-kirjaudu.com", ["katso", "ja"]),
        ("matti.m@esimerkki.fi @matti #apua 112 klo 12:30 b4", ["klo"]),
        ("😭😭 ❤️ ...", []),
        ("/talk_to_officer", []),
    ],
)
def test_links_handles_numbers_and_emojis_are_no_words(text: str, words: list[str]) -> None:
    assert words_of(text) == words


@pytest.mark.parametrize("word", ["ok", "hi", "moi", "jo", "no", "he", "xd", "fghjkl", "insta"])
def test_a_word_of_everybody_is_no_evidence(word: str) -> None:
    assert lexicon().evidence([word]) == []


@pytest.mark.parametrize(
    ("word", "languages"),
    [
        ("mitä", ("fi",)),
        ("mita", ("fi",)),
        ("hjälp", ("sv",)),
        ("hjalp", ("sv",)),
        ("help", ()),
        ("because", ("en",)),
        ("se", ("fi", "sv")),
        ("i", ("en", "sv")),
    ],
)
def test_a_word_says_its_language_also_without_its_dots(word: str, languages: tuple[str, ...]) -> None:
    assert lexicon().languages.get(word, ()) == languages


def test_a_word_of_two_languages_counts_half_for_each() -> None:
    assert lexicon().shares(["se"]) == [0.5, 0.5, 0.0]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("in english please", "en"),
        ("English?", "en"),
        ("på svenska tack", "sv"),
        ("suomeksi kiitos", "fi"),
        ("ruotsiks", "sv"),
        ("miten sanotaan ruotsiksi kirjasto", None),
        ("voinko kirjoittaa ruotsiksi", None),
        ("suomi voitti", None),
        ("kiitos", None),
        ("", None),
    ],
)
def test_a_language_is_asked_for_only_by_a_message_that_asks_nothing_else(text: str, language: str | None) -> None:
    assert lexicon().requested(words_of(text)) == language


def test_no_listed_word_is_shared_and_every_list_has_its_language() -> None:
    claimed = {language for claims in lexicon().languages.values() for language in claims}

    assert claimed == set(LANGUAGES)
    assert not lexicon().languages.keys() & lexicon().shared.keys()
