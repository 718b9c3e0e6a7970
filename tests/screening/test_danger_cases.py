"""Checks of the danger patterns alone, before any classifier: what they see, and what they leave alone.

The floors are measured on danger_cases.yml, whose sentences were written before the patterns were tried on them and
whose misses have since been mended: so they guard what was won and say little about sentences yet unseen. What an
unseen sentence may expect is lower; at first sight the patterns caught of the third and last round (20 emergencies, 15
crises per language) 13, 12 and 18 emergencies and 6, 10 and 10 crises (fi, sv, en), with 0, 0 and 2 false alarms of 15.
The classifier is the second means, and evaluation/ measures both together.
"""

from pathlib import Path

import pytest
import yaml

from screening.danger.matcher import find_dangers

CASES: dict[str, dict[str, list[str]]] = yaml.load(
    Path(__file__).with_name("danger_cases.yml").read_text(encoding="utf-8"),
    Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader),
)
LANGUAGES = ("fi", "sv", "en")
LEAST_RECALL = 0.98
MOST_FALSE_ALARMS = 0.02
DOTLESS = str.maketrans("åäöÅÄÖ", "aaoAAO")


def kinds(text: str) -> set[str]:
    return {danger.kind for danger in find_dangers(text)}


def as_typed(text: str, way: str) -> str:
    return {"as written": text, "without dots": text.translate(DOTLESS), "in capitals": text.upper()}[way]


@pytest.mark.parametrize("language", LANGUAGES)
def test_there_are_enough_cases_to_say_something(language: str) -> None:
    cases = CASES[language]

    assert len(cases["emergency"]) + len(cases["crisis"]) >= 80
    assert len(cases["harmless"]) >= 80
    assert all(len(set(sentences)) == len(sentences) for sentences in cases.values())


@pytest.mark.parametrize("way", ["as written", "without dots", "in capitals"])
@pytest.mark.parametrize("danger", ["emergency", "crisis"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_dangers_are_seen_however_they_are_typed(language: str, danger: str, way: str) -> None:
    sentences = CASES[language][danger]
    missed = [sentence for sentence in sentences if danger not in kinds(as_typed(sentence, way))]

    assert len(missed) <= (1 - LEAST_RECALL) * len(sentences), missed


@pytest.mark.parametrize("way", ["as written", "without dots", "in capitals"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_what_only_looks_like_danger_raises_no_alarm(language: str, way: str) -> None:
    sentences = CASES[language]["harmless"]
    alarms = [sentence for sentence in sentences if kinds(as_typed(sentence, way))]

    assert len(alarms) <= MOST_FALSE_ALARMS * len(sentences), alarms


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # An act of suicide that is going on is both.
        ("otin kourallisen unilääkkeitä, haluan kuolla, apua en pysty hengittämään", {"emergency", "crisis"}),
        ("min kompis vill dö och har tagit för många tabletter", {"emergency", "crisis"}),
        # Two languages in one message, and one language's rules in another's talk.
        ("help joku murtautuu meille", {"emergency"}),
        ("apua nån försöker bryta sig in", {"emergency"}),
        ("mun kaveri sano i want to die", {"crisis"}),
        # How people type in haste.
        ("APUAAA se tulee", {"emergency"}),
        ("heeelp hes coming", {"emergency"}),
        ("my friend isnt breahting", {"emergency"}),
        ("i want to k1ll myself", {"crisis"}),
        ("tänker på sj*lvmord", {"crisis"}),
        ("🆘", {"emergency"}),
        ("112", {"emergency"}),
        # A guard silences another time, a game, hearsay; the present lifts it.
        ("mua puukotettiin viime kesänä", set()),
        ("mua puukotettiin just nyt", {"emergency"}),
        ("luin uutisista tulipalosta", set()),
        ("isä lyö aina kun se on kännissä", set()),
        ("isä lyö mua just nyt", {"emergency"}),
        ("what should you do if someone breaks in", set()),
        ("he shot me in valorant", set()),
        ("ei oo mitään hätää, joku vaan huutaa", set()),
        # Nothing but a saying silences the wish to die.
        ("tää koe tappaa mut", set()),
        ("oon pelannu fortnitee ja haluun kuolla", {"crisis"}),
        ("viime vuonna yritin itsemurhaa", {"crisis"}),
    ],
)
def test_a_sentence_says_what_it_says(text: str, expected: set[str]) -> None:
    assert kinds(text) == expected


def test_the_place_of_a_danger_is_told_in_the_message_as_it_was_typed() -> None:
    text = "😭😭 hei, mummo ei hengitä!!"
    (danger,) = [found for found in find_dangers(text) if text[found.start : found.end] == "ei hengitä"][:1]

    assert danger.kind == "emergency"
    assert danger.rule.startswith("fi/emergency/always/")


@pytest.mark.parametrize("text", ["", " ", "?", "😀", "12", "asdfgh " * 600])
def test_a_message_without_words_of_danger_is_quiet(text: str) -> None:
    assert find_dangers(text) == []
