"""What words say for certain, whatever the model made of them."""

import pytest

from bot.conversation.context import NOW, PASSED
from bot.conversation.corrections import corrected
from bot.conversation.denials import corrects, denies_danger
from bot.conversation.interpretation import Interpretation
from bot.conversation.state import LastReply, State


def guessed(
    act: str | None, *questions: str, topic: str | None = "sextortion", certainty: float = 0.5
) -> Interpretation:
    move = act or next(iter(questions), "subject")
    return Interpretation(topic, is_new=False, move=move, act=act, questions=questions, certainty=certainty)


@pytest.mark.parametrize("text", ["snälla hjälp", "auta", "apua nyt", "help", "pls help me", "auttakaa!!"])
@pytest.mark.parametrize("act", ["helped", "thanks", "goodbye", "ok", None])
def test_a_cry_for_help_is_never_thanks_or_goodbye(text: str, act: str | None) -> None:
    assert corrected(guessed(act), text, State()).questions == ("what_first",)
    assert corrected(guessed(act, topic=None), text, State()).is_unsure


@pytest.mark.parametrize("text", ["tack för hjälpen", "thanks for the help", "kiitos avusta, oli apua"])
def test_thanks_for_help_stay_thanks(text: str) -> None:
    assert corrected(guessed("thanks"), text, State()).act == "thanks"


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
    assert corrected(guessed(act), text, State(officer="asked")).act == "cancel_officer"
    assert corrected(guessed(act), text, State()).act != "cancel_officer"


def test_a_sure_question_stays_one() -> None:
    found = guessed(None, "withdraw_possible", certainty=0.95)
    assert corrected(found, "voiko ilmoituksen vielä perua, peru", State(officer="asked")) == found


DENIED = [
    "ei täs kukaan oo vaaras, kysyin vaan",
    "en oo vaarassa",
    "nej ingen är i fara",
    "ja e trygg här hemma",
    "ja ba undrade",
    "nobody's hurt",
    "no i'm not in danger",
    "im ok, just asking",
    "jaja int på riktigt",
    "ei oikeesti",
    "not for real lol",
    "se oli läppä",
]


@pytest.mark.parametrize("text", DENIED)
@pytest.mark.parametrize("state", [State(danger=NOW), State(last=LastReply(asked="emergency"))])
def test_a_denied_danger_is_over(text: str, state: State) -> None:
    found = corrected(guessed("no"), text, state)
    assert found.act == "danger_over"
    assert [(each.slot, each.value) for each in found.told] == [("danger", PASSED)]


def test_what_is_asked_beside_the_denial_is_answered() -> None:
    found = corrected(guessed(None, "cost"), "ei mitään hätää, mitä se maksaa", State(danger=NOW))
    assert (found.questions, found.act) == (("cost",), None)


@pytest.mark.parametrize("text", DENIED)
def test_where_nobody_spoke_of_danger_nothing_is_denied(text: str) -> None:
    assert corrected(guessed("tells"), text, State()) == guessed("tells")


@pytest.mark.parametrize(
    "text",
    [
        "he is here again",
        "se löi mua taas",
        "hon svarar int",
        "apua",
        "what now",
        "tää ei oo läppä",
        "det är inget skämt",
        "im not joking",
        "ingen tar mig på allvar",
        "not serious but he has a knife",
    ],
)
def test_other_words_deny_nothing(text: str) -> None:
    assert not denies_danger(text)


@pytest.mark.parametrize(
    "text", ["nej jag menar att han hackade mitt konto", "ei ku se oli mun kaveri", "no, it's my mum's bank"]
)
def test_what_follows_a_no_is_a_correction(text: str) -> None:
    assert corrects(text)


@pytest.mark.parametrize("text", ["ei", "no", "nej tack", "no thanks a lot", "ei kiitos enää", "noin se meni kans"])
def test_a_bare_no_corrects_nothing(text: str) -> None:
    assert not corrects(text)


@pytest.mark.parametrize(
    "text", ["nope, vill int prata me nån polis", "en haluu poliisii", "i dont want an officer", "utan polis tack"]
)
def test_whoever_wants_no_officer_has_asked_for_none(text: str) -> None:
    assert corrected(guessed("want_officer"), text, State()).act == "no"
    assert corrected(guessed("want_officer"), text, State(officer="asked")).act == "cancel_officer"


@pytest.mark.parametrize(
    "text", ["i dont want a bot, i want an officer", "jag vill inte prata med en bot utan polis", "haluun poliisin"]
)
def test_whoever_wants_an_officer_and_no_bot_has_asked(text: str) -> None:
    assert corrected(guessed("want_officer"), text, State()).act == "want_officer"
