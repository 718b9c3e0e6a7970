"""Station danger, last of the pipeline: says whether somebody is in danger, and then changes the answer.

A wrong alarm costs a citizen one line to read, a missed one may cost a life: where it is only possible, we ask.
"""

from __future__ import annotations

import hashlib
import logging
from pathlib import Path
from typing import Any, ClassVar

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.classifier.component import COMMAND_MARK, RANKING_LENGTH, TOPIC_PROBABILITIES
from bot.classifier.storage import ModelRefused
from bot.classifier.training import NotEnoughExamples
from bot.conversation.alarm import Look, begin, in_conversation, is_asked_plainly
from bot.conversation.interpretation import INTERPRETATION
from bot.conversation.state import State, state_of
from bot.danger.decision import (
    POSSIBLE,
    DangerDecision,
    Thresholds,
    by_patterns_alone,
    kind_of,
    tells_of_the_past,
)
from bot.danger.fusion import evidence, log_odds_of, read_fusion
from bot.danger.joined import before_of, evidence_in_talk, is_worth_a_look, joined
from bot.danger.labels import DANGER_LINE, LINE_IN_TALK, danger_examples
from bot.danger.model import DangerModel, trained_danger_model
from bot.encoder import Encoder, load_encoder, sentence_vector
from bot.language.component import LANGUAGE
from bot.names import CRISIS, EMERGENCY, EMERGENCY_TOPIC, SUICIDE, TALK_LABELS, UNSURE
from bot.patterns.component import DANGER_PATTERN

logger = logging.getLogger(__name__)

