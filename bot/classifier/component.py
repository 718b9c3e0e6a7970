"""Station classifier, fourth of the pipeline: names the topic of a message, or says that it is unsure."""

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

from bot.classifier.calibration import TARGET_PRECISION
from bot.classifier.model import Guess, TopicModel, VectorFunction
from bot.classifier.storage import ModelRefused, read_model, write_model
from bot.classifier.training import NotEnoughExamples, Report, trained_model
from bot.classifier.two_topics import parts_of_message, two_topics
from bot.conversation.denials import asked_part
from bot.encoder import Encoder, encode_cached, load_encoder, sentence_vector
from bot.names import FOLLOW_UP, SECOND_TOPIC, UNSURE

logger = logging.getLogger(__name__)

TOPIC_PROBABILITIES = "topic_probabilities"
RANKING_LENGTH = 10
COMMAND_MARK = "/"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class TopicClassifier(GraphComponent):  # type: ignore[misc]
    """Sets `intent`, `intent_ranking` and `topic_probabilities` of each message.

    In a conversation a message under the threshold becomes `nlu_fallback`, with the likely topics behind it in the
    ranking. Without one (`/model/parse`) the best guess stands.
    """

    def __init__(
        self, config: dict[str, Any], storage: ModelStorage, resource: Resource, model: TopicModel | None = None
    ) -> None:
        """With a trained model it answers; without one every message has no topic."""
        self._config = config
        self._storage = storage
        self._resource = resource
        self._model = model
        self._encoder = self._usable_encoder(model)

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """`embeddings`: use sentence vectors. `cascade_limit`: use them only where the lexical model's best probability
        is under it (over 1: always). `fallback_threshold`: a probability, or `auto`: chosen in training so that the
        precision of the answered messages is `target_precision`.
        """
        return {
            "embeddings": True,
            "cascade_limit": 0.95,
            "fallback_threshold": "auto",
            "target_precision": TARGET_PRECISION,
        }

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> TopicClassifier:
        """An untrained classifier."""
        return cls(config, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> TopicClassifier:
        """The classifier as trained; one that knows no topic where no model is trained."""
        try:
            with model_storage.read_from(resource) as folder:
                return cls(config, model_storage, resource, read_model(Path(folder)))
        except (ValueError, ModelRefused) as error:
            logger.error("The bot knows no topics: %s", error)
            return cls(config, model_storage, resource)

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str | None:
        """Training depends on the modules beside this file and on the encoder, which Rasa does not fingerprint."""
        digest = hashlib.sha256()
        for path in sorted(Path(__file__).parent.glob("*.py")):
            digest.update(path.read_bytes())
        encoder = load_encoder() if config.get("embeddings", True) else None
        digest.update((encoder.identity if encoder else "none").encode())
        return digest.hexdigest()

    def train(self, training_data: TrainingData) -> Resource:
        """Train on all examples that have a topic, and store the model."""
        pairs = [
            (example.get("text"), example.get("intent"))
            for example in training_data.intent_examples
            if example.get("text") and not example.get("intent").startswith(FOLLOW_UP)
        ]
        texts, topics = [text for text, _ in pairs], [topic for _, topic in pairs]
        encoder = self._configured_encoder()
        vectors = encode_cached(encoder, texts) if encoder is not None and texts else None
        identity = encoder.identity if encoder is not None else None
        try:
            self._model, report = trained_model(texts, topics, vectors, identity, self._config["target_precision"])
        except NotEnoughExamples as reason:
            logger.warning("No topic classifier is trained. %s", reason)
            return self._resource
        self._encoder = self._usable_encoder(self._model)
        with self._storage.write_to(self._resource) as folder:
            write_model(self._model, Path(folder))
        logger.info("%s", described(self._model, report))
        return self._resource

    def process(self, messages: list[Message], tracker: DialogueStateTracker | None = None) -> list[Message]:
        """Set the topic of each message. A command (leading slash) is left to Rasa, which names its intent itself."""
        conversing = in_conversation(tracker)
        for message in messages:
            text = message.get("text") or ""
            if self._model is None or text.startswith(COMMAND_MARK):
                message.set(TOPIC_PROBABILITIES, {})
                continue
            asked = asked_part(text) if conversing else text
            guess = self._guess(asked, message if asked == text else None)
            self._set_topic(message, guess, conversing)
            if conversing:
                self._set_second_topic(message, guess, asked)
        return messages

    def _guess(self, text: str, message: Message | None = None) -> Guess:
        """The topics of a text; with its message, the vector is cached there for the stations that follow."""
        assert self._model is not None
        encoder, vector = self._encoder, None
        if encoder is not None:
            vector = _fresh_vector(encoder) if message is None else lambda _: sentence_vector(message, encoder)
        return self._model.guess(text, vector, float(self._config["cascade_limit"]))

    def _set_second_topic(self, message: Message, whole: Guess, text: str) -> None:
        parts = parts_of_message(text)
        found = two_topics(whole, parts, self._guess) if parts else None
        if found is None or message.get("intent")["name"] == UNSURE:
            return
        first, second = found
        ranking = message.get("intent_ranking")
        top = [_named(first, whole.probabilities[first]), _named(second, whole.probabilities[second])]
        others = [each for each in ranking if each["name"] not in found]
        message.set("intent", top[0], add_to_output=True)
        message.set("intent_ranking", [*top, *others][:RANKING_LENGTH], add_to_output=True)
        entity = {
            "entity": SECOND_TOPIC,
            "value": second,
            "start": 0,
            "end": len(text),
            "extractor": type(self).__name__,
        }
        message.set("entities", [*(message.get("entities") or []), entity], add_to_output=True)

    def _set_topic(self, message: Message, guess: Guess, conversing: bool) -> None:
        ranking = list(guess.probabilities.items())[:RANKING_LENGTH]
        topic, probability = ranking[0]
        configured = self._config["fallback_threshold"]
        threshold = guess.threshold if configured == "auto" else float(configured)
        if conversing and probability < threshold:
            topic, probability = UNSURE, 1.0 - probability
            ranking = [(topic, probability), *ranking][:RANKING_LENGTH]
        message.set("intent", _named(topic, probability), add_to_output=True)
        message.set("intent_ranking", [_named(*entry) for entry in ranking], add_to_output=True)
        message.set(TOPIC_PROBABILITIES, guess.probabilities)

    def _configured_encoder(self) -> Encoder | None:
        return load_encoder() if self._config["embeddings"] else None

    def _usable_encoder(self, model: TopicModel | None) -> Encoder | None:
        """The encoder of the model's vectors; None, with one warning, where the model needs one that is not there."""
        if model is None or model.semantic is None or not self._config["embeddings"]:
            return None
        encoder = self._configured_encoder()
        if encoder is None or encoder.identity != model.encoder:
            logger.warning(
                "The sentence encoder that the model was trained with is not available: it classifies by words alone."
            )
            return None
        return encoder


def _fresh_vector(encoder: Encoder) -> VectorFunction:
    return lambda text: encoder.encode_layers([text])[0]


def _named(topic: str, probability: float) -> dict[str, str | float]:
    return {"name": topic, "confidence": probability}


def in_conversation(tracker: DialogueStateTracker | None) -> bool:
    """Whether a message belongs to a conversation. `/model/parse` brings a tracker too, but one without any event."""
    return tracker is not None and len(tracker.events) > 0


def described(model: TopicModel, report: Report) -> str:
    """The training in two sentences, for the log."""
    counts = f"Topic classifier: {report.examples} examples of {report.topics} topics."
    if not report.curve:
        return f"{counts} They are too few to hold any out."
    threshold = model.threshold_together if model.semantic is not None else model.threshold_alone
    point = next((each for each in report.curve if each.threshold >= threshold), report.curve[-1])
    together = "" if report.accuracy is None else f", {report.accuracy:.1%} with sentence vectors"
    return (
        f"{counts} Accuracy on {report.held_out} held-out examples: {report.lexical_accuracy:.1%} by words alone"
        f"{together}; "
        f"asking back under {threshold:.2f} answers {point.coverage:.1%}, of which {point.precision:.1%} are right."
    )
