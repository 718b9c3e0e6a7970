"""What words say for certain, whatever the model made of them."""

import pytest

from bot.conversation.corrections import corrected
from bot.conversation.interpretation import Interpretation


def guessed(
    act: str | None, *questions: str, topic: str | None = "sextortion", certainty: float = 0.5
) -> Interpretation:
    move = act or next(iter(questions), "subject")
    return Interpretation(topic, is_new=False, move=move, act=act, questions=questions, certainty=certainty)


@pytest.mark.parametrize("text", ["snälla hjälp", "auta", "apua nyt", "help", "pls help me", "auttakaa!!"])
@pytest.mark.parametrize("act", ["helped", "thanks", "goodbye", "ok", None])
def test_a_cry_for_help_is_never_thanks_or_goodbye(text: str, act: str | None) -> None:
    assert corrected(guessed(act), text, "none").questions == ("what_first",)
    assert corrected(guessed(act, topic=None), text, "none").is_unsure


@pytest.mark.parametrize("text", ["tack för hjälpen", "thanks for the help", "kiitos avusta, oli apua"])
def test_thanks_for_help_stay_thanks(text: str) -> None:
    assert corrected(guessed("thanks"), text, "none").act == "thanks"


@pytest.mark.parametrize(
    "text",
    [
        "no okei peru se",
        "ei tarviikaa enää",
        "strunt i det",
        "de behövs int mer",
        "cancel that",
        "never mind",
        "dont need a cop",
    ],
)
@pytest.mark.parametrize("act", ["no", "ok", "joking", None])
def test_a_request_is_taken_back_in_any_words(text: str, act: str | None) -> None:
    assert corrected(guessed(act), text, "asked").act == "cancel_officer"
    assert corrected(guessed(act), text, "none").act != "cancel_officer"


def test_a_sure_question_stays_one() -> None:
    found = guessed(None, "withdraw_possible", certainty=0.95)
    assert corrected(found, "voiko ilmoituksen vielä perua, peru", "asked") == found
