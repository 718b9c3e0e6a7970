"""The component as Rasa runs it: trained, stored, loaded, in and outside a conversation."""

from pathlib import Path
from typing import Any

import pytest
from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.core.events import ActionExecuted
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.classifier.component import TopicClassifier
from bot.encoder import vector_cache
from tests.bot.built_encoder import built_encoder
from tests.bot.classifier.messages import TEST_MESSAGES, TEXTS, TOPICS

UNSURE_TEXT = "zzzz qqqq"


def examples() -> TrainingData:
    return TrainingData([Message({"text": text, "intent": topic}) for text, topic in zip(TEXTS, TOPICS, strict=True)])


class Workshop:
    """Trains and loads the component over one storage."""

    def __init__(self, folder: Path) -> None:
        self.storage = LocalModelStorage(folder)
        self.resource = Resource("classifier")
        self.context = ExecutionContext(GraphSchema({}), "a model")

    def config(self, **changes: Any) -> dict[str, Any]:
        return {**TopicClassifier.get_default_config(), **changes}

    def train(self, data: TrainingData, **changes: Any) -> TopicClassifier:
        component = TopicClassifier.create(self.config(**changes), self.storage, self.resource, self.context)
        component.train(data)
        return component

    def load(self, **changes: Any) -> TopicClassifier:
        return TopicClassifier.load(self.config(**changes), self.storage, self.resource, self.context)


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    made = Workshop(tmp_path_factory.mktemp("storage"))
    made.train(examples(), embeddings=False)
    return made


@pytest.fixture
def with_vectors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workshop:
    """A classifier trained with the real encoder; its vectors are kept in a folder of the test's own."""
    built_encoder()
    monkeypatch.setattr(vector_cache, "VECTORS_FOLDER", tmp_path / "vectors")
    made = Workshop(tmp_path)
    made.train(examples())
    return made


def asked(component: TopicClassifier, text: str, tracker: DialogueStateTracker | None = None) -> Message:
    (message,) = component.process([Message({"text": text})], tracker)
    return message


def conversation() -> DialogueStateTracker:
    return DialogueStateTracker.from_events("someone", [ActionExecuted("action_listen")])


@pytest.mark.parametrize(("text", "topic"), TEST_MESSAGES)
def test_a_loaded_classifier_names_the_topic(workshop: Workshop, text: str, topic: str) -> None:
    message = asked(workshop.load(embeddings=False), text)

    assert message.get("intent")["name"] == topic
    assert message.get("intent_ranking")[0] == message.get("intent")


def test_the_ranking_has_at_most_ten_topics_with_plain_numbers(workshop: Workshop) -> None:
    ranking = asked(workshop.load(embeddings=False), "mun tili").get("intent_ranking")

    assert len(ranking) == 5
    assert all(type(place["confidence"]) is float and type(place["name"]) is str for place in ranking)


def test_every_topics_probability_goes_to_the_next_station(workshop: Workshop) -> None:
    probabilities = asked(workshop.load(embeddings=False), "mun tili").get("topic_probabilities")

    assert set(probabilities) == set(TOPICS)
    assert sum(probabilities.values()) == pytest.approx(1, rel=1e-4)


def test_an_unsure_message_of_a_conversation_becomes_a_question(workshop: Workshop) -> None:
    message = asked(workshop.load(embeddings=False), UNSURE_TEXT, conversation())
    best = max(message.get("topic_probabilities").values())

    assert message.get("intent")["name"] == "nlu_fallback"
    assert message.get("intent")["confidence"] == pytest.approx(1 - best)
    assert message.get("intent_ranking")[1]["name"] in TOPICS


def test_a_sure_message_of_a_conversation_keeps_its_topic(workshop: Workshop) -> None:
    message = asked(workshop.load(embeddings=False, fallback_threshold=0.1), "moi", conversation())

    assert message.get("intent")["name"] == "greeting_thanks"


@pytest.mark.parametrize("tracker", [None, DialogueStateTracker.from_events("default", [])])
def test_outside_a_conversation_the_best_guess_stands(workshop: Workshop, tracker: DialogueStateTracker | None) -> None:
    message = asked(workshop.load(embeddings=False, fallback_threshold=0.99), UNSURE_TEXT, tracker)

    assert message.get("intent")["name"] in TOPICS


def test_the_threshold_can_be_set_by_hand(workshop: Workshop) -> None:
    text = TEST_MESSAGES[0][0]

    assert asked(workshop.load(embeddings=False, fallback_threshold=1.0), text, conversation()).get("intent")[
        "name"
    ] == ("nlu_fallback")
    assert asked(workshop.load(embeddings=False, fallback_threshold=0.0), text, conversation()).get("intent")[
        "name"
    ] == ("sextortion")


def test_a_command_is_left_to_rasa(workshop: Workshop) -> None:
    message = asked(workshop.load(embeddings=False), "/sextortion", conversation())

    assert message.get("intent") is None
    assert message.get("topic_probabilities") == {}


def test_a_message_without_words_gets_an_answer_too(workshop: Workshop) -> None:
    assert asked(workshop.load(embeddings=False), "", conversation()).get("intent")["name"] == "nlu_fallback"


def test_without_examples_the_classifier_says_so_and_knows_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    empty = Workshop(tmp_path)
    empty.train(TrainingData([]), embeddings=False)

    message = asked(empty.load(embeddings=False), "moi")

    assert "No topic classifier is trained" in caplog.text
    assert "knows no topics" in caplog.text
    assert message.get("topic_probabilities") == {}


def test_training_with_vectors_keeps_topics_right(with_vectors: Workshop) -> None:
    component = with_vectors.load(cascade_limit=1.1)

    right = [asked(component, text).get("intent")["name"] == topic for text, topic in TEST_MESSAGES]

    assert sum(right) >= len(right) - 1


def test_other_words_for_the_same_are_understood_only_with_vectors(with_vectors: Workshop) -> None:
    text = "minua uhkaillaan yksityisten valokuvien julkaisemisella"

    assert asked(with_vectors.load(cascade_limit=1.1), text).get("intent")["name"] == "sextortion"


def test_a_model_with_vectors_answers_by_words_when_the_encoder_is_gone(
    with_vectors: Workshop, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("NEUVO_EMBEDDINGS", "off")
    component = with_vectors.load()

    for text, topic in TEST_MESSAGES:
        assert asked(component, text).get("intent")["name"] == topic
    assert caplog.text.count("classifies by words alone") == 1


def test_the_switch_also_trains_without_vectors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEUVO_EMBEDDINGS", "off")
    plain = Workshop(tmp_path)

    component = plain.train(examples())

    assert component._model is not None
    assert component._model.semantic is None
    assert asked(plain.load(), TEST_MESSAGES[2][0]).get("intent")["name"] == TEST_MESSAGES[2][1]


def test_a_model_is_trained_anew_when_vectors_are_switched(monkeypatch: pytest.MonkeyPatch) -> None:
    default = TopicClassifier.get_default_config()
    monkeypatch.setenv("NEUVO_EMBEDDINGS", "off")
    switched_off = TopicClassifier.fingerprint_addon(default)
    monkeypatch.delenv("NEUVO_EMBEDDINGS")
    built_encoder()

    assert TopicClassifier.fingerprint_addon(default) != switched_off
    assert TopicClassifier.fingerprint_addon({**default, "embeddings": False}) == switched_off
