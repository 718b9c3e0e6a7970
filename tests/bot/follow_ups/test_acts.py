"""What an act means after what was said, what is said to it, and which buttons stand below."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from answers.content import Content, read_content
from answers.library import Library
from bot.answers import AnswerGenerator
from bot.follow_ups.acts import (
    ABUSE,
    FIRST,
    GREETING,
    HELPED,
    NO,
    NOT_HELPED,
    SECOND,
    SIMPLER,
    THANKS,
    THIRD,
    WHY,
    WRONG_GUESS,
    YES,
)
from bot.follow_ups.meant import meant
from bot.history import opening
from tests.answers.desk import nothing_refused

DATA = Path(__file__).resolve().parents[3] / "data"
PRIVACY = "https://neuvo.example/privacy"
DOMAIN = Domain.load(str(DATA.parent / "domain.yml"))
GUESSES = {"account_hacked": 0.3, "bank_phishing": 0.25, "sextortion": 0.2}


@pytest.fixture(scope="module")
def content() -> Content:
    return read_content(DATA, PRIVACY)


def message(intent: str, ranking: dict[str, float] | None = None, *entities: dict[str, Any]) -> UserUttered:
    parsed = {
        "text": "text",
        "intent": {"name": intent, "confidence": 0.9},
        "intent_ranking": [{"name": name, "confidence": share} for name, share in (ranking or {}).items()],
        "entities": list(entities),
    }
    return UserUttered("text", parsed["intent"], parsed["entities"], parsed)


def talk(*messages: str | UserUttered) -> DialogueStateTracker:
    events: list[Any] = opening({"language": "fi"})
    for each in messages:
        events += [message(each) if isinstance(each, str) else each, ActionExecuted("action_listen")]
    return DialogueStateTracker.from_events("a", events, DOMAIN.slots)


def reply(tracker: DialogueStateTracker) -> dict[str, Any]:
    generator = AnswerGenerator(library=Library(DATA, PRIVACY, nothing_refused))
    intent = tracker.latest_message.intent_name
    action = "utter_clarify" if intent == "nlu_fallback" else f"utter_{intent}"
    said: dict[str, Any] = asyncio.run(generator.generate(action, tracker, "whatsapp"))
    return said


def buttons(said: dict[str, Any]) -> list[str]:
    return [button["payload"].removeprefix("/") for button in said["buttons"]]


UNSURE = message("nlu_fallback", GUESSES)


@pytest.mark.parametrize(
    ("before", "act", "meaning"),
    [
        ((UNSURE,), FIRST, "account_hacked"),
        ((UNSURE,), THIRD, "sextortion"),
        ((UNSURE,), YES, "account_hacked"),
        ((UNSURE,), NO, WRONG_GUESS),
        ((UNSURE, UNSURE), FIRST, "talk_to_officer"),
        ((UNSURE, UNSURE), SECOND, "account_hacked"),
        (("sextortion",), YES, "talk_to_officer"),
        (("sextortion",), NO, NO),
        (("report_how",), YES, YES),
        (("sextortion", THANKS), YES, HELPED),
        (("sextortion", THANKS), NO, NOT_HELPED),
        (("sextortion", NOT_HELPED), YES, "talk_to_officer"),
        (("sextortion",), WHY, WHY),
        (("sextortion",), GREETING, "greeting_thanks"),
        ((message("nlu_fallback"),), FIRST, FIRST),
    ],
)
def test_what_an_act_means(content: Content, before: tuple[str | UserUttered, ...], act: str, meaning: str) -> None:
    assert meant(act, content, talk(*before)) == meaning


def test_the_second_one_is_the_second_button_of_the_answer(content: Content) -> None:
    assert meant(SECOND, content, talk("account_hacked")) == content.buttons("account_hacked")[1]


def test_why_after_why_is_still_about_the_answer(content: Content) -> None:
    tracker = talk("account_hacked", WHY, SIMPLER)
    assert buttons(reply(tracker)) == list(content.buttons("account_hacked"))


def test_thanks_ends_warmly_and_asks_whether_it_helped(content: Content) -> None:
    said = reply(talk("sextortion", THANKS))
    assert said["text"] == content.line(THANKS, "fi")
    assert buttons(said) == [HELPED, NOT_HELPED]
    assert [button["title"] for button in said["buttons"]] == ["Oli apua", "Ei auttanut"]


def test_not_helped_offers_an_officer_first(content: Content) -> None:
    assert buttons(reply(talk("report_how", THANKS, NOT_HELPED)))[0] == "talk_to_officer"


def test_a_wrong_guess_offers_the_other_guesses(content: Content) -> None:
    said = reply(talk("sextortion", message(WRONG_GUESS, {WRONG_GUESS: 0.9, "bank_phishing": 0.2})))
    assert said["text"] == content.line(WRONG_GUESS, "fi")
    assert buttons(said) == ["bank_phishing"]


def test_a_wrong_guess_without_others_asks_for_other_words(content: Content) -> None:
    said = reply(talk("sextortion", message(WRONG_GUESS, {WRONG_GUESS: 0.9})))
    assert (said["text"], said["buttons"]) == (content.line("clarify_without_guesses", "fi"), [])


def test_two_wrong_guesses_offer_an_officer(content: Content) -> None:
    said = reply(talk("sextortion", message(WRONG_GUESS, {"bank_phishing": 0.2}), message(WRONG_GUESS, {})))
    assert said["neuvo"]["key"] == "officer_offered"
    assert buttons(said)[0] == "talk_to_officer"


def test_plain_words_that_are_not_plain_enough_offer_an_officer() -> None:
    said = reply(talk("sextortion", SIMPLER, SIMPLER))
    assert (said["neuvo"]["key"], buttons(said)) == ("officer_offered", ["talk_to_officer"])


def test_abuse_gets_one_calm_line(content: Content) -> None:
    said = reply(talk(ABUSE))
    assert (said["text"], said["buttons"]) == (content.line(ABUSE, "fi"), [])


@pytest.mark.parametrize(("code", "helper"), [("uk", "mieli_uk"), ("ru", "mieli_ru"), ("so", None)])
def test_a_fourth_language_gets_three_and_the_helper_of_its_own(
    content: Content, code: str, helper: str | None
) -> None:
    foreign = {"entity": "other_language", "value": code, "start": 0, "end": 4}
    said = reply(talk(message("report_how", {}, foreign)))
    assert said["text"].startswith(content.line("fourth_language", "fi"))
    numbers = [
        contact.phone.value["fi"] for key, contact in content.contacts.items() if contact.phone and key == helper
    ]
    assert all(number in said["text"] for number in numbers)
    assert len(numbers) == (helper is not None)


def test_danger_in_a_fourth_language_keeps_112_first() -> None:
    foreign = {"entity": "other_language", "value": "ru", "start": 0, "end": 4}
    danger = {"entity": "danger", "value": "emergency", "start": 0, "end": 4}
    said = reply(talk(message("emergency_now", {}, foreign, danger)))
    assert "112" in said["text"].split("\n")[0]
