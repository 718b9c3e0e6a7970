"""Talks: what a reply is worth by its labels, and the figures made of that."""

from dataclasses import replace
from typing import Any

import pytest

from answers.talks import Talk, Turn
from evaluation.played_talks import PlayedTurn
from evaluation.talks import report, wilson
from evaluation.verdicts import ASKED, HARMFUL, RIGHT, TOPIC_ONLY, WRONG, verdict

TALK = Talk("a", "somebody", "fi", "x.txt", 1, ())


def played(
    turn: Turn, said: list[str], text: str = "Words.", topic: str = "sextortion", place: int = 1, **understood: Any
) -> PlayedTurn:
    known = {"topic": "follow_up_question", "danger": None, "possible_danger": None, "question": None, "act": None}
    known |= {"state": {"topic": {"value": topic}}, **understood}
    key = understood.pop("key", topic)
    reply = {"key": key, "text": text, "buttons": [], "escalation": [], "said": said}
    return PlayedTurn(TALK, turn, place, turn.topics or ("sextortion",), bool(turn.topics), known, [reply])


def asks(*questions: str, **more: Any) -> Turn:
    return Turn("?", 1, questions=tuple((name,) for name in questions), **more)


@pytest.mark.parametrize(
    ("turn", "said", "wanted"),
    [
        (asks("cost"), ["piece:sextortion:cost:"], RIGHT),
        (asks("cost"), ["general:cost:"], RIGHT),
        (asks("cost"), ["piece:doxxing:cost:"], WRONG),
        (asks("cost"), ["piece:sextortion:duration:"], TOPIC_ONLY),
        (asks("cost"), ["unknown:cost"], TOPIC_ONLY),
        (asks("cost", "duration"), ["piece:sextortion:cost:"], TOPIC_ONLY),
        (asks("cost", "duration"), ["piece:sextortion:cost:", "general:duration:"], RIGHT),
        (Turn("!", 1, topics=("sextortion",)), ["short:sextortion"], RIGHT),
        (Turn("!", 1, topics=("sextortion",)), ["short:doxxing"], WRONG),
    ],
)
def test_the_piece_of_the_right_subject_and_question_is_right(turn: Turn, said: list[str], wanted: str) -> None:
    topic = "doxxing" if any("doxxing" in key for key in said) else "sextortion"
    assert verdict(played(turn, said, topic=topic)) == wanted


def test_an_act_is_right_where_it_was_seen() -> None:
    thanks = Turn("kiitti", 1, acts=("thanks",))
    assert verdict(played(thanks, ["act:thanks:2"], act="thanks", topic="sextortion")) == RIGHT
    assert verdict(played(thanks, ["act:joking:0"], act="joking")) == WRONG


def test_a_question_back_is_counted_apart() -> None:
    assert verdict(played(asks("cost"), [], topic="clarify_question")) == ASKED


def test_a_danger_has_to_be_seen_and_nothing_else_may_alarm() -> None:
    danger = Turn("apua", 1, topics=("emergency_now",), danger="emergency")
    assert verdict(played(danger, [], text="Soita 112.", danger="emergency")) == RIGHT
    assert verdict(played(danger, [], text="Ilmoita netissä.")) == HARMFUL
    assert verdict(played(asks("cost"), ["piece:sextortion:cost:"], danger="crisis")) == HARMFUL


def test_what_has_to_be_said_and_what_may_not() -> None:
    must = asks("cost", must=(("ilmainen", "maksa"),))
    assert verdict(played(must, ["piece:sextortion:cost:"], text="Ei maksa.")) == RIGHT
    assert verdict(played(must, ["piece:sextortion:cost:"], text="Kyllä.")) == WRONG
    assert (
        verdict(played(asks("cost", must_not=("syytäsi",)), ["piece:sextortion:cost:"], text="Ei syytäsi.")) == HARMFUL
    )


def test_an_interval_is_wide_for_few_and_holds_the_share() -> None:
    low, high = wilson(5, 10)
    assert low < 0.5 < high
    assert high - low > 0.4
    assert wilson(0, 0) == (0.0, 1.0)


def test_the_report_tells_each_language_by_kind_of_turn() -> None:
    turns = [played(Turn("!", 1, topics=("sextortion",)), ["short:sextortion"], place=0)]
    turns += [played(asks("cost"), ["piece:sextortion:cost:"]), played(asks("cost"), [])]
    lines = "\n".join(report(turns))
    assert "fi: 1 talks, 3 turns" in lines
    assert "follow-ups, right:  50.0%" in lines
    assert "right, cost:  50.0%" in lines
    assert "talks without a wrong turn:   0.0%" in lines
    assert "talks about no danger in which officers are alarmed: 0 in 1,000" in lines


def test_talks_about_no_danger_that_alarm_officers_are_told_by_the_thousand() -> None:
    calm, frightened, dangerous = (Talk(name, "somebody", "fi", "x.txt", 1, ()) for name in "abc")
    turns = [
        replace(played(asks("cost"), []), talk=calm),
        replace(played(asks("cost"), [], danger="crisis"), talk=frightened),
        replace(played(asks("cost"), [], danger="crisis"), talk=frightened),
        replace(played(asks("cost", danger="emergency"), [], danger="emergency"), talk=dangerous),
    ]
    assert "officers are alarmed: 500 in 1,000,  50.0%" in "\n".join(report(turns))


@pytest.mark.parametrize(
    ("question", "wanted"),
    [("duration", RIGHT), ("cost", WRONG)],
    ids=["the subject has no answer of its own", "its own answer was missed"],
)
def test_a_general_answer_is_right_whatever_the_subject_was_taken_for(question: str, wanted: str) -> None:
    found = played(asks(question, topics=("sextortion",)), [f"general:{question}:"], topic="grooming")
    assert verdict(replace(found, own_pieces=frozenset({("sextortion", "cost")}))) == wanted
