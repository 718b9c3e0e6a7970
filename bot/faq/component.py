"""Station particular questions: which question of the subject's own list a message asks, after its subject is known."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.conversation.component import TALK
from bot.conversation.dataset import turns_from_json
from bot.conversation.interpretation import INTERPRETATION
from bot.encoder import Encoder, encode_cached, load_encoder, sentence_vector
from bot.faq.model import Asked, FaqExample, FaqModel, FaqRefused, read_model, trained_model, write_model

logger = logging.getLogger(__name__)

FAQ = "faq"
"""Name of what a training message carries instead of an intent, a wording of a particular question; and of what a
message gets: the likeliest question of its subject, with its probability."""


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class FaqClassifier(GraphComponent):  # type: ignore[misc]
    """Sets `faq` of each message of a talk whose subject has particular questions. Changes nothing else."""

    def __init__(
        self, config: dict[str, Any], storage: ModelStorage, resource: Resource, model: FaqModel | None = None
    ) -> None:
        """Without a trained model no message gets any."""
        self._config = config
        self._storage = storage
        self._resource = resource
        self._model = model
        self._encoder = self._usable_encoder(model)

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """`embeddings`: use sentence vectors; without them nothing is learned."""
        return {"embeddings": True}

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> FaqClassifier:
        """An untrained one."""
        return cls(config, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> FaqClassifier:
        """As trained; an untrained one where there were no questions."""
        try:
            with model_storage.read_from(resource) as folder:
                return cls(config, model_storage, resource, read_model(Path(folder)))
        except (ValueError, FaqRefused) as error:
            logger.warning("No particular questions are understood: %s", error)
            return cls(config, model_storage, resource)

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str | None:
        """Training depends on these modules and the encoder, which Rasa does not look at."""
        digest = hashlib.sha256()
        here = Path(__file__).parent
        used = (
            here.parent / name
            for name in ("conversation/heads.py", "conversation/regression.py", "classifier/lexical.py")
        )
        for path in [*sorted(here.glob("*.py")), *used]:
            digest.update(path.read_bytes())
        encoder = load_encoder() if config.get("embeddings", True) else None
        digest.update((encoder.identity if encoder else "none").encode())
        return digest.hexdigest()

    def train(self, training_data: TrainingData) -> Resource:
        """Learn from the wordings, and from what is written in talks that asks something else."""
        encoder = load_encoder() if self._config["embeddings"] else None
        examples = examples_from(training_data)
        if encoder is None or not examples:
            return self._resource
        self._model = trained_model(
            examples, encode_cached(encoder, [each.text for each in examples]), encoder.identity
        )
        self._encoder = self._usable_encoder(self._model)
        with self._storage.write_to(self._resource) as folder:
            write_model(self._model, Path(folder))
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        """Look for the question of each message whose subject is known."""
        if self._model is None or self._encoder is None:
            return messages
        for message in messages:
            topic = (message.get(INTERPRETATION) or {}).get("topic")
            if topic is None or topic not in self._model.topics:
                continue
            asked = self._model.likeliest(topic, sentence_vector(message, self._encoder))
            if asked is not None:
                message.set(FAQ, asdict(asked), add_to_output=True)
        return messages

    def _usable_encoder(self, model: FaqModel | None) -> Encoder | None:
        if model is None or not self._config["embeddings"]:
            return None
        encoder = load_encoder()
        if encoder is None or encoder.identity != model.encoder:
            logger.warning("The sentence vectors of the particular questions cannot be had: none is understood.")
            return None
        return encoder


def asked_of(stored: Mapping[str, Any] | None) -> Asked | None:
    """What a message got as `faq`."""
    return None if stored is None else Asked(**stored)


def examples_from(training_data: TrainingData) -> list[FaqExample]:
    """All wordings of particular questions, and the turns of talks about the topics that have some, as none of them."""
    found, talks = [], []
    for example in training_data.training_examples:
        if (asked := example.get(FAQ)) is not None:
            found.append(FaqExample(asked["topic"], asked["name"], asked["text"]))
        elif (talk := example.get(TALK)) is not None:
            talks.append(turns_from_json(talk["turns"]))
    topics = {each.topic for each in found}
    known = {(each.topic, each.text.casefold()) for each in found}
    for turns in talks:
        topic: str | None = None
        for turn in turns:
            topic = next(iter(turn.topics), topic)
            if topic in topics and (topic, turn.text.casefold()) not in known:
                found.append(FaqExample(topic, None, turn.text))
    return found
