"""Station danger, last of the pipeline: says whether somebody is in danger, and then changes the answer.

A wrong alarm costs a citizen one line to read, a missed one may cost a life: the thresholds are low on purpose.
"""

from __future__ import annotations

import hashlib
import logging
from pathlib import Path
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.classifier.calibration import ANSWERED_RIGHT
from bot.classifier.component import COMMAND_MARK, RANKING_LENGTH, TOPIC_PROBABILITIES
from bot.classifier.model import TopicModel
from bot.classifier.storage import ModelRefused, read_model, write_model
from bot.classifier.training import NothingToLearn, trained_model
from bot.danger.head import EMERGENCY_TOPIC, danger_examples
from bot.danger.judge import Judgement, Thresholds, judged
from bot.encoder import Encoder, encode_cached, load_encoder
from bot.encoder.shared import vector_of
from bot.names import CRISIS, EMERGENCY, SUICIDE, UNSURE
from bot.patterns.component import DANGER_PATTERN

logger = logging.getLogger(__name__)

DANGER = "danger"
"""Name of the entity; its value is emergency or crisis."""
# These topics' answers begin with 112 themselves, and say more to the one who asks than 112 alone.
_TOPICS_THAT_STAY = {
    EMERGENCY: frozenset(
        {EMERGENCY_TOPIC, SUICIDE, "missing_person", "threat_to_others", "violence_at_home", "sexual_violence"}
    ),
    CRISIS: frozenset({SUICIDE, EMERGENCY_TOPIC}),
}
_TOPIC_OF = {EMERGENCY: EMERGENCY_TOPIC, CRISIS: SUICIDE}
# Both of its models are always asked: here a saved millisecond is worth nothing.
_ALWAYS = 1.1


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=True)
class DangerDetector(GraphComponent):  # type: ignore[misc]
    """Emits the entity `danger` and, where danger beats the topic, changes the intent.

    Config: `emergency_threshold`, `crisis_threshold`, `pattern_threshold`, `topic_threshold`, `unsure_threshold`: see
    `bot.danger.judge.Thresholds`. A faint suspicion puts 112 before the answer and leaves the answer what it was.
    """

    def __init__(
        self,
        config: dict[str, Any],
        storage: ModelStorage | None = None,
        resource: Resource | None = None,
        model: TopicModel | None = None,
    ) -> None:
        """Without a trained model the patterns decide alone."""
        self._config = config
        self._storage = storage
        self._resource = resource
        self._thresholds = Thresholds(
            emergency=float(config["emergency_threshold"]),
            crisis=float(config["crisis_threshold"]),
            with_pattern=float(config["pattern_threshold"]),
            topic=float(config["topic_threshold"]),
            unsure=float(config["unsure_threshold"]),
        )
        self._model = model
        self._encoder = self._usable_encoder()

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Low on purpose; see the module."""
        return {
            "embeddings": True,
            "emergency_threshold": 0.15,
            "crisis_threshold": 0.08,
            "pattern_threshold": 0.03,
            "topic_threshold": 0.5,
            "unsure_threshold": 0.2,
        }

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> DangerDetector:
        """An untrained one: patterns alone."""
        return cls(config, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> DangerDetector:
        """As trained; patterns alone where nothing could be trained."""
        try:
            with model_storage.read_from(resource) as folder:
                return cls(config, model_storage, resource, read_model(Path(folder)))
        except (ValueError, ModelRefused) as error:
            logger.error("Danger is seen by patterns alone: %s", error)
            return cls(config, model_storage, resource)

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str | None:
        """Training depends on these modules, the classifier's and the encoder, which Rasa does not look at."""
        digest = hashlib.sha256()
        here = Path(__file__).parent
        for path in [*sorted(here.parent.glob("classifier/*.py")), here / "head.py"]:
            digest.update(path.read_bytes())
        encoder = load_encoder() if config.get("embeddings", True) else None
        digest.update((encoder.identity if encoder else "none").encode())
        return digest.hexdigest()

    def train(self, training_data: TrainingData) -> Resource:
        """Learn danger from the examples of all topics, and store the model."""
        assert self._storage is not None
        assert self._resource is not None
        pairs = [(each.get("text"), each.get("intent")) for each in training_data.intent_examples if each.get("text")]
        texts, labels = danger_examples(pairs)
        encoder = load_encoder() if self._config["embeddings"] else None
        vectors = encode_cached(encoder, texts) if encoder is not None and texts else None
        try:
            identity = encoder.identity if encoder else None
            # A topic more or less must not decide whether a danger is seen.
            self._model, _ = trained_model(texts, labels, vectors, identity, ANSWERED_RIGHT, steady=True)
        except NothingToLearn as reason:
            logger.warning("Danger is seen by patterns alone. %s", reason)
            return self._resource
        self._encoder = self._usable_encoder()
        with self._storage.write_to(self._resource) as folder:
            write_model(self._model, Path(folder))
        return self._resource

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
            judgement = judged(seen, self._probabilities(message, text), self._thresholds)
            if judgement is not None:
                _mark(message, judgement, text, seen)
        return messages

    def _probabilities(self, message: Message, text: str) -> dict[str, float] | None:
        if self._model is None:
            return None
        encoder = self._encoder
        vector = None if encoder is None else lambda _: vector_of(message, encoder)
        return self._model.guess(text, vector, _ALWAYS).probabilities

    def _usable_encoder(self) -> Encoder | None:
        if self._model is None or self._model.meaning is None or not self._config.get("embeddings", True):
            return None
        encoder = load_encoder()
        return encoder if encoder is not None and encoder.identity == self._model.encoder else None


def _mark(message: Message, judgement: Judgement, text: str, seen: set[str]) -> None:
    danger = judgement.danger
    entity = {"entity": DANGER, "value": danger, "start": 0, "end": len(text), "extractor": DangerDetector.__name__}
    message.set("entities", [*(message.get("entities") or []), entity], add_to_output=True)
    # An act of suicide that is going on is an emergency whose topic stays what it is.
    topic = SUICIDE if seen >= {EMERGENCY, CRISIS} else _TOPIC_OF[danger]
    name = (message.get("intent") or {}).get("name")
    decides = judgement.is_sure or (judgement.is_likely and name == UNSURE)
    if decides and name not in _TOPICS_THAT_STAY[danger]:
        _put_first(message, topic)


def _put_first(message: Message, topic: str) -> None:
    probability = float((message.get(TOPIC_PROBABILITIES) or {}).get(topic, 0.0))
    first = {"name": topic, "confidence": probability}
    ranking = [each for each in message.get("intent_ranking") or [] if each["name"] not in (topic, UNSURE)]
    message.set("intent", first, add_to_output=True)
    message.set("intent_ranking", [first, *ranking][:RANKING_LENGTH], add_to_output=True)
