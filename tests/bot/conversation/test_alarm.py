"""Danger in the middle of a talk: ordinary turns do not alarm, true danger does."""

from typing import Any

import pytest
from rasa.shared.nlu.training_data.message import Message

from bot.conversation.alarm import asking_key, begin, in_conversation, is_asked_plainly
from bot.conversation.interpretation import INTERPRETATION, Interpretation
from bot.conversation.state import LastReply, State
from bot.conversation.told import Told
from bot.danger.decision import DangerDecision, Thresholds
from bot.danger.fusion import log_odds_of
from bot.names import CRISIS, EMERGENCY

ALONE = Thresholds(possible=0.2, urgent=0.6, topic=0.8, unsure=0.5)
CLEAR, FAINT, NOTHING = 3.0, -1.0, -6.0
"""Log-odds of a message alone."""


def message(first: bool = False, act: str | None = "tells", certainty: float = 0.0, **alarm: float) -> Message:
    found = Interpretation(
        topic="gaming_safety", is_new=False, move="tells", act=act, certainty=certainty, alarm=alarm, is_first=first
    )
    return Message(data={"text": "words", INTERPRETATION: found.as_json()})


def judged(log_odds: float, heard: Message, state: State | None = None) -> DangerDecision | None:
    return in_conversation(CRISIS, log_odds, heard, ALONE, state or State())


def test_an_ordinary_turn_has_the_talk_against_the_alarm() -> None:
    assert judged(FAINT, message(crisis=0.004)) is None
    assert judged(FAINT, message(first=True, crisis=0.004)) is not None


def test_a_danger_stays_one() -> None:
    assert judged(CLEAR, message(crisis=0.6)) == DangerDecision(CRISIS, True, True, True)


def test_what_is_said_for_sure_is_heard_even_where_the_talk_does_not_expect_it() -> None:
    found = judged(6.0, message(crisis=0.02))
    assert found is not None, "smoke comes from the front door"
    assert found.is_urgent


def test_what_the_message_says_and_the_talk_hardly_expects_is_only_possible() -> None:
    found = judged(CLEAR, message(crisis=0.05))
    assert found is not None
    assert not found.is_urgent


def test_the_talk_alone_can_raise_the_alarm_and_says_which() -> None:
    found = judged(FAINT, message(emergency=0.9))
    assert found is not None
    assert (found.danger, found.is_urgent) == (EMERGENCY, True)
    assert judged(NOTHING, message(emergency=0.05)) is None


def test_words_that_say_that_it_is_over_are_believed_unless_they_sound_like_danger() -> None:
    assert judged(FAINT, message(act="danger_over", certainty=0.8, crisis=0.9)) is None
    assert judged(CLEAR, message(act="danger_over", certainty=0.8, crisis=0.9)) is not None


def test_whoever_surely_thanks_is_not_asked_whether_somebody_is_in_danger() -> None:
    faint = {"crisis": 0.3, "certainty": 0.8}
    assert judged(FAINT, message(act="thanks", **faint)) is None
    assert judged(FAINT, message(act="thanks", **faint), State(danger="now")) is not None
    assert judged(FAINT, message(act="thanks", crisis=0.3, certainty=0.4)) is not None
    found = judged(CLEAR, message(act="thanks", crisis=0.6, certainty=0.8))
    assert found is not None, "thanks for everything, I won't be here tomorrow"
    assert found.is_urgent


@pytest.mark.parametrize("text", ["apua", "Auttakaa mua!!", "snälla hjälp mig", "please help me", "help"])
def test_a_cry_alone_in_an_ordinary_talk_is_asked_about_and_a_word_more_alarms(text: str) -> None:
    def found(words: str, state: State) -> DangerDecision | None:
        heard = message(emergency=0.9)
        heard.set("text", words)
        return in_conversation(EMERGENCY, CLEAR, heard, ALONE, state)

    asked = found(text, State(topic="parcel_sms"))
    assert asked == DangerDecision(EMERGENCY, is_sure=False, is_likely=False, is_urgent=False)
    for words, state in (
        (text, State(topic="violence_at_home")),
        (text, State(topic="parcel_sms", danger="now")),
        (text, State()),
        (text + " se tuli sisään", State(topic="parcel_sms")),
    ):
        decision = found(words, state)
        assert decision is not None, words
        assert decision.is_urgent, words


def test_who_says_that_nobody_thinks_of_death_alarms_nobody_and_is_not_asked() -> None:
    for words in (
        "int tänker ja på döden. ja vill bara att dom tar bort bilden",
        "emmä haluu kuolla?? puhun lompakosta",
    ):
        heard = message(act="tells", crisis=0.9)
        heard.set("text", words)
        assert judged(CLEAR, heard) is None
    heard.set("text", "i dont want to die i just want it to stop")
    decision = judged(CLEAR, heard)
    assert decision is not None
    assert decision.is_urgent


@pytest.mark.parametrize("other", [message(first=True, crisis=0.0), Message(data={"text": "words"})])
def test_a_first_message_is_judged_alone(other: Message) -> None:
    assert judged(CLEAR, other) == DangerDecision(CRISIS, True, True, True)


def test_whoever_was_asked_already_is_not_asked_again_for_as_little() -> None:
    asked = State(said=(asking_key(CRISIS),))
    assert judged(FAINT, message(crisis=0.08)) is not None
    assert judged(FAINT, message(crisis=0.08), asked) is None
    assert judged(CLEAR, message(crisis=0.3), asked) is not None


