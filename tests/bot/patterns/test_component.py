"""Checks of the pattern station: the entities that it leaves on a message for the stations behind it."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rasa.shared.nlu.training_data.message import Message

from bot.patterns.component import PatternExtractor


def entities(text: str, **data: Any) -> list[dict[str, Any]]:
    (message,) = PatternExtractor().process([Message({"text": text, **data})])
    return list(message.get("entities"))


def told(text: str) -> list[tuple[str, str]]:
    return [(entity["entity"], entity["value"]) for entity in entities(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("mun snäpissä on joku", [("platform", "Snapchat")]),
        ("annoin 200e nordean tunnuksilla", [("sum", "200 EUR"), ("bank", "Nordea")]),
        ("hetu on 131052-308T", [("personal_code", "personal_code")]),
        ("kiitos", []),
    ],
)
def test_what_is_known_by_its_form_becomes_an_entity(text: str, expected: list[tuple[str, str]]) -> None:
    assert told(text) == expected


def test_a_danger_seen_many_times_is_told_once_for_each_kind() -> None:
    text = "apua se lyö mua, tulkaa heti, se lyö mua nyt! haluan kuolla, tapan itseni"

    assert sorted(value for name, value in told(text) if name == "danger_pattern") == ["crisis", "emergency"]


def test_a_danger_has_no_other_name_because_the_danger_station_decides() -> None:
    assert {entity["entity"] for entity in entities("mummo ei hengitä")} == {"danger_pattern"}


def test_the_bank_in_a_link_is_the_fraudsters_word() -> None:
    assert told("avasin nordea-kirjaudu.com") == [("link", "nordea-kirjaudu.com")]


def test_entities_of_earlier_stations_stay() -> None:
    language = {"entity": "language", "value": "fi", "start": 0, "end": 4}

    assert entities("moi!", entities=[language]) == [language]


def test_every_entity_has_places_and_an_extractor_because_rasa_wants_them() -> None:
    for entity in entities("apua joku seuraa mua 50e snäpissä"):
        assert 0 <= entity["start"] < entity["end"] <= 33
        assert entity["extractor"] == "PatternExtractor"


@given(st.text(alphabet=st.one_of(st.characters(), st.sampled_from("\ud800 snapOP:€5e@./")), max_size=60))
def test_no_message_stops_the_station(text: str) -> None:
    for entity in entities(text):
        assert 0 <= entity["start"] < entity["end"] <= len(text)
