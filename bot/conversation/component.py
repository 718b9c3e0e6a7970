"""Station conversation, before danger's last word: understands a message in its conversation and keeps its state."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.arrays import FloatArray
from bot.classifier.component import COMMAND_MARK, RANKING_LENGTH, TOPIC_PROBABILITIES, in_conversation
from bot.conversation.corrections import corrected
from bot.conversation.dataset import (
    EVERY,
    Instance,
    danger_instances,
    instances_of,
    is_for_small,
    is_phrase,
    lines_in_talks,
    loose_instances,
    new_subjects,
    number_of,
    turns_from_json,
)
from bot.conversation.deeds import with_deeds
from bot.conversation.denials import asked_part
from bot.conversation.everyday import with_belonging, with_everyday
from bot.conversation.intents import MOVE_OF, intent_of
from bot.conversation.interpretation import INTERPRETATION, Interpretation, asking_share, interpret
from bot.conversation.model import ConversationModel
from bot.conversation.parts import with_parts
from bot.conversation.resolve import resolved
from bot.conversation.risks import with_risks
from bot.conversation.state import entities_of, state_of
from bot.conversation.storage import ModelRefused, read_model, write_model
from bot.conversation.subject import (
    GENERAL_SUBJECTS,
    NO_SUBJECT,
    SURE_SUBJECT,
    later_weight,
    likely_after,
    likely_of_subject,
    subjects_in,
)
from bot.conversation.terms import with_terms
from bot.conversation.told import named, told_by_form
from bot.conversation.training import NotEnoughTalks, Single, trained_model
from bot.danger.labels import DANGER_LINE, LINE_IN_TALK, NEITHER, danger_of
from bot.encoder import Encoder, encode_cached, load_encoder, sentence_vector
from bot.language.component import LANGUAGE
from bot.names import FOLLOW_UP, TALK_LABELS, UNSURE
from bot.patterns.component import DANGER_PATTERN

logger = logging.getLogger(__name__)

TALK = "talk"
"""Name of what a training message carries instead of an intent: the turns of one written talk."""
FROM_TALK = "from_talk"
"""In the metadata of an example that is a turn of a talk: the small models must not have seen it."""

# Of the examples that the small models do not learn from as many are learned as new subjects in the middle of a talk.
_NEW_SUBJECT_EVERY = 10
# Of a message without any known word nothing is believed that is less likely.
_CERTAIN_WITHOUT_WORDS = 0.6


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class ConversationClassifier(GraphComponent):  # type: ignore[misc]
    """Sets `conversation` of each message of a conversation, changes its intent, and adds the entities of its state.

    Without a conversation (`/model/parse`) nothing is changed. Learns from written talks (messages with `talk`).
    """

    def __init__(
        self, config: dict[str, Any], storage: ModelStorage, resource: Resource, model: ConversationModel | None = None
    ) -> None:
        """Without a trained model the topic classifier alone decides."""
        self._config = config
        self._storage = storage
        self._resource = resource
        self._model = model
        self._encoder = self._usable_encoder(model)

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """`embeddings`: use sentence vectors; `topic_threshold`: the probability from which on a topic is answered."""
        return {"embeddings": True, "topic_threshold": 0.25}

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> ConversationClassifier:
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
    ) -> ConversationClassifier:
        """As trained; an untrained one where there were no talks."""
        try:
            with model_storage.read_from(resource) as folder:
                return cls(config, model_storage, resource, read_model(Path(folder)))
        except (ValueError, ModelRefused) as error:
            logger.warning("No conversations are understood: %s", error)
            return cls(config, model_storage, resource)

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str | None:
        """Training depends on these modules, the patterns and the encoder, which Rasa does not look at."""
        digest = hashlib.sha256()
        here, patterns = Path(__file__).parent, Path(__file__).parents[2] / "screening" / "danger"
        words = (here.parent / "classifier" / name for name in ("features.py", "lexical.py"))
        for path in sorted([*here.glob("*.py"), *words, *patterns.glob("*.py"), *patterns.glob("*/*.yml")]):
            digest.update(path.read_bytes())
        encoder = load_encoder() if config.get("embeddings", True) else None
        digest.update((encoder.identity if encoder else "none").encode())
        return digest.hexdigest()

    def train(self, training_data: TrainingData) -> Resource:
        """Learn from the written talks, and store the model."""
        instances = instances_from(training_data)
        encoder = load_encoder() if self._config["embeddings"] else None
        vectors, single = None, None
        if encoder is not None and instances:
            vectors = encode_cached(encoder, [each.text for each in instances])
            single = _single_messages(training_data, encoder)
        try:
            model = trained_model(instances, vectors, single, encoder.identity if encoder else None)
        except NotEnoughTalks as reason:
            logger.warning("No conversations are learned. %s", reason)
            return self._resource
        self._model, self._encoder = model, self._usable_encoder(model)
        with self._storage.write_to(self._resource) as folder:
            write_model(model, Path(folder))
        return self._resource

    def process(self, messages: list[Message], tracker: DialogueStateTracker | None = None) -> list[Message]:
        """Understand each message; a command (leading slash) is left to whoever wrote it."""
        if self._model is None or tracker is None or not in_conversation(tracker):
            return messages
        for message in messages:
            text = message.get("text") or ""
            if not text.startswith(COMMAND_MARK):
                self._understand(message, text, tracker)
        return messages

    def _understand(self, message: Message, text: str, tracker: DialogueStateTracker) -> None:
        assert self._model is not None
        given = (message.get("metadata") or {}).get("state") or {}
        state = state_of(tracker, given)
        entities = message.get("entities") or []
        patterns = frozenset(each["value"] for each in entities if each["entity"] == DANGER_PATTERN)
        context = state.context
        language = message.get(LANGUAGE) or "fi"
        asked = asked_part(text)
        heads, _ = self._model.read(asked, language, self._vector(message, asked), context, patterns)
        by_form = [*told_by_form(text, context.asked, context.role, in_talk=context.turns > 0), *named(entities)]
        ranking = subjects_in(message.get(TOPIC_PROBABILITIES) or {})
        threshold = float(self._config["topic_threshold"])
        weight = later_weight(state.likely, asking_share(heads["move"]))
        likely: Mapping[str, float] = likely_after(state.likely, ranking, is_first=False, weight=weight)
        found = interpret(heads, context, ranking, threshold, by_form, text, likely)
        if found.certainty < _CERTAIN_WITHOUT_WORDS and not found.told and not self._model.heads.knows_words_of(text):
            found = replace(found, questions=(), act=None, guesses=())

        def moves(part: str) -> Mapping[str, float]:
            assert self._model is not None
            return self._model.read(part, language, self._vector(message, part), context, patterns)[0]["move"]

        found = with_risks(with_deeds(with_parts(found, asked, moves), text, state), text)
        found = with_belonging(with_terms(with_everyday(found, text, state), text), text)
        found, offered = resolved(corrected(found, text, state), state.last, text)
        found = replace(found, told=state.believed(found.told))
        after = state.after(found.topic, found.move, next(iter(found.questions), None), found.told, None)
        if found.is_new:
            likely = likely_of_subject(found.topic, ranking, likely)
        after = replace(after, likely=likely)
        told = entities_of(after, tracker, len(text))
        message.set("entities", [*entities, *told], add_to_output=True)
        message.set(INTERPRETATION, found.as_json(), add_to_output=True)
        if not _is_about_conversation(message, found):
            _set_intent(message, found, offered)

    def _vector(self, message: Message, part: str) -> FloatArray | None:
        """Of the whole message it is kept for the stations after."""
        if self._encoder is None:
            return None
        is_whole = part == message.get("text")
        return sentence_vector(message, self._encoder) if is_whole else self._encoder.encode_layers([part])[0]

    def _usable_encoder(self, model: ConversationModel | None) -> Encoder | None:
        if model is None or model.encoder is None or not self._config["embeddings"]:
            return None
        encoder = load_encoder()
        if encoder is None or encoder.identity != model.encoder:
            logger.warning("The sentence vectors of the conversation model cannot be had: it goes by words alone.")
            return None
        return encoder


def _is_about_conversation(message: Message, found: Interpretation) -> bool:
    """Whether the topic classifier's label stays: a greeting, an unclear message, or how fresh the answers are."""
    intent = message.get("intent") or {}
    if intent.get("name") not in NO_SUBJECT:
        return False
    is_sure = float(intent.get("confidence", 0.0)) >= SURE_SUBJECT
    return found.is_unsure or (found.is_first and not found.is_new and (is_sure or not found.questions))