@pytest.mark.parametrize(("has_subject", "topic"), [(True, "doxxing"), (False, "emergency_now")])
def test_an_alarm_begins_the_state_of_danger_and_the_subject_stays(has_subject: bool, topic: str) -> None:
    heard = message()
    heard.set("entities", [{"entity": "state_danger", "value": "none"}, {"entity": "state_topic", "value": "doxxing"}])
    begin(heard, "emergency_now", 5, has_subject=has_subject)
    values: dict[str, Any] = {each["entity"]: each["value"] for each in heard.get("entities")}
    assert values == {"state_danger": "now", "state_topic": topic}


@pytest.mark.parametrize(("act", "expected"), [("yes", True), ("no", False)])
def test_the_answer_to_whether_there_is_danger_decides(act: str, expected: bool) -> None:
    state = State(last=LastReply("answer", asked=EMERGENCY))
    found = judged(FAINT, message(act=act, emergency=0.1), state)
    assert (found is not None) == expected
    if found is not None:
        assert (found.danger, found.is_urgent, found.is_sure) == (EMERGENCY, True, True)


def test_whoever_asks_for_a_rule_is_not_asked_about_danger_and_an_alarm_still_sounds() -> None:
    found = Interpretation(
        topic="is_it_a_crime", is_new=True, move="is_it_a_crime", told=(Told("thing", "knife", 0, 5),), is_first=True
    )
    heard = Message(data={"text": "words", INTERPRETATION: found.as_json()})
    assert judged(FAINT, heard) is None
    assert judged(FAINT, message(first=True)) is not None
    alarmed = judged(CLEAR, heard)
    assert alarmed is not None
    assert alarmed.is_urgent


@pytest.mark.parametrize(
    "text",
    [
        "en oo satuttamas itteeni lol. montako kuukautta tää kestää",
        "ei kukaan ole itsetuhoinen. miten lohdutan häntä",
        "en mä nyt oo vaaras. kysyin vaa mitä teen jos se tulee ovelle",
        "soitin 112 ja ne lähetti ambulanssin",
        "ok called 112 theyre sending someone",
        "hon e int självmordsbenägen",
        "en mä mitää itelleni tee, oon vaan niin väsyny tähän",
    ],
)
def test_who_denies_it_plainly_or_has_called_help_is_met_with_no_alarm_page(text: str) -> None:
    heard = message(crisis=0.7)
    heard.set("text", text)
    assert judged(CLEAR, heard) is None
    heard.set("text", f"{text} mut se on jo tajuton")
    assert judged(CLEAR, heard) is not None


def test_a_danger_in_so_many_words_outweighs_that_nobody_is_in_danger() -> None:
    heard = message(crisis=0.7)
    heard.set("text", "en mä nyt oo vaaras")
    heard.set("entities", [{"entity": "danger_pattern", "value": "crisis", "start": 0, "end": 1}])
    assert judged(CLEAR, heard) is not None


def test_with_the_message_before_both_together_decide_and_say_which_danger_it_is() -> None:
    def look(alone: float, talk: float) -> tuple[str, float]:
        assert (alone, talk) == (NOTHING, log_odds_of(0.004))
        return EMERGENCY, CLEAR

    heard = message(crisis=0.004)
    assert in_conversation(CRISIS, NOTHING, heard, ALONE, State()) is None
    found = in_conversation(CRISIS, NOTHING, heard, ALONE, State(), look)
    assert found == DangerDecision(EMERGENCY, True, True, True)


def test_the_message_before_may_take_a_doubt_away_and_where_nothing_is_worth_a_look_the_talk_decides() -> None:
    heard = message(crisis=0.6)
    assert in_conversation(CRISIS, FAINT, heard, ALONE, State(), lambda *_: (CRISIS, NOTHING)) is None
    assert in_conversation(CRISIS, FAINT, heard, ALONE, State(), lambda *_: None) is not None


def test_a_clear_danger_after_something_else_is_not_talked_down() -> None:
    found = in_conversation(CRISIS, CLEAR, message(crisis=0.01), ALONE, State(), lambda *_: (EMERGENCY, NOTHING))
    assert found == DangerDecision(CRISIS, False, True, True), "a bicycle first, then a rope"
    half = in_conversation(CRISIS, 2.4, message(crisis=0.01), ALONE, State(), lambda *_: (EMERGENCY, NOTHING))
    assert half == DangerDecision(CRISIS, False, False, False), "idk maybe I am"


def test_plain_words_alone_are_asked_about_until_danger_was_told_of_or_where_they_take_it_back() -> None:
    heard = message()
    assert is_asked_plainly(heard, State())
    assert not is_asked_plainly(heard, State(danger="now"))
    assert is_asked_plainly(message(first=True), State(danger="now"))
    heard.set("text", "soitin 112 ja ne lähetti ambulanssin")
    assert not is_asked_plainly(heard, State())


def test_a_first_message_has_nothing_before_it() -> None:
    def look(*_: float) -> tuple[str, float]:
        raise AssertionError("nothing was before it")

    assert in_conversation(CRISIS, CLEAR, message(first=True, crisis=0.6), ALONE, State(), look) is not None
