"""Whether a message asks something by its form."""

import pytest

from bot.conversation.context import Context
from bot.conversation.interpretation import interpret
from bot.conversation.question_form import asks, asks_of_age
from bot.conversation.told import told_by_form


@pytest.mark.parametrize(
    "text",
    [
        "saaks faija tietää", "oon 15 ja porukat ei tiiä. soittaaks poliisi mutsille", "voiko pankki sulkea kortin",
        "mitä mä sanon sille", "ja va int där, ska ja säga de ändå", "va gör ja me insta sen", "kan ja radera de",
        "im 16, can i still get the plates back", "should we go there or not", "tack du bra. polis också?",
    ],
)  # fmt: skip
def test_a_question_is_known_by_its_form(text: str) -> None:
    assert asks(text)


@pytest.mark.parametrize(
    "text",
    ["ja va skitarg på läraren bara", "oon 14", "se lähti jo", "he left", "ok?", "really?", "kiitos", "ja ska göra de"],
)
def test_what_only_tells_has_no_such_form(text: str) -> None:
    assert not asks(text)


def test_an_age_beside_a_question_is_told_by_the_way() -> None:
    """The age's own question would win by the trained head alone."""
    text = "oon 15 ja porukat ei tiiä. soittaaks poliisi mutsille"
    move = {"age_limits": 0.5, "parents_told": 0.3, "tells": 0.2}
    heads = {
        "move": move,
        "topic_change": {"leave": 0.0},
        "alarm": {},
        **{f"told_{slot}": {"none": 1.0} for slot in SLOTS},
    }
    context = Context(topic="cyberbullying", turns=2)
    found = interpret(heads, context, [("cyberbullying", 0.9)], 0.3, told_by_form(text, None), text)
    assert found.questions == ("parents_told",)


SLOTS = ("role", "age", "whose_age", "done", "watched", "danger")


def test_what_asks_of_ages_is_answered_so() -> None:
    assert asks_of_age("onks ikäraja jos oon 15")
    assert not asks_of_age("oon 15, saaks faija tietää")
