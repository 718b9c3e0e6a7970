"""What the bot says, in which language, with which buttons, and what comes first in danger."""

import asyncio
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rasa.core.nlg import NaturalLanguageGenerator
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig

from answers.content import Content, read_content
from answers.library import Library
from answers.limits import BODY_WITH_BUTTONS
from answers.problems import NotRenderable
from bot.answers import AnswerGenerator
from bot.history import opening
from tests.worlds.content_folder import nothing_refused

DATA = Path(__file__).resolve().parents[2] / "data"
PRIVACY = "https://neuvo.example/privacy"
DOMAIN = Domain.load(str(DATA.parent / "domain.yml"))

Say = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def content() -> Content:
    return read_content(DATA, PRIVACY)


@pytest.fixture
def say() -> Say:
    generator = AnswerGenerator(library=Library(DATA, PRIVACY, nothing_refused))

    def say(action: str, tracker: DialogueStateTracker, channel: str = "whatsapp", **values: Any) -> dict[str, Any]:
        return asyncio.run(generator.generate(action, tracker, channel, **values))

    return say


def message(intent: str, ranking: dict[str, float] | None = None, danger: str | None = None) -> list[Any]:
    """A message of the citizen: a topic, `nlu_fallback`, an act or a button."""
    entities = [] if danger is None else [{"entity": "danger", "value": danger, "start": 0, "end": 4}]
    parsed = {
        "text": "text",
        "intent": {"name": intent, "confidence": 0.9},
        "intent_ranking": [{"name": name, "confidence": confidence} for name, confidence in (ranking or {}).items()],
        "entities": entities,
    }
    return [UserUttered("text", parsed["intent"], entities, parsed), ActionExecuted("action_listen")]


def talk(*messages: list[Any], language: str | None = "fi") -> DialogueStateTracker:
    known = {"language": language} if language else {}
    events = [*opening(known), *(event for each in messages for event in each)]
    return DialogueStateTracker.from_events("a", events, DOMAIN.slots)


def offered(message: dict[str, Any]) -> list[str]:
    return [button["payload"] for button in message["buttons"]]


def short(content: Content, topic: str, language: str) -> str:
    text = content.in_short(topic, language)
    assert text is not None
    return text


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_the_first_answer_to_a_topic_is_short_and_more_is_a_button(say: Say, content: Content, language: str) -> None:
    said = say("utter_account_hacked", talk(message("account_hacked"), language=language))
    assert said["text"] == short(content, "account_hacked", language)
    assert (said["neuvo"]["key"], said["neuvo"]["escalation"]) == ("account_hacked", ["offer"])
    assert said["neuvo"]["said"] == ["short:account_hacked"]
    assert offered(said)[0] == "/follow_up_more"
    assert said["buttons"][0]["title"] == content.line("follow_up_more_button", language)
    assert len(said["buttons"]) <= 3


def test_more_gives_the_whole_answer(say: Say, content: Content) -> None:
    tracker = talk(message("account_hacked"), message("follow_up_more"))
    tracker.update(SlotSet("topic", "account_hacked"))
    said = say("utter_follow_up_more", tracker)
    assert said["text"] == content.text("account_hacked", "fi")
    assert "/follow_up_more" not in offered(said)


def test_the_same_page_is_never_said_again(say: Say, content: Content) -> None:
    tracker = talk(message("account_hacked"))
    tracker.update(SlotSet("said", ["short:account_hacked", "whole:account_hacked"]))
    said = say("utter_account_hacked", tracker)
    assert said["text"] == content.line("back_to_subject", "fi")
    assert "/follow_up_more" not in offered(said)


@pytest.mark.parametrize("topic", ["emergency_now", "suicidal_thoughts"])
def test_danger_and_crisis_get_everything_at_once(say: Say, content: Content, topic: str) -> None:
    assert say(f"utter_{topic}", talk(message(topic)))["text"] == content.text(topic, "fi")


