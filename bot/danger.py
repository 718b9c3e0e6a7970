"""Station danger, last of the pipeline: patterns and classifier together say whether somebody is in danger.

Two independent means, either is enough: a wrong alarm costs a citizen one line to read, a missed one may cost a life.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.training_data.message import Message

from bot.classifier.component import COMMAND_MARK, RANKING_LENGTH, TOPIC_PROBABILITIES
from bot.names import CRISIS, EMERGENCY, SUICIDE, UNSURE
from bot.patterns.component import DANGER_PATTERN

DANGER = "danger"
"""Name of the entity; its value is emergency or crisis."""
EMERGENCY_TOPIC = "emergency_now"
# These topics' answers begin with 112 themselves, and say more to the one who asks than 112 alone.
_TOPICS_THAT_STAY = {
    EMERGENCY: frozenset(
        {EMERGENCY_TOPIC, SUICIDE, "missing_person", "threat_to_others", "violence_at_home", "sexual_violence"}
    ),
    CRISIS: frozenset({SUICIDE, EMERGENCY_TOPIC}),
}
_TOPIC_OF = {EMERGENCY: EMERGENCY_TOPIC, CRISIS: SUICIDE}


def judged(patterns: set[str], probabilities: Mapping[str, float], thresholds: Mapping[str, float]) -> str | None:
    """The danger of a message, the more serious of two: emergency, crisis or none."""
    for danger in (EMERGENCY, CRISIS):
        if danger in patterns or probabilities.get(_TOPIC_OF[danger], 0.0) >= thresholds[danger]:
            return danger
    return None


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class DangerDetector(GraphComponent):  # type: ignore[misc]
    """Emits the entity `danger` and, where danger beats the topic, changes the intent.

    Config: `emergency_threshold` and `crisis_threshold`, the classifier's probability from which its word is enough for
    an alarm, and `topic_threshold`, from which it also decides the topic: a faint suspicion puts 112 before the answer
    and leaves the answer what it was. A pattern always decides both.
    """

    def __init__(self, config: Mapping[str, Any]) -> None:
        self._thresholds = {
            EMERGENCY: float(config["emergency_threshold"]),
            CRISIS: float(config["crisis_threshold"]),
        }
        self._topic_threshold = float(config["topic_threshold"])

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Low on purpose; see the module."""
        return {"emergency_threshold": 0.07, "crisis_threshold": 0.05, "topic_threshold": 0.35}

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> DangerDetector:
        """Nothing is learnt."""
        return cls(config)

    def process(self, messages: list[Message], tracker: DialogueStateTracker | None = None) -> list[Message]:
        """Judge each message; a tapped button is no danger."""
        for message in messages:
            text = message.get("text") or ""
            if text.startswith(COMMAND_MARK):
                continue
            entities = message.get("entities") or []
            seen = {entity["value"] for entity in entities if entity["entity"] == DANGER_PATTERN}
            # Inner matter between two stations; and Rasa's stories cannot write an entity inside another.
            told = [entity for entity in entities if entity["entity"] != DANGER_PATTERN]
            message.set("entities", told, add_to_output=True)
            danger = judged(seen, message.get(TOPIC_PROBABILITIES) or {}, self._thresholds)
            if danger is not None:
                self._mark(message, danger, text, seen)
        return messages

    def _mark(self, message: Message, danger: str, text: str, seen: set[str]) -> None:
        entity = {"entity": DANGER, "value": danger, "start": 0, "end": len(text), "extractor": type(self).__name__}
        message.set("entities", [*(message.get("entities") or []), entity], add_to_output=True)
        # An act of suicide that is going on is an emergency whose topic stays what it is.
        topic = SUICIDE if seen >= {EMERGENCY, CRISIS} else _TOPIC_OF[danger]
        name = (message.get("intent") or {}).get("name")
        probability = (message.get(TOPIC_PROBABILITIES) or {}).get(topic, 0.0)
        sure = danger in seen or probability >= self._topic_threshold or name == UNSURE
        if sure and name not in _TOPICS_THAT_STAY[danger]:
            _put_first(message, topic)


def _put_first(message: Message, topic: str) -> None:
    probability = float((message.get(TOPIC_PROBABILITIES) or {}).get(topic, 0.0))
    first = {"name": topic, "confidence": probability}
    ranking = [each for each in message.get("intent_ranking") or [] if each["name"] not in (topic, UNSURE)]
    message.set("intent", first, add_to_output=True)
    message.set("intent_ranking", [first, *ranking][:RANKING_LENGTH], add_to_output=True)
