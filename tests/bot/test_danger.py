"""Checks of the danger station: patterns and a classifier together, and danger beats the topic."""

from typing import Any

import pytest
from rasa.shared.nlu.training_data.message import Message

from bot.danger.component import DangerDetector
from bot.danger.decision import (
    DangerDecision,
    Thresholds,
    by_patterns_alone,
    decide_danger,
    kind_of,
    tells_of_the_past,
)
from bot.danger.fusion import Fusion, Weights, evidence, read_fusion
from bot.danger.labels import danger_examples

THRESHOLDS = Thresholds(possible=0.2, urgent=0.6, topic=0.8, unsure=0.5)


class FixedModel:
    """Stands for the trained classifier: what it finds in every message."""

    encoder = None
    nearest = None

    def __init__(self, emergency: float, crisis: float) -> None:
        self._found = {"emergency": emergency, "crisis": crisis}

    def probabilities(self, *_: Any) -> tuple[dict[str, float], dict[str, float]]:
        return self._found, {}


def detected(
    text: str = "apua",
    *,
    patterns: tuple[str, ...] = (),
    topic: str = "about_bot",
    emergency: float = 0.0,
    crisis: float = 0.0,
) -> Message:
    entities = [{"entity": "danger_pattern", "value": each, "start": 0, "end": 1} for each in patterns]
    data: dict[str, Any] = {
        "text": text,
        "entities": entities,
        "intent": {"name": topic, "confidence": 0.5},
        "intent_ranking": [{"name": topic, "confidence": 0.5}, {"name": "report_how", "confidence": 0.1}],
        "topic_probabilities": {},
    }
    config = {
        "possible_threshold": 0.2,
        "pattern_threshold": 0.01,
        "urgent_threshold": 0.6,
        "topic_threshold": 0.8,
        "unsure_threshold": 0.5,
    }
    detector = DangerDetector(config, model=FixedModel(emergency, crisis))  # type: ignore[arg-type]
    # Only what the classifier finds counts here; how much the rest does is fitted anew from time to time.
    alone = Weights({name: float(name == "danger") for name in evidence({}, {}, {}, ())}, 0.0)
    detector._fusion = Fusion(alone, alone, alone)
    (message,) = detector.process([Message(data)])
    return message


def danger(message: Message) -> list[str]:
    return [entity["value"] for entity in message.get("entities") if entity["entity"] == "danger"]


@pytest.mark.parametrize(
    ("probability", "expected"),
    [
        (0.19, None),
        (0.2, (False, False, False)),
        (0.5, (False, True, False)),
        (0.6, (False, True, True)),
        (0.8, (True, True, True)),
    ],
)
def test_each_consequence_has_its_threshold(probability: float, expected: tuple[bool, bool, bool] | None) -> None:
    found = decide_danger("crisis", probability, THRESHOLDS)
    assert found == (DangerDecision("crisis", *expected) if expected else None)


@pytest.mark.parametrize(
    ("patterns", "emergency", "crisis", "expected"),
    [
        (set(), 0.1, 0.3, "emergency"),
        (set(), 0.1, 0.4, "crisis"),
        ({"crisis"}, 0.3, 0.3, "crisis"),
        ({"crisis"}, 0.9, 0.05, "emergency"),
        ({"crisis", "emergency"}, 0.0, 0.6, "emergency"),
        ({"emergency"}, 0.0, 0.9, "emergency"),
    ],
)
def test_between_the_two_112_is_the_better_mistake(
    patterns: set[str], emergency: float, crisis: float, expected: str
) -> None:
    assert kind_of(patterns, {"emergency": emergency, "crisis": crisis}) == expected


def test_patterns_and_topics_move_the_odds_as_they_should() -> None:
    def odds(topics: dict[str, float], *patterns: str) -> float:
        return read_fusion().first.log_odds(
            evidence({"emergency": 0.2, "crisis": 0.1}, {"emergency": 0.1}, topics, patterns)
        )

    nothing = {"about_bot": 0.3, "report_how": 0.3}
    assert odds(nothing, "emergency") > odds(nothing)
    assert odds(nothing, "crisis") > odds(nothing)
    assert odds({"parcel_sms": 0.95}) < odds(nothing), "a message that is surely about a parcel is hardly an emergency"
    assert odds({"suicidal_thoughts": 0.9}) > odds(nothing)


