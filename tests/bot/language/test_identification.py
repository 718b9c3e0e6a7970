"""Checks of the language: what is said without a model, what a conversation keeps, what switches it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.language.identification import Conversation, identify

FINNISH, SWEDISH = Conversation("fi"), Conversation("sv")


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("mun tili on hakkeroitu", "fi"),
        ("onks taa botti", "fi"),
        ("jag har blivit hackad", "sv"),
        ("va e de har", "sv"),
        ("kan int logga in, va ska ja gora", "sv"),
        ("someone hacked my account", "en"),
        ("idk what to do man", "en"),
        ("mun snap kapades apua va ska ja göra", "sv"),
        ("voitko puhua englantia", "fi"),
    ],
)
def test_the_language_of_a_message_is_known_also_without_dots_and_mixed(text, language):
    assert identify(text).language == language


@pytest.mark.parametrize(
    "text", ["ok", "112", "😭", "12.3.", "Aino", "https://a.fi/x", "", "   ", "zxq wvk", "?", "xd lol"]
)
def test_what_has_no_language_keeps_that_of_the_conversation(text):
    for conversation in (FINNISH, SWEDISH):
        assert identify(text, conversation).language == conversation.language


@pytest.mark.parametrize(
    ("text", "conversation", "language"),
    [
        ("kan vi fortsätta på svenska istället", FINNISH, "sv"),
        ("sorry can you tell me that in english", SWEDISH, "en"),
        ("voidaanko puhua suomea kun en ymmärrä", SWEDISH, "fi"),
        ("thanks", FINNISH, "fi"),
        ("cool juttu", SWEDISH, "sv"),
    ],
)
def test_a_real_switch_is_followed_and_one_foreign_word_is_not(text, conversation, language):
    assert identify(text, conversation).language == language


@pytest.mark.parametrize("text", ["помогите мне пожалуйста", "ساعدني من فضلك"])
def test_a_fourth_language_is_named_and_the_conversation_keeps_its_own(text):
    found = identify(text, SWEDISH)

    assert found.other is not None
    assert found.language == "sv"


@given(st.text(st.one_of(st.characters(), st.just("\ud800")), max_size=200), st.sampled_from([None, FINNISH, SWEDISH]))
def test_no_message_breaks_it(text, conversation):
    assert identify(text, conversation).language in ("fi", "sv", "en")


@pytest.mark.parametrize("text", ["righto, ta", "ta mate", "aye ta", "nah ta", "cheers"])
def test_english_thanks_stay_english_and_swedish_ta_stays_swedish(text):
    assert identify(text, Conversation("en", 0.9)).language == "en"
    assert identify("kan man ta bort den", SWEDISH).language == "sv"
