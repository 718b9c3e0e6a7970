"""Checks of the danger station: two independent means, either is enough, and danger beats the topic."""

from typing import Any

import pytest
from rasa.shared.nlu.training_data.message import Message

from bot.danger import DangerDetector, judged

THRESHOLDS = {"emergency": 0.4, "crisis": 0.4}


def detected(
    text: str = "apua", *, patterns: tuple[str, ...] = (), topic: str = "about_bot", **probabilities: float
) -> Message:
    entities = [{"entity": "danger_pattern", "value": each, "start": 0, "end": 1} for each in patterns]
    data: dict[str, Any] = {
        "text": text,
        "entities": entities,
        "intent": {"name": topic, "confidence": 0.5},
        "intent_ranking": [{"name": topic, "confidence": 0.5}, {"name": "report_how", "confidence": 0.1}],
        "topic_probabilities": probabilities,
    }
    detector = DangerDetector({"emergency_threshold": 0.1, "crisis_threshold": 0.1, "topic_threshold": 0.4})
    (message,) = detector.process([Message(data)])
    return message


def danger(message: Message) -> list[str]:
    return [entity["value"] for entity in message.get("entities") if entity["entity"] == "danger"]


@pytest.mark.parametrize(
    ("patterns", "probabilities", "expected"),
    [
        ({"emergency"}, {}, "emergency"),
        (set(), {"emergency_now": 0.5}, "emergency"),
        (set(), {"suicidal_thoughts": 0.5}, "crisis"),
        ({"crisis"}, {"emergency_now": 0.9}, "emergency"),
        ({"crisis", "emergency"}, {}, "emergency"),
        (set(), {"emergency_now": 0.39, "suicidal_thoughts": 0.39}, None),
    ],
)
def test_either_means_is_enough_and_the_more_serious_wins(
    patterns: set[str], probabilities: dict[str, float], expected: str | None
) -> None:
    assert judged(patterns, probabilities, THRESHOLDS) == expected


def test_danger_beats_the_topic_and_leads_the_ranking() -> None:
    message = detected(patterns=("emergency",), topic="account_hacked")

    assert danger(message) == ["emergency"]
    assert message.get("intent")["name"] == "emergency_now"
    assert [each["name"] for each in message.get("intent_ranking")] == ["emergency_now", "account_hacked", "report_how"]


@pytest.mark.parametrize("topic", ["suicidal_thoughts", "missing_person", "threat_to_others", "violence_at_home"])
def test_topics_that_begin_with_112_themselves_stay(topic: str) -> None:
    message = detected(patterns=("emergency",), topic=topic)

    assert (danger(message), message.get("intent")["name"]) == (["emergency"], topic)


def test_an_act_of_suicide_that_is_going_on_is_an_emergency_about_suicide() -> None:
    message = detected(patterns=("emergency", "crisis"), topic="about_bot")

    assert (danger(message), message.get("intent")["name"]) == (["emergency"], "suicidal_thoughts")


def test_a_danger_is_never_left_as_unsure() -> None:
    message = detected(topic="nlu_fallback", suicidal_thoughts=0.45)

    assert message.get("intent")["name"] == "suicidal_thoughts"
    assert "nlu_fallback" not in [each["name"] for each in message.get("intent_ranking")]


def test_a_tapped_button_is_no_danger() -> None:
    message = detected("/emergency_now", patterns=("emergency",), topic="emergency_now")

    assert danger(message) == []


def test_the_entity_covers_the_message_because_rasa_wants_places() -> None:
    (entity,) = [each for each in detected(patterns=("crisis",)).get("entities") if each["entity"] == "danger"]

    assert (entity["start"], entity["end"]) == (0, 4)


def test_a_faint_suspicion_warns_and_leaves_the_topic() -> None:
    message = detected(topic="account_hacked", emergency_now=0.2)

    assert (danger(message), message.get("intent")["name"]) == (["emergency"], "account_hacked")
