"""Checks of the danger station: patterns and a classifier together, and danger beats the topic."""

from typing import Any

import pytest
from rasa.shared.nlu.training_data.message import Message

from bot.danger.component import DangerDetector
from bot.danger.head import danger_examples
from bot.danger.judge import Judgement, Thresholds, judged

THRESHOLDS = Thresholds(emergency=0.1, crisis=0.1, with_pattern=0.02, topic=0.5, unsure=0.2)


class Head:
    """Stands for the trained classifier: what it finds in every message."""

    meaning = None

    def __init__(self, emergency: float, crisis: float) -> None:
        self.probabilities = {"emergency": emergency, "crisis": crisis}

    def guess(self, *_: Any) -> "Head":
        return self


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
        "emergency_threshold": 0.1,
        "crisis_threshold": 0.1,
        "pattern_threshold": 0.02,
        "topic_threshold": 0.5,
        "unsure_threshold": 0.2,
    }
    detector = DangerDetector(config, model=Head(emergency, crisis))  # type: ignore[arg-type]
    (message,) = detector.process([Message(data)])
    return message


def danger(message: Message) -> list[str]:
    return [entity["value"] for entity in message.get("entities") if entity["entity"] == "danger"]


@pytest.mark.parametrize(
    ("patterns", "emergency", "crisis", "expected"),
    [
        (set(), 0.1, 0.0, ("emergency", False, False)),
        (set(), 0.0, 0.1, ("crisis", False, False)),
        (set(), 0.15, 0.1, ("emergency", False, True)),
        (set(), 0.05, 0.04, None),
        (set(), 0.1, 0.4, ("crisis", True, True)),
        (set(), 0.3, 0.4, ("emergency", True, True)),
        ({"emergency"}, 0.01, 0.01, ("emergency", False, False)),
        ({"crisis"}, 0.3, 0.3, ("crisis", True, True)),
        ({"crisis"}, 0.9, 0.05, ("emergency", True, True)),
        ({"crisis", "emergency"}, 0.0, 0.6, ("emergency", True, True)),
        ({"emergency"}, 0.005, 0.005, None),
    ],
)
def test_a_pattern_makes_a_fainter_suspicion_enough(
    patterns: set[str], emergency: float, crisis: float, expected: tuple[str, bool, bool] | None
) -> None:
    found = judged(patterns, {"emergency": emergency, "crisis": crisis}, THRESHOLDS)
    assert found == (Judgement(*expected) if expected else None)


@pytest.mark.parametrize(
    ("emergency", "crisis", "expected"),
    [(0.19, 0.0, None), (0.2, 0.0, "emergency"), (0.0, 0.07, None), (0.0, 0.08, "crisis"), (0.15, 0.07, None)],
)
def test_an_emergency_must_be_likelier_than_a_crisis(emergency: float, crisis: float, expected: str | None) -> None:
    thresholds = Thresholds(emergency=0.2, crisis=0.08, with_pattern=0.05, topic=0.5, unsure=0.2)
    found = judged(set(), {"emergency": emergency, "crisis": crisis}, thresholds)

    assert (found.danger if found else None) == expected


def test_without_a_classifier_a_pattern_is_enough() -> None:
    assert judged({"crisis"}, None, THRESHOLDS) == Judgement("crisis", is_sure=True, is_likely=True)
    assert judged(set(), None, THRESHOLDS) is None


def test_topics_whose_examples_are_dangers_as_often_as_not_teach_nothing() -> None:
    examples = [("a", "emergency_now"), ("b", "suicidal_thoughts"), ("c", "missing_person"), ("d", "about_bot")]
    assert danger_examples(examples) == (["a", "b", "d"], ["emergency", "crisis", "neither"])


def test_danger_beats_the_topic_and_leads_the_ranking() -> None:
    message = detected(patterns=("emergency",), topic="account_hacked", emergency=0.6)

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
    message = detected(topic="nlu_fallback", crisis=0.25)

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


def test_a_faint_suspicion_warns_and_leaves_the_topic() -> None:
    message = detected(topic="account_hacked", emergency=0.2)

    assert (danger(message), message.get("intent")["name"]) == (["emergency"], "account_hacked")
