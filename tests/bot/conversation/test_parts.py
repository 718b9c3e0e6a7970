"""A message of several parts is read part by part."""

from collections.abc import Mapping

import pytest

from bot.conversation.interpretation import Interpretation
from bot.conversation.parts import PART_THRESHOLD, parts_of, with_parts

SAID: Mapping[str, Mapping[str, float]] = {
    "what does it cost": {"cost": 0.9, "tells": 0.1},
    "do my parents find out": {"parents_told": 0.8, "cost": 0.2},
    "my mum is crying": {"tells": 0.9, "parents_told": 0.1},
    "how long is it": {"duration": PART_THRESHOLD - 0.01, "tells": 0.41},
}


def found(*questions: str, act: str | None = None, is_new: bool = False) -> Interpretation:
    move = next(iter(questions), act or "subject")
    return Interpretation("sextortion", is_new=is_new, move=move, questions=questions, act=act)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("what does it cost and do my parents find out", ["what does it cost", "do my parents find out"]),
        ("mitä se maksaa? ja kauan menee", ["mitä se maksaa", "ja kauan menee"]),
        ("va e besöksförbud å va kostar de", ["va e besöksförbud", "va kostar de"]),
        ("what does it cost", []),
        ("and?", []),
        ("i went home, then out, then back, then there, then here again", []),
    ],
)
def test_parts_are_told_apart_by_marks_and_joining_words(text: str, parts: list[str]) -> None:
    assert parts_of(text) == parts


def test_each_part_asks_its_question() -> None:
    text = "what does it cost and do my parents find out"
    assert with_parts(found("cost"), text, SAID.__getitem__).questions == ("cost", "parents_told")
    assert with_parts(found(act="tells"), text, SAID.__getitem__).questions == ("cost", "parents_told")


def test_what_only_tells_or_is_not_sure_asks_nothing() -> None:
    text = "my mum is crying, how long is it"
    assert with_parts(found("duration"), text, SAID.__getitem__) == found("duration")


def test_a_question_beside_what_is_told_is_answered() -> None:
    after = with_parts(found(act="tells"), "my mum is crying, what does it cost", SAID.__getitem__)
    assert (after.questions, after.act) == (("cost",), None)


def test_a_new_subject_is_answered_first() -> None:
    text = "what does it cost and do my parents find out"
    assert with_parts(found(is_new=True), text, SAID.__getitem__) == found(is_new=True)
