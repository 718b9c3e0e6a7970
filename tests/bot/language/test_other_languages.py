"""Checks of the fourth language: named where it is sure, never where a citizen writes one of ours."""

import pytest

from bot.language.identification import Conversation, identify
from bot.language.lexicon import words_of
from bot.language.other_languages import other_language


def other(text: str) -> str | None:
    return other_language(text, words_of(text))


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Привет", "ru"),
        ("мне нужна помощь", "ru"),
        ("мені потрібна допомога будь ласка", "uk"),
        ("أحتاج مساعدة من فضلك", "ar"),
        ("سلام من به کمک نیاز دارم لطفا", "fa"),
        ("我需要帮助", "zh"),
        ("たすけて", "ja"),
        ("ช่วยด้วย", "th"),
        ("እርዳታ እፈልጋለሁ", "am"),
        ("tere ma vajan abi mu telefon varastati eile", "et"),
        ("keegi ähvardab mind internetis ja ma ei tea mida teha", "et"),
        ("ich brauche hilfe jemand verfolgt mich", "de"),
        ("hola necesito ayuda me robaron el telefono", "es"),
        ("bonjour j'ai besoin d'aide on m'a volé mon téléphone", "fr"),
        ("merhaba yardıma ihtiyacım var telefonum çalındı", "tr"),
        ("waxaan u baahanahay caawimaad fadlan i caawi", "so"),
        ("qof ayaa i hanjabaya waan baqayaa", "so"),
        ("privet mne nuzhna pomosh pozhaluysta", "ru"),
        ("tôi cần giúp đỡ ai đó đang theo dõi tôi", "vi"),
    ],
)
def test_a_fourth_language_is_named_by_its_code(text: str, language: str) -> None:
    assert other(text) == language


@pytest.mark.parametrize(
    "text",
    [
        "mina pelkaan mies lyo minua",
        "minun talo palaa auttaa nopeasti",
        "he hackade mit konto o nu kan ja int logga in",
        "pls help me brother i am scare",
        "jeg trenger hjelp noen følger etter meg",
        "hola",
        "mañana",
        "ok ok ok ok",
        "Привет moi mitä kuuluu teille kaikille siellä",
        "",
    ],
    ids=lambda text: text[:20] or "nothing",
)
def test_our_own_however_broken_a_neighbours_and_a_single_word_are_none(text: str) -> None:
    assert other(text) is None


def test_without_a_conversation_the_answer_is_in_finnish_and_the_guess_is_weak() -> None:
    found = identify("мне нужна помощь")

    assert (found.language, found.other) == ("fi", "ru")
    assert found.confidence < 0.5


def test_a_conversation_keeps_its_language() -> None:
    assert identify("ich brauche hilfe jemand verfolgt mich", Conversation("en")).language == "en"
