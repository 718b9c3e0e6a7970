"""Checks of the tokenizer: a token is a piece of the message as it was written, and no sign is cut in two."""

import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rasa.shared.nlu.training_data.message import Message

from bot.pipelines import blank_pipeline, is_full
from bot.tokenizer import SpacyTokenizer, spans_of

TOKENIZER = SpacyTokenizer(SpacyTokenizer.get_default_config())
LANGUAGES = st.sampled_from(["fi", "sv", "en"])
CHAT = st.text(alphabet=st.one_of(st.sampled_from("aä ö\u0308\u200d👨👩👧🏽❤️🇫🇮🇸🇪.,!-'"), st.characters()), max_size=60)


def pieces(text: str, language: str = "fi") -> list[str]:
    return [text[start:end] for start, end in spans_of(text, language)]


def tokens(text: str, **data: Any) -> list[tuple[str, int, int]]:
    (message,) = TOKENIZER.process([Message({"text": text, **data})])
    return [(token.text, token.start, token.end) for token in message.get("text_tokens")]


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("mun snäppi häkättiin!", "fi", ["mun", "snäppi", "häkättiin", "!"]),
        ("va e de?", "sv", ["va", "e", "de", "?"]),
        ("I can't log in", "en", ["I", "ca", "n't", "log", "in"]),
        ("apua 😭😭", "fi", ["apua", "😭", "😭"]),
    ],
)
def test_a_message_is_cut_as_its_language_does(text: str, language: str, expected: list[str]) -> None:
    assert pieces(text, language) == expected


@pytest.mark.parametrize(
    "sign",
    ["👨‍👩‍👧", "👍🏽", "❤️", "🇫🇮", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", unicodedata.normalize("NFD", "ä"), "🤷🏽‍♀️"],
    ids=["a family", "a skin tone", "a red heart", "a flag", "a flag of many letters", "loose dots", "a shrug"],
)
@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_what_a_reader_sees_as_one_sign_is_never_cut(sign: str, language: str) -> None:
    assert [piece for piece in pieces(f"no {sign} niin", language) if piece not in ("no", "niin")] == [sign]


def test_half_a_sign_which_json_lets_through_does_not_stop_the_talk() -> None:
    assert pieces("apua \ud83d nyt") == ["apua", "\ud83d", "nyt"]


def test_two_flags_are_two_signs() -> None:
    assert pieces("🇫🇮🇸🇪") == ["🇫🇮", "🇸🇪"]


@given(CHAT, LANGUAGES)
def test_every_token_is_the_text_between_its_places_and_only_space_is_left_out(text: str, language: str) -> None:
    found = tokens(text, language=language) if text.strip() else []
    places = [place for _, start, end in found for place in range(start, end)]

    assert all(text[start:end] == token for token, start, end in found)
    assert places == sorted(set(places))
    assert all(text[place].isspace() for place in set(range(len(text))) - set(places) if found)


@given(CHAT, LANGUAGES)
def test_no_token_begins_with_what_belongs_to_the_sign_before(text: str, language: str) -> None:
    for token, start, _ in tokens(text, language=language):
        if start and not text[start - 1].isspace():
            assert unicodedata.category(token[0]) not in ("Mn", "Me")


@pytest.mark.parametrize("text", ["", " ", "\n\n"])
def test_a_message_of_nothing_but_space_is_one_token_because_later_stations_need_one(text: str) -> None:
    (message,) = TOKENIZER.process([Message({"text": text})])

    assert [token.text for token in message.get("text_tokens")] == [text]


def test_a_training_example_is_cut_in_the_language_that_its_file_names() -> None:
    example = tokens("can't", metadata={"intent": {"language": "en"}})

    assert [text for text, _, _ in example] == ["ca", "n't"]


def test_the_language_found_beats_that_of_the_file() -> None:
    assert [text for text, _, _ in tokens("can't", language="fi", metadata={"intent": {"language": "en"}})] == ["can't"]


def test_a_pipeline_that_has_seen_too_many_words_is_built_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    first = blank_pipeline("sv")
    monkeypatch.setattr("bot.pipelines._MAX_WORDS", len(first.vocab.strings))

    assert is_full(first)
    assert blank_pipeline("sv") is not first
