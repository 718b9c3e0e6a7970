"""Station language, first of the pipeline: writes the language of a message as an entity and on the message."""

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

from bot.language import model
from bot.language.identification import Conversation, Identified, identify
from bot.language.lexicon import LANGUAGES
from bot.language.model import LanguageModel

LANGUAGE = "language"
"""Name of the entity, of the slot and of what the message carries to the later stations: fi, sv or en."""
LANGUAGE_CONFIDENCE = "language_confidence"
OTHER_LANGUAGE = "other_language"
"""Name of the entity that holds the ISO 639-1 code of a fourth language."""

# With fewer the model would overfit to a few sentences; the word lists and eldc are better.
_MIN_EXAMPLES = 200

logger = logging.getLogger(__name__)


def labelled_language(message: Message) -> str | None:
    """The language that a training example's file names in its metadata, else None."""
    metadata = message.get("metadata") or {}
    language = (metadata.get("intent") or {}).get("language")
    return language if language in LANGUAGES else None


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=True)
class LanguageIdentifier(GraphComponent):  # type: ignore[misc]
    """Finds the language of each message; in a conversation it keeps to the conversation's."""

    def __init__(self, storage: ModelStorage, resource: Resource, trained: LanguageModel | None = None) -> None:
        """Without a trained model the word lists and eldc decide."""
        self._storage = storage
        self._resource = resource
        self._model = trained

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> LanguageIdentifier:
        """An untrained identifier; it works."""
        return cls(model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> LanguageIdentifier:
        """The identifier as trained; the untrained one where there were too few examples."""
        try:
            with model_storage.read_from(resource) as directory:
                return cls(model_storage, resource, LanguageModel.load(Path(directory)))
        except (ValueError, OSError) as error:
            logger.warning("No trained language model (%s): the word lists and eldc decide alone.", error)
            return cls(model_storage, resource)

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str | None:
        """Training depends on the modules and word lists beside this file, which Rasa does not fingerprint."""
        files = [Path(__file__).with_name(name) for name in ("model.py", "lexicon.py", "detector.py", "lexicon.yml")]
        return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()

    def train(self, training_data: TrainingData) -> Resource:
        """Trains on the examples whose metadata name their language."""
        labelled = [
            (example.get("text"), language)
            for example in training_data.intent_examples
            if example.get("text") and (language := labelled_language(example))
        ]
        if len(labelled) < _MIN_EXAMPLES or {language for _, language in labelled} != set(LANGUAGES):
            logger.warning("Too few examples with a language (%d): no language model is trained.", len(labelled))
            return self._resource
        self._model = model.train([text for text, _ in labelled], [language for _, language in labelled])
        with self._storage.write_to(self._resource) as directory:
            self._model.save(Path(directory))
        return self._resource

    def process(self, messages: list[Message], tracker: DialogueStateTracker | None = None) -> list[Message]:
        """Adds the entity `language` (and `other_language`) and sets the message's language."""
        conversation = conversation_of(tracker)
        for message in messages:
            text = message.get("text") or ""
            identified = identify(text, conversation, self._model)
            message.set(LANGUAGE, identified.language)
            message.set(LANGUAGE_CONFIDENCE, identified.confidence)
            message.set("entities", message.get("entities", []) + entities_of(identified, len(text)))
        return messages


def conversation_of(tracker: DialogueStateTracker | None) -> Conversation | None:
    """What the tracker knows of the language; None for a new conversation or none at all."""
    if tracker is None or tracker.get_slot(LANGUAGE) not in LANGUAGES:
        return None
    language = tracker.get_slot(LANGUAGE)
    entities = tracker.latest_message.entities if tracker.latest_message else []
    for entity in entities:
        if entity.get("entity") == LANGUAGE and entity.get("value") == language:
            return Conversation(language, float(entity.get("confidence_entity", 1.0)))
    return Conversation(language)


def entities_of(identified: Identified, length: int) -> list[dict[str, Any]]:
    """The entities of a message of the given length; both span it whole."""
    span = {"start": 0, "end": length, "extractor": LanguageIdentifier.__name__}
    entities = [{"entity": LANGUAGE, "value": identified.language, "confidence_entity": identified.confidence, **span}]
    if identified.other is not None:
        entities.append({"entity": OTHER_LANGUAGE, "value": identified.other, **span})
    return entities
