"""Checks of the little language in which the danger rules are written, and of the files that use it."""

import pickle
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from screening.danger import matcher
from screening.danger.patterns import GAPS, elements_of, orders_of, words_of
from screening.danger.rules import CRISIS, EMERGENCY, GUARD, LANGUAGES, rule_book
from screening.danger.tokens import END, START, STOP, tokenize
from screening.danger.vocabulary import UNKNOWN, Vocabulary

BOOK = rule_book()
EMPTY_CHOICE = r"\|\||\|(\s|$)|\s\||\?\?"


def forms(text: str) -> list[str]:
    return [word.form for word in tokenize(text)]


@pytest.mark.parametrize(
    ("pattern", "rows"),
    [
        ("in danger", [["in", "danger"]]),
        ("not .. breathe", [["not", "..", "breathe"]]),
        ("a & b c", [["a", "...", "b", "c"], ["b", "c", "...", "a"]]),
        ("shots_fired", [["shots", "fired"]]),
        ("gun|air_rifle here", [["gun", "here"], ["air", "rifle", "here"]]),
    ],
)
def test_a_pattern_is_one_row_or_one_for_each_order_and_phrase(pattern: str, rows: list[list[str]]) -> None:
    assert orders_of(pattern) == rows


def test_a_group_is_the_words_of_words_yml() -> None:
    assert words_of("<door>|gate?", {"door": ["door", "lock*"]}) == ["door", "lock*", "gate"]


def test_gaps_and_signs_are_no_words() -> None:
    assert elements_of([[START, "help", "..", "me?", END]]) == {"help", "me"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Ei HENGITÄ!!", ["ei", "hengitä", STOP]),
        ("can't won’t", ["cant", "wont"]),
        ("apuuuuu", ["apuu"]),
        ("k1ll un4live s*icide", ["kill", "unalive", "sicide"]),
        ("112 nyt", ["112", "nyt"]),
        ("a, b; c\nd", ["a", "b", STOP, "c", STOP, "d"]),
    ],
)
def test_a_message_is_read_word_by_word(text: str, expected: list[str]) -> None:
    assert forms(text) == [START, *expected, END]


@given(st.text(max_size=80))
def test_every_word_stands_where_it_says(text: str) -> None:
    words = tokenize(text)[1:-1]

    assert all(0 <= word.start < word.end <= len(text) for word in words)
    assert [word.start for word in words] == sorted(word.start for word in words)


VOCABULARY = Vocabulary([("a", "hengittää"), ("b", "puuko*"), ("c", "strangled"), ("d", "apu"), ("e", "puukolla")])


@pytest.mark.parametrize(
    ("form", "name"),
    [
        ("hengittää", "hengittää"),
        ("hengittaa", "hengittaa"),
        ("puukon", "puuko*"),
        ("puukolla", "puukolla"),
        ("stranlged", "strangled"),
        ("strangeld", "strangled"),
        ("stranled", "strangled"),
        ("strangle", "strangled"),
        ("tangled", UNKNOWN),
        ("apuu", "apu"),
        ("mikko", UNKNOWN),
    ],
)
def test_a_word_is_known_by_its_spelling_its_stem_or_one_slip(form: str, name: str) -> None:
    assert VOCABULARY.name_of(form) == name


def test_a_name_stands_for_every_stem_that_it_begins_with() -> None:
    assert VOCABULARY.entries()["b"] == ["puuko*", "puukolla"]


def test_what_a_citizen_writes_is_not_kept() -> None:
    matcher.find_dangers("to compile the rules")
    before = pickle.dumps(matcher._matcher())
    matcher.find_dangers("Matti Meikäläinen asuu Kuvitteellisentiellä, joku hakkaa Mattia nyt")

    assert pickle.dumps(matcher._matcher()) == before


def test_every_section_of_emergencies_has_its_guards_and_every_guard_is_asked_for() -> None:
    sections = {rule.section for rule in BOOK.rules if rule.kind == EMERGENCY}
    guards = {rule.section for rule in BOOK.rules if rule.kind == GUARD}

    assert sections == set(matcher.SUPPRESSED_BY)
    assert guards == set().union(*matcher.SUPPRESSED_BY.values()) | {"now"}


def test_each_language_has_rules_of_every_kind() -> None:
    kinds = {(rule.language, rule.kind) for rule in BOOK.rules}

    assert {(language, kind) for language in LANGUAGES for kind in (EMERGENCY, CRISIS, GUARD)} <= kinds


def test_a_pattern_begins_and_ends_with_a_word_and_has_one() -> None:
    wrong = [
        f"{rule.name}: {rule.pattern}"
        for rule in BOOK.rules
        for row in rule.rows
        if row[0] in GAPS or row[-1] in GAPS or not elements_of([list(row)])
    ]

    assert not wrong


def test_no_choice_is_left_empty() -> None:
    assert not [f"{rule.name}: {rule.pattern}" for rule in BOOK.rules if re.search(EMPTY_CHOICE, rule.pattern)]