def test_without_a_classifier_a_pattern_is_enough() -> None:
    assert by_patterns_alone({"crisis"}) == DangerDecision("crisis", is_sure=True, is_likely=True)
    assert by_patterns_alone(set()) is None


def test_topics_whose_examples_are_dangers_as_often_as_not_teach_nothing() -> None:
    examples = [("a", "emergency_now"), ("b", "suicidal_thoughts"), ("c", "missing_person"), ("d", "about_bot")]
    assert danger_examples(examples) == (["a", "b", "d"], ["emergency", "crisis", "neither"])


def test_danger_beats_the_topic_and_leads_the_ranking() -> None:
    message = detected(patterns=("emergency",), topic="account_hacked", emergency=0.85)

    assert danger(message) == ["emergency"]
    assert message.get("intent")["name"] == "emergency_now"
    assert [each["name"] for each in message.get("intent_ranking")] == ["emergency_now", "account_hacked", "report_how"]


@pytest.mark.parametrize("topic", ["suicidal_thoughts", "missing_person", "threat_to_others", "violence_at_home"])
def test_topics_that_begin_with_112_themselves_stay(topic: str) -> None:
    message = detected(patterns=("emergency",), topic=topic, emergency=0.9)

    assert (danger(message), message.get("intent")["name"]) == (["emergency"], topic)


def test_an_act_of_suicide_that_is_going_on_is_an_emergency_about_suicide() -> None:
    message = detected(patterns=("emergency", "crisis"), topic="about_bot", emergency=0.5, crisis=0.4)

    assert (danger(message), message.get("intent")["name"]) == (["emergency"], "suicidal_thoughts")


def test_a_likely_danger_is_never_left_as_unsure() -> None:
    message = detected(topic="nlu_fallback", crisis=0.55)

    assert message.get("intent")["name"] == "suicidal_thoughts"
    assert "nlu_fallback" not in [each["name"] for each in message.get("intent_ranking")]


def test_a_tapped_button_is_no_danger() -> None:
    message = detected("/emergency_now", patterns=("emergency",), topic="emergency_now", emergency=1.0)

    assert danger(message) == []


def test_the_entity_covers_the_message_because_rasa_wants_places() -> None:
    (entity,) = [
        each for each in detected(patterns=("crisis",), crisis=0.5).get("entities") if each["entity"] == "danger"
    ]

    assert (entity["start"], entity["end"]) == (0, 4)


def test_a_faint_suspicion_is_only_possible_and_leaves_the_topic() -> None:
    message = detected(topic="account_hacked", emergency=0.25)
    (entity,) = [each for each in message.get("entities") if each["entity"] == "danger"]

    assert (entity["value"], entity["level"], message.get("intent")["name"]) == (
        "emergency",
        "possible",
        "account_hacked",
    )


def test_a_clear_danger_has_no_level_and_alarms() -> None:
    (entity,) = [each for each in detected(emergency=0.65).get("entities") if each["entity"] == "danger"]

    assert "level" not in entity


@pytest.mark.parametrize(
    "text", ["isä löi mua eilen", "ja blev rånad igår", "för två veckor sen", "they mugged me last week"]
)
def test_what_is_over_keeps_its_subject_and_112_stands_first_all_the_same(text: str) -> None:
    assert tells_of_the_past(text)
    found = detected(text, topic="assault_or_robbery", emergency=0.95)
    assert danger(found) == ["emergency"]
    assert found.get("intent")["name"] == "assault_or_robbery"
    assert detected(text, topic="nlu_fallback", emergency=0.95).get("intent")["name"] == "emergency_now"


@pytest.mark.parametrize(
    "text", ["löi mua eilen ja on nyt oven takana", "han slår igen", "help he is here since yesterday"]
)
def test_what_goes_on_is_an_emergency_whatever_day_it_names(text: str) -> None:
    assert not tells_of_the_past(text)
    assert detected(text, topic="assault_or_robbery", emergency=0.95).get("intent")["name"] == "emergency_now"


def test_a_day_that_is_over_calms_nobody_about_whoever_wants_to_die() -> None:
    assert detected("yritin eilen", topic="need_to_talk", crisis=0.95).get("intent")["name"] == "suicidal_thoughts"
