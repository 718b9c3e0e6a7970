"""A risk that is told or asked by the way gets the piece that advises against it, and that piece does."""

from pathlib import Path

import pytest

from answers.content import read_content
from bot.conversation.interpretation import Interpretation
from bot.conversation.risks import (
    CODES,
    CODES_ARE_ADVISED_AGAINST,
    MEETING,
    MEETING_IS_ADVISED_AGAINST,
    with_risks,
)

DATA = Path(__file__).resolve().parents[3] / "data"


def told(topic: str, *questions: str) -> Interpretation:
    return Interpretation(topic, is_new=False, move="tells", act=None if questions else "tells", questions=questions)


@pytest.mark.parametrize(
    ("topic", "text"),
    [
        ("sextortion", "hes asking to meet me at itis tmrw and says hell delete them if i come"),
        ("grooming", "se haluis tavata lauantaina kampissa, kaveri tulis mukaan"),
        ("threats_extortion", "dom vill att vi ska ses vid parken ikväll"),
    ],
)
def test_whoever_is_asked_to_meet_hears_not_to(topic: str, text: str) -> None:
    assert with_risks(told(topic), text).questions == (MEETING,)


@pytest.mark.parametrize(
    ("topic", "text"),
    [
        ("bank_phishing", "Han är kvar i telefonen just nu, han vill ha koderna"),
        ("account_hacked", "men ska hon ge koden eller int??"),
        ("bank_phishing", "Now someone called saying he is from the fraud team and wants my code"),
        ("account_hacked", "luenko koodin sille"),
    ],
)
def test_whoever_is_asked_for_a_code_hears_not_to_give_it(topic: str, text: str) -> None:
    assert with_risks(told(topic), text).questions == (CODES,)


@pytest.mark.parametrize(
    ("topic", "text"),
    [
        ("bank_phishing", "annoin sille koodin"),
        ("bank_phishing", "i gave the code already"),
        ("sextortion", "we met last summer"),
        ("cyberbullying", "she wants to meet me"),
    ],
)
def test_what_is_over_or_no_such_risk_stays_as_it_was(topic: str, text: str) -> None:
    assert with_risks(told(topic), text).act == "tells"
    assert with_risks(told(topic, "cost"), "how much").questions == ("cost",)


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_the_pieces_advise_against_it(language: str) -> None:
    content = read_content(DATA, "https://neuvo.example/privacy")
    never = {"fi": "Älä", "sv": "inte|inga", "en": "on't"}[language].split("|")
    for topics, question in ((MEETING_IS_ADVISED_AGAINST, MEETING), (CODES_ARE_ADVISED_AGAINST, CODES)):
        for topic in topics:
            text = content.piece(topic, question, language, {}) or ""
            assert any(word in text.split(".")[0] or word.lower() in text.split(".")[0] for word in never), (
                topic,
                text,
            )