def test_the_language_of_the_message_is_used_before_there_is_a_slot(say: Say, content: Content) -> None:
    entity = [{"entity": "language", "value": "sv", "start": 0, "end": 1}]
    tracker = DialogueStateTracker.from_events("a", [UserUttered("x", {"name": "about_bot"}, entity)], DOMAIN.slots)
    assert say("utter_about_bot", tracker)["text"] == short(content, "about_bot", "sv")


def test_without_any_language_the_answer_is_finnish(say: Say, content: Content) -> None:
    said = say("utter_about_bot", talk(message("about_bot"), language=None))
    assert said["text"] == short(content, "about_bot", "fi")


def test_a_switch_of_language_is_followed(say: Say, content: Content) -> None:
    tracker = talk(message("about_bot"), language="fi")
    tracker.update(SlotSet("language", "en"))
    assert say("utter_about_bot", tracker)["text"] == short(content, "about_bot", "en")


def test_a_channel_gets_its_own_wording_and_a_change_needs_no_training(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    shutil.copytree(DATA / "answers", folder / "answers")
    for name in ("contacts.yml", "lines.yml"):
        shutil.copy(DATA / name, folder / name)
    now = [0.0]
    generator = AnswerGenerator(library=Library(folder, PRIVACY, nothing_refused, lambda: now[0]))
    path = folder / "answers/police_service/about_bot.yml"
    path.write_text(path.read_text(encoding="utf-8") + "channels:\n  webchat:\n    fi: Olen botti.\n", encoding="utf-8")
    now[0] = 2.0
    tracker = talk(message("about_bot"))
    assert asyncio.run(generator.generate("utter_about_bot", tracker, "webchat"))["text"] == "Olen botti."
    assert asyncio.run(generator.generate("utter_about_bot", tracker, "whatsapp"))["text"] != "Olen botti."


def test_in_rasas_shell_the_choices_can_be_typed(say: Say, content: Content) -> None:
    said = say("utter_account_hacked", talk(message("account_hacked")), channel="queue")
    assert said["text"].startswith(short(content, "account_hacked", "fi"))
    assert f"\n/follow_up_more  {content.line('follow_up_more_button', 'fi')}" in said["text"]
    assert "buttons" not in said


def test_unsure_offers_up_to_three_likely_topics(say: Say, content: Content) -> None:
    ranking = {"account_hacked": 0.3, "bank_phishing": 0.25, "sextortion": 0.2, "report_how": 0.15}
    said = say("utter_clarify", talk(message("nlu_fallback", ranking), language="sv"))
    assert said["text"] == content.line("clarify", "sv")
    assert offered(said) == ["/account_hacked", "/bank_phishing", "/sextortion"]
    assert (said["neuvo"]["key"], said["neuvo"]["escalation"]) == ("clarify", [])


def test_guesses_are_never_small_talk_unlikely_unknown_or_the_officer(say: Say) -> None:
    ranking = {
        "nlu_fallback": 0.9,
        "greeting_thanks": 0.4,
        "unclear_message": 0.3,
        "talk_to_officer": 0.3,
        "no_such_topic": 0.3,
        "sextortion": 0.2,
        "report_how": 0.01,
    }
    assert offered(say("utter_clarify", talk(message("nlu_fallback", ranking)))) == ["/sextortion"]


def test_without_a_guess_the_citizen_is_asked_for_other_words(say: Say, content: Content) -> None:
    said = say("utter_clarify", talk(message("nlu_fallback", {"greeting_thanks": 0.5})))
    assert (said["text"], said["buttons"]) == (content.line("clarify_without_guesses", "fi"), [])


def test_the_second_miss_in_a_row_offers_an_officer_first(say: Say, content: Content) -> None:
    ranking = {"account_hacked": 0.3, "bank_phishing": 0.25, "sextortion": 0.2}
    said = say("utter_clarify", talk(message("nlu_fallback"), message("nlu_fallback", ranking), language="en"))
    assert said["text"] == content.line("officer_offered", "en")
    assert offered(said) == ["/talk_to_officer", "/account_hacked", "/bank_phishing"]
    assert (said["neuvo"]["key"], said["neuvo"]["escalation"]) == ("officer_offered", ["offer"])
    assert said["neuvo"]["offers_officer"]


def test_an_unclear_message_counts_as_a_miss(say: Say) -> None:
    first = say("utter_unclear_message", talk(message("unclear_message")))
    assert first["neuvo"]["key"] == "unclear_message"
    second = say("utter_unclear_message", talk(message("nlu_fallback"), message("unclear_message")))
    assert second["neuvo"]["key"] == "officer_offered"


def test_an_answer_between_two_misses_begins_the_count_anew(say: Say) -> None:
    tracker = talk(message("nlu_fallback"), message("about_bot"), message("nlu_fallback", {"sextortion": 0.5}))
    assert say("utter_clarify", tracker)["neuvo"]["key"] == "clarify"


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_in_danger_the_emergency_number_comes_first(say: Say, content: Content, language: str) -> None:
    said = say("utter_account_hacked", talk(message("account_hacked", danger="emergency"), language=language))
    assert said["text"].startswith(content.line("danger_first", language) + "\n\n")
    assert said["text"].endswith(short(content, "account_hacked", language))
    assert said["neuvo"]["escalation"] == ["emergency", "offer"]


@pytest.mark.parametrize("topic", ["emergency_now", "suicidal_thoughts"])
def test_an_answer_that_begins_with_the_number_does_not_say_it_twice(say: Say, content: Content, topic: str) -> None:
    said = say(f"utter_{topic}", talk(message(topic, danger="emergency")))
    assert said["text"] == content.text(topic, "fi")
    assert said["neuvo"]["escalation"].count("emergency") == 1


def test_in_a_crisis_helpers_come_first_unless_the_answer_is_about_it(say: Say, content: Content) -> None:
    said = say("utter_about_bot", talk(message("about_bot", danger="crisis")))
    assert said["text"].startswith(content.line("crisis_first", "fi"))
    assert said["neuvo"]["escalation"][0] == "crisis"
    said = say("utter_suicidal_thoughts", talk(message("suicidal_thoughts", danger="crisis")))
    assert said["text"] == content.text("suicidal_thoughts", "fi")


def test_danger_comes_before_a_question_back(say: Say, content: Content) -> None:
    said = say("utter_clarify", talk(message("nlu_fallback", {"sextortion": 0.5}, danger="emergency")))
    assert said["text"] == content.line("danger_first", "fi") + "\n\n" + content.line("clarify", "fi")
    assert offered(said) == ["/sextortion"]


def test_when_the_danger_line_makes_it_too_long_the_buttons_go_and_not_the_words(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    shutil.copytree(DATA, folder)
    path = folder / "answers/police_service/about_bot.yml"
    own = f"channels:\n  whatsapp:\n    fi: {'a' * BODY_WITH_BUTTONS}\n"
    path.write_text(path.read_text(encoding="utf-8") + own, encoding="utf-8")
    generator = AnswerGenerator(library=Library(folder, PRIVACY, nothing_refused))
    said = asyncio.run(
        generator.generate("utter_about_bot", talk(message("about_bot", danger="emergency")), "whatsapp")
    )
    assert said["text"].endswith("a" * BODY_WITH_BUTTONS)
    assert said["buttons"] == []


def test_a_value_that_an_action_forgot_is_an_error_and_not_an_example(say: Say) -> None:
    tracker = talk(message("bot_status"))
    said = say("utter_bot_status", tracker, topics_known="7", oldest_review="1.2.2026", template="utter_bot_status")
    assert " 7 " in said["text"]
    with pytest.raises(NotRenderable, match="topics_known"):
        say("utter_bot_status", tracker)


def test_a_topic_without_an_answer_is_an_error_and_not_silence(say: Say) -> None:
    with pytest.raises(KeyError):
        say("utter_no_such_topic", talk(message("no_such_topic")))


def test_rasa_finds_it_by_its_name_in_endpoints(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEUVO_CONTENT_DIR", str(DATA))
    config = EndpointConfig(type="bot.answers.AnswerGenerator")
    assert isinstance(NaturalLanguageGenerator.create(config, Domain.empty()), AnswerGenerator)
