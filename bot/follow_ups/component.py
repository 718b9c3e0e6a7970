"""Station follow-ups, between classifier and danger: in a conversation, "why?" and "the second one" are no topics."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from answers.content import Content
from answers.library import Library, content_directory, privacy_url
from bot.classifier.calibration import ANSWERED_RIGHT
from bot.classifier.component import COMMAND_MARK, RANKING_LENGTH, in_conversation
from bot.classifier.model import TopicModel
from bot.classifier.storage import ModelRefused, read_model, write_model
from bot.classifier.training import NothingToLearn, trained_model
from bot.encoder import Encoder, encode_cached, load_encoder
from bot.encoder.shared import vector_of
from bot.follow_ups.acts import ABUSE, ANY_TIME, WRONG_GUESS
from bot.follow_ups.meant import meant
from bot.names import FOLLOW_UP, TALK_LABELS, UNSURE
from bot.turn import messages_backwards, ranking_of, topic_talked_of

logger = logging.getLogger(__name__)

# Everything that is no follow-up; a label of this classifier only.
NONE = "none"
# Greetings and mutterings are follow-ups themselves in the middle of a talk, so they teach nothing about what is none.
_TEACH_NOTHING = TALK_LABELS - {"out_of_scope", "bot_status"}


# For each example of an act so many of what is none; any more teach nothing new and cost training time.
_OTHERS = 4
# A follow-up has few words: both models are asked, whatever the first one says.
_ALWAYS = 1.1


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class FollowUpClassifier(GraphComponent):  # type: ignore[misc]
    """Changes the intent of a message that is about the last answer: to the topic it leads to, or to an act.

    Only in a conversation; without one (`/model/parse`) nothing is changed. Acts are examples of intents `follow_up_*`.
    """

    def __init__(
        self, config: dict[str, Any], storage: ModelStorage, resource: Resource, model: TopicModel | None = None
    ) -> None:
        self._config = config
        self._storage = storage
        self._resource = resource
        self._model = model
        self._encoder = self._usable_encoder(model)
        self._library: Library | None = None

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """`threshold`: the probability from which on an act is believed, where it is also likelier than the topic;
        `longest`: words of the longest follow-up; `embeddings`: use sentence vectors.
        """
        return {"embeddings": True, "threshold": 0.35, "longest": 16}

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> FollowUpClassifier:
        """An untrained one, which sees no follow-ups."""
        return cls(config, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> FollowUpClassifier:
        """As trained; where there was nothing to learn from, it sees no follow-ups."""
        try:
            with model_storage.read_from(resource) as folder:
                return cls(config, model_storage, resource, read_model(Path(folder)))
        except (ValueError, ModelRefused) as error:
            logger.warning("No follow-ups are understood: %s", error)
            return cls(config, model_storage, resource)

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str | None:
        """Training depends on the classifier's modules and on the encoder, which Rasa does not look at."""
        digest = hashlib.sha256()
        for path in sorted(Path(__file__).parents[1].glob("classifier/*.py")):
            digest.update(path.read_bytes())
        encoder = load_encoder() if config.get("embeddings", True) else None
        digest.update((encoder.identity if encoder else "none").encode())
        return digest.hexdigest()

    def train(self, training_data: TrainingData) -> Resource:
        """Learn the acts from their examples, and from the short examples of topics what is none of them."""
        texts, labels = self._lessons(
            (each.get("text"), each.get("intent")) for each in training_data.intent_examples if each.get("text")
        )
        encoder = load_encoder() if self._config["embeddings"] else None
        vectors = encode_cached(encoder, texts) if encoder is not None and texts else None
        try:
            model, _ = trained_model(texts, labels, vectors, encoder.identity if encoder else None, ANSWERED_RIGHT)
        except NothingToLearn as reason:
            logger.warning("No follow-ups are learned. %s", reason)
            return self._resource
        self._model, self._encoder = model, self._usable_encoder(model)
        with self._storage.write_to(self._resource) as folder:
            write_model(model, Path(folder))
        return self._resource

    def _lessons(self, examples: Iterable[tuple[str, str]]) -> tuple[list[str], list[str]]:
        acts, others = [], []
        for text, intent in examples:
            if intent.startswith(FOLLOW_UP):
                acts.append((text, intent))
            elif intent not in _TEACH_NOTHING and len(text.split()) <= self._config["longest"]:
                others.append((text, NONE))
        others.sort(key=lambda each: hashlib.blake2b(each[0].encode("utf-8")).digest())
        lessons = acts + others[: _OTHERS * len(acts)]
        return [text for text, _ in lessons], [label for _, label in lessons]

    def process(self, messages: list[Message], tracker: DialogueStateTracker | None = None) -> list[Message]:
        """Understand each message as what it says about the last answer, where it does."""
        if self._model is None or tracker is None or not in_conversation(tracker):
            return messages
        for message in messages:
            text = message.get("text") or ""
            if text.startswith(COMMAND_MARK) or len(text.split()) > self._config["longest"]:
                continue
            act, probability = self._act(message, text)
            if act is not None and (act in ANY_TIME or next(messages_backwards(tracker), None) is not None):
                self._set_meaning(message, act, probability, tracker)
        return messages

    def _act(self, message: Message, text: str) -> tuple[str | None, float]:
        assert self._model is not None
        encoder = self._encoder
        vector = None if encoder is None else lambda _: vector_of(message, encoder)
        act, probability = next(iter(self._model.guess(text, vector, _ALWAYS).probabilities.items()))
        if act == NONE or probability < self._config["threshold"]:
            return None, 0.0
        intent = message.get("intent") or {}
        is_matter = intent.get("name") not in TALK_LABELS | {UNSURE}
        if is_matter and float(intent.get("confidence", 0.0)) >= probability:
            return None, 0.0
        return act, probability

    def _usable_encoder(self, model: TopicModel | None) -> Encoder | None:
        encoder = load_encoder() if self._config["embeddings"] and model is not None and model.meaning else None
        return None if model is None or encoder is None or encoder.identity != model.encoder else encoder

    def _set_meaning(self, message: Message, act: str, probability: float, tracker: DialogueStateTracker) -> None:
        intent = act if act == ABUSE else meant(act, self._content, tracker)
        ranking = list(message.get("intent_ranking") or [])
        if intent == WRONG_GUESS:
            ranking = _other_guesses(tracker)
        first = {"name": intent, "confidence": probability}
        others = [each for each in ranking if each["name"] not in (intent, UNSURE)]
        message.set("intent", first, add_to_output=True)
        message.set("intent_ranking", [first, *others][:RANKING_LENGTH], add_to_output=True)

    @property
    def _content(self) -> Content:
        if self._library is None:
            # Refusals are told by the answer generator, which follows the same files.
            self._library = Library(content_directory(), privacy_url(), lambda problems: None)
        return self._library.content


def _other_guesses(tracker: DialogueStateTracker) -> list[dict[str, Any]]:
    """What the message before may have meant, without what was answered to it."""
    before = next(messages_backwards(tracker))
    answered = topic_talked_of(tracker)
    asked_back = (before.intent_name or UNSURE) == UNSURE
    guesses = [] if asked_back else [each for each in ranking_of(before) if each["topic"] != answered]
    return [{"name": each["topic"], "confidence": each["confidence"]} for each in guesses]