DANGER = "danger"
"""Name of the entity; its value is emergency or crisis."""
EVIDENCE = "danger_evidence"
EVIDENCE_IN_TALK = "danger_evidence_in_talk"
"""Names of what a message carries where evidence is kept."""
# These topics' answers begin with 112 themselves, and say more than 112 alone.
_TOPICS_THAT_STAY = {
    EMERGENCY: frozenset(
        {EMERGENCY_TOPIC, SUICIDE, "missing_person", "threat_to_others", "violence_at_home", "sexual_violence"}
    ),
    CRISIS: frozenset({SUICIDE, EMERGENCY_TOPIC}),
}
_TOPIC_OF = {EMERGENCY: EMERGENCY_TOPIC, CRISIS: SUICIDE}
_NO_MATTER = TALK_LABELS | {UNSURE}
# A matter told beside a danger has to be this likely to be what the next questions are about.
_MATTER = 0.2


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=True)
class DangerDetector(GraphComponent):  # type: ignore[misc]
    """Emits the entity `danger` and, where danger beats the topic, changes the intent.

    Config: `possible_threshold`, `urgent_threshold`, `topic_threshold`, `unsure_threshold`: see
    `bot.danger.decision.Thresholds`. A low probability asks the citizen, with 112 in the question, and leaves the
    answer what it was. A first message in which a pattern fires is asked about from `pattern_threshold` on: plain words
    of danger are never passed over, however sure the rest is.
    """

    def __init__(
        self,
        config: dict[str, Any],
        storage: ModelStorage | None = None,
        resource: Resource | None = None,
        model: DangerModel | None = None,
    ) -> None:
        """Without a trained model the patterns decide alone."""
        self._config = config
        self._storage = storage
        self._resource = resource
        self._thresholds = Thresholds(
            possible=float(config["possible_threshold"]),
            urgent=float(config["urgent_threshold"]),
            topic=float(config["topic_threshold"]),
            unsure=float(config["unsure_threshold"]),
        )
        self._pattern_threshold = float(config["pattern_threshold"])
        self._model = model
        self._fusion = read_fusion()
        self._encoder = self._usable_encoder()

    keeps_evidence: ClassVar[bool] = False
    """Whether messages carry what the decision came from: in evaluation only, since trackers store what they carry."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Low on purpose; see the module."""
        return {
            "embeddings": True,
            "possible_threshold": 0.25,
            "pattern_threshold": 0.005,
            "urgent_threshold": 0.6,
            "topic_threshold": 0.8,
            "unsure_threshold": 0.5,
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
        """As trained; patterns alone where no classifier is trained."""
        try:
            with model_storage.read_from(resource) as folder:
                return cls(config, model_storage, resource, DangerModel.read(Path(folder)))
        except (ValueError, ModelRefused) as error:
            logger.error("Danger is detected by patterns alone: %s", error)
            return cls(config, model_storage, resource)

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str | None:
        """Training depends on these modules, the classifier's and the encoder, which Rasa does not fingerprint."""
        digest = hashlib.sha256()
        here = Path(__file__).parent
        for path in [
            *sorted(here.parent.glob("classifier/*.py")),
            here / "joined.py",
            here / "labels.py",
            here / "model.py",
            here / "nearest.py",
        ]:
            digest.update(path.read_bytes())
        encoder = load_encoder() if config.get("embeddings", True) else None
        digest.update((encoder.identity if encoder else "none").encode())
        return digest.hexdigest()

    def train(self, training_data: TrainingData) -> Resource:
        """Train on the examples of all topics, and store the model."""
        assert self._storage is not None
        assert self._resource is not None
        pairs = [(each.get("text"), each.get("intent")) for each in training_data.intent_examples]
        pairs = [(text, topic) for text, topic in pairs if text and not text.startswith(COMMAND_MARK)]
        lines = [each.get(DANGER_LINE) for each in training_data.training_examples]
        told = [(line["text"], line["danger"]) for line in lines if line is not None]
        pairs_in_talk = [each.get(LINE_IN_TALK) for each in training_data.training_examples]
        told += [(joined(pair["before"], pair["text"]), pair["danger"]) for pair in pairs_in_talk if pair is not None]
        encoder = load_encoder() if self._config["embeddings"] else None
        try:
            self._model = trained_danger_model(danger_examples(pairs), told, encoder)
        except NotEnoughExamples as reason:
            logger.warning("Danger is detected by patterns alone. %s", reason)
            return self._resource
        self._encoder = self._usable_encoder()
        with self._storage.write_to(self._resource) as folder:
            self._model.write(Path(folder))
        return self._resource

    def process(self, messages: list[Message], tracker: DialogueStateTracker | None = None) -> list[Message]:
        """Decide on each message; a tapped button is no danger."""
        for message in messages:
            text = message.get("text") or ""
            if text.startswith(COMMAND_MARK):
                continue
            entities = message.get("entities") or []
            patterns = {entity["value"] for entity in entities if entity["entity"] == DANGER_PATTERN}
            # Internal to the two stations; and Rasa's stories cannot write an entity inside another.
            public = [entity for entity in entities if entity["entity"] != DANGER_PATTERN]
            message.set("entities", public, add_to_output=True)
            decision = self._decision(message, text, patterns, tracker)
            if decision is not None:
                _mark(message, decision, text, patterns)
        return messages

    def _decision(
        self, message: Message, text: str, patterns: set[str], tracker: DialogueStateTracker | None
    ) -> DangerDecision | None:
        probabilities = self._probabilities(message, text)
        if probabilities is None:
            return by_patterns_alone(patterns)
        everything, lines = probabilities
        found = evidence(
            everything, lines, message.get(TOPIC_PROBABILITIES) or {}, patterns, message.get(LANGUAGE) or ""
        )
        first, log_odds = self._log_odds(message, found)
        state = State() if tracker is None else state_of(tracker)
        look = self._look(message, text, patterns)
        decision = in_conversation(kind_of(patterns, everything), log_odds, message, self._thresholds, state, look)
        plainly = max(first, log_odds) >= log_odds_of(self._pattern_threshold)
        if decision is None and patterns and plainly and is_asked_plainly(message, state):
            return DangerDecision(kind_of(patterns, everything), is_sure=False, is_likely=False, is_urgent=False)
        return decision

    def _look(self, message: Message, text: str, patterns: set[str]) -> Look | None:
        """How the message is read together with the one before it, where that is known."""
        before, model, encoder = before_of(message), self._model, self._encoder
        if not before or model is None or encoder is None:
            return None

        def look(alone: float, talk: float) -> tuple[str, float] | None:
            if not is_worth_a_look(alone, talk) and not self.keeps_evidence:
                return None
            found, dangers = evidence_in_talk(model, encoder, joined(before, text), alone, talk)
            if self.keeps_evidence:
                message.set(EVIDENCE_IN_TALK, found, add_to_output=True)
            return kind_of(patterns, dangers), self._fusion.in_talk.log_odds(found)

        return look

    def _log_odds(self, message: Message, found: dict[str, float]) -> tuple[float, float]:
        """By what was found; and where that leaves a doubt, by the nearest lines, too."""
        log_odds = first = self._fusion.first.log_odds(found)
        is_in_doubt = self._fusion.is_in_doubt(first)
        nearest = None if self._model is None else self._model.nearest
        if nearest is not None and self._encoder is not None and (is_in_doubt or self.keeps_evidence):
            found = {**found, **nearest.evidence(sentence_vector(message, self._encoder))}
            log_odds = self._fusion.second.log_odds(found) if is_in_doubt else log_odds
        if self.keeps_evidence:
            message.set(EVIDENCE, found, add_to_output=True)
        return first, log_odds

    def _probabilities(self, message: Message, text: str) -> tuple[dict[str, float], dict[str, float]] | None:
        if self._model is None:
            return None
        encoder = self._encoder
        vector = None if encoder is None else lambda _: sentence_vector(message, encoder)
        return self._model.probabilities(text, vector)

    def _usable_encoder(self) -> Encoder | None:
        if self._model is None or self._model.encoder is None or not self._config.get("embeddings", True):
            return None
        encoder = load_encoder()
        return encoder if encoder is not None and encoder.identity == self._model.encoder else None


def _mark(message: Message, decision: DangerDecision, text: str, patterns: set[str]) -> None:
    danger = decision.danger
    entity = {"entity": DANGER, "value": danger, "start": 0, "end": len(text), "extractor": DangerDetector.__name__}
    name = (message.get("intent") or {}).get("name")
    decides = decision.is_sure or (decision.is_likely and name == UNSURE)
    if danger == EMERGENCY and name not in _NO_MATTER and tells_of_the_past(text):
        decides = False  # 112 stands first all the same; what was told is answered, not the page of what is going on
    is_urgent = decision.is_urgent or decides
    marked = entity if is_urgent else {**entity, "level": POSSIBLE}
    message.set("entities", [*(message.get("entities") or []), marked], add_to_output=True)
    if not is_urgent:
        return
    # An act of suicide that is going on is an emergency whose topic stays what it is.
    topic = SUICIDE if patterns >= {EMERGENCY, CRISIS} else _TOPIC_OF[danger]
    changes = decides and name not in _TOPICS_THAT_STAY[danger]
    if changes:
        _put_first(message, topic)
    if message.get(INTERPRETATION):
        subject = _matter_of(message, topic) if changes else None
        begin(message, subject, len(text), has_subject=bool(message.get(INTERPRETATION)["topic"]))


def _matter_of(message: Message, danger_topic: str) -> str:
    """What the talk is about once the danger is answered: the matter told beside it, else the danger itself."""
    topics = message.get(TOPIC_PROBABILITIES) or {}
    no_matter = {*TALK_LABELS, *_TOPIC_OF.values()}
    others = {name: share for name, share in topics.items() if name not in no_matter}
    likeliest = max(others, key=lambda name: others[name], default=danger_topic)
    return likeliest if others.get(likeliest, 0.0) >= _MATTER else danger_topic


def _put_first(message: Message, topic: str) -> None:
    probability = float((message.get(TOPIC_PROBABILITIES) or {}).get(topic, 0.0))
    first = {"name": topic, "confidence": probability}
    ranking = [each for each in message.get("intent_ranking") or [] if each["name"] not in (topic, UNSURE)]
    message.set("intent", first, add_to_output=True)
    message.set("intent_ranking", [first, *ranking][:RANKING_LENGTH], add_to_output=True)