def instances_from(training_data: TrainingData) -> list[Instance]:
    """The turns of all written talks in their contexts."""
    found: list[Instance] = []
    phrases: list[tuple[str, str, str]] = []
    for example in training_data.training_examples:
        talk = example.get(TALK)
        if talk is None:
            continue
        turns = turns_from_json(talk["turns"])
        if is_phrase(turns):
            phrases.append((turns[0].text, talk["language"], turns[0].questions[0][0]))
        else:
            found += instances_of(talk["name"], talk["language"], turns)
    if found:
        loose = phrases + [
            (each.get("text"), each.get("metadata")["intent"]["language"], MOVE_OF[each.get("intent")])
            for each in training_data.intent_examples
            if each.get("intent") in MOVE_OF and not each.get("text").startswith(COMMAND_MARK)
        ]
        contexts = [each.context for each in found]
        found += loose_instances(loose, contexts)
        found += new_subjects(_other_subjects(training_data), contexts)
        lines = [each.get(DANGER_LINE) for each in training_data.training_examples if each.get(DANGER_LINE)]
        others = [(each["text"], each["language"], each["danger"]) for each in lines if not is_for_small(each["text"])]
        found += danger_instances(others, contexts)
        found += lines_in_talks(filter(None, (each.get(LINE_IN_TALK) for each in training_data.training_examples)))
    return found


