"""Checks of the language station as Rasa runs it: training, loading, and the entity that fills the slot."""

import shutil
from pathlib import Path
from typing import Any

import pytest
from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import SlotSet, UserUttered
from rasa.shared.core.slots import TextSlot
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.language import component
from bot.language.component import LanguageIdentifier, labelled_language
from tests.bot.language.test_model import MESSAGES

CONTEXT = ExecutionContext(GraphSchema({}), "neuvo")
RESOURCE = Resource("language")


def identifier(directory: Path, *, trained_on: int) -> LanguageIdentifier:
    storage = LocalModelStorage.create(directory)
    examples = [
        Message({"text": text, "intent": "report_how", "metadata": {"intent": {"language": language}}})
        for language, texts in MESSAGES.items()
        for text in texts
    ]
    component = LanguageIdentifier.create({}, storage, RESOURCE, CONTEXT)
    component.train(TrainingData(examples * trained_on))
    return LanguageIdentifier.load({}, storage, RESOURCE, CONTEXT)


def tracker(language: str | None, confidence: float | None = None) -> DialogueStateTracker:
    mappings: list[dict[str, Any]] = [{"type": "from_entity", "entity": "language"}]
    tracker = DialogueStateTracker("talk", [TextSlot("language", mappings, influence_conversation=False)])
    if confidence is not None:
        entity = {"entity": "language", "value": language, "start": 0, "end": 2, "confidence_entity": confidence}
        tracker.update(UserUttered("hi", {"name": "greeting_thanks"}, [entity]), Domain.empty())
    if language is not None:
        tracker.update(SlotSet("language", language), Domain.empty())
    return tracker


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> LanguageIdentifier:
    return identifier(tmp_path_factory.mktemp("trained"), trained_on=20)


def found(component: LanguageIdentifier, text: str, talk: DialogueStateTracker | None = None) -> dict[str, Any]:
    (message,) = component.process([Message({"text": text})], talk)
    return {entity["entity"]: entity for entity in message.get("entities")}


def test_the_entity_spans_the_message_and_the_message_knows_its_language(trained: LanguageIdentifier) -> None:
    (message,) = trained.process([Message({"text": "nån hotar mej"})])
    (entity,) = message.get("entities")

    assert (entity["entity"], entity["value"], entity["start"], entity["end"]) == ("language", "sv", 0, 13)
    assert entity["extractor"] == "LanguageIdentifier"
    assert message.get("language") == "sv"
    assert message.get("language_confidence") == entity["confidence_entity"] > 0.9


def test_a_fourth_language_is_an_entity_of_its_own(trained: LanguageIdentifier) -> None:
    entities = found(trained, "мне нужна помощь", tracker("sv"))

    assert (entities["language"]["value"], entities["other_language"]["value"]) == ("sv", "ru")


@pytest.mark.parametrize("text", ["ok", "112", "😭", "Aino Virtanen", "thanks", "https://a.fi", "snapchat", "kiitos"])
def test_a_talk_keeps_its_language_when_a_message_has_none(trained: LanguageIdentifier, text: str) -> None:
    for language in ("fi", "sv", "en"):
        assert found(trained, text, tracker(language))["language"]["value"] == language


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("can you say that in english", "en"),
        ("jag förstår inte alls vad du säger", "sv"),
        ("en ymmärrä mitä tää tarkottaa", "fi"),
        ("hjälp mig", "sv"),
        ("who are you", "en"),
        ("på svenska tack", "sv"),
    ],
)
def test_a_talk_follows_a_real_switch(trained: LanguageIdentifier, text: str, language: str) -> None:
    for before in ("fi", "sv", "en"):
        assert found(trained, text, tracker(before))["language"]["value"] == language


def test_a_talk_whose_language_was_a_guess_follows_one_clear_word(trained: LanguageIdentifier) -> None:
    assert found(trained, "kiristystä", tracker("en", 0.5))["language"]["value"] == "fi"
    assert found(trained, "kiristystä", tracker("en", 0.99))["language"]["value"] == "en"


def test_a_talk_that_is_sure_stays_sure_over_an_ok(trained: LanguageIdentifier) -> None:
    assert found(trained, "ok", tracker("sv", 0.97))["language"]["confidence_entity"] == pytest.approx(0.97)


def test_a_new_talk_has_the_best_guess(trained: LanguageIdentifier) -> None:
    assert found(trained, "hej", tracker(None))["language"]["value"] == "sv"


def test_too_few_examples_leave_the_word_lists_in_charge(tmp_path: Path) -> None:
    untrained = identifier(tmp_path, trained_on=1)

    assert untrained._model is None
    assert found(untrained, "mun tili kaapattiin")["language"]["value"] == "fi"


@pytest.mark.parametrize("metadata", [None, {}, {"intent": None}, {"intent": {"language": "de"}}])
def test_an_example_without_a_language_of_ours_has_none(metadata: dict[str, Any] | None) -> None:
    assert labelled_language(Message({"text": "moi", "metadata": metadata})) is None


def test_a_change_of_the_word_lists_trains_anew(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    before = LanguageIdentifier.fingerprint_addon({})
    copied = shutil.copytree(Path(component.__file__).parent, tmp_path / "language")
    monkeypatch.setattr(component, "__file__", str(copied / "component.py"))

    assert LanguageIdentifier.fingerprint_addon({}) == before

    (copied / "lexicon.yml").write_text("fi: {}", encoding="utf-8")
    assert LanguageIdentifier.fingerprint_addon({}) != before