def _other_subjects(training_data: TrainingData) -> list[tuple[str, str, str]]:
    """Examples (text, language, topic) of particular subjects that the small models do not learn from."""
    return [
        (each.get("text"), each.get("metadata")["intent"]["language"], each.get("intent"))
        for each in _by_themselves(training_data.intent_examples)
        if not is_for_small(each.get("text"))
        and number_of(each.get("text")) // EVERY % _NEW_SUBJECT_EVERY == 0
        and not each.get("intent").startswith(FOLLOW_UP)
        and not each.get("text").startswith(COMMAND_MARK)
        and each.get("intent") not in GENERAL_SUBJECTS | TALK_LABELS
    ]


def _single_messages(training_data: TrainingData, encoder: Encoder) -> Single:
    """Examples of topics that are no turns of a talk."""
    pairs = [
        (each.get("text"), each.get("intent"))
        for each in _by_themselves(training_data.intent_examples)
        if not each.get("intent").startswith(FOLLOW_UP)
    ]
    if len(pairs) >= EVERY * 1000:
        pairs = [pair for pair in pairs if is_for_small(pair[0])]
    found = (each.get(DANGER_LINE) for each in training_data.training_examples)
    lines = [each for each in found if each and is_for_small(each["text"])]
    topics: list[str | None] = [topic for _, topic in pairs]
    dangers = [danger_of(topic) for _, topic in pairs] + [each["danger"] or NEITHER for each in lines]
    vectors = encode_cached(encoder, [text for text, _ in pairs] + [each["text"] for each in lines])
    return Single([*topics, *[None for _ in lines]], dangers, vectors)


def _by_themselves(examples: Iterable[Message]) -> list[Message]:
    of_intent = ((each, (each.get("metadata") or {}).get("intent") or {}) for each in examples)
    return [each for each, given in of_intent if each.get("text") and not given.get(FROM_TALK)]


def _set_intent(message: Message, found: Interpretation, offered: str | None) -> None:
    name = offered or intent_of(found)
    first = {"name": name, "confidence": found.certainty if name != UNSURE else 1.0 - found.certainty}
    others = [each for each in message.get("intent_ranking") or [] if each["name"] not in (name, UNSURE)]
    message.set("intent", first, add_to_output=True)
    message.set("intent_ranking", [first, *others][:RANKING_LENGTH], add_to_output=True)
