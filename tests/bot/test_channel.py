"""The door between the gateway and Rasa, on a real server with a model of the project's own configuration."""

import asyncio
import json
import logging
import statistics
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from rasa.core.agent import Agent
from rasa.core.channels.channel import UserMessage
from rasa.shared.exceptions import RasaException

from answers.content import Content, read_content
from answers.library import Library
from bot.answers import AnswerGenerator
from bot.channel import NeuvoInput
from bot.lock_store import FairLockStore
from bot.tracker_store import BoundedTrackerStore
from tests.answers.desk import nothing_refused
from tests.bot.stage import PROJECT, TOKEN, Door, long_example, train_small_model

CONTRACTS = PROJECT / "tests/contracts"
PRIVACY = "https://neuvo.example/privacy"
WORDS = "joku pääs mun tilille eikä se oo kiva"


def agent_of(model: Path | None, library: Library) -> Agent:
    agent = Agent(
        generator=AnswerGenerator(library=library),
        tracker_store=BoundedTrackerStore(None),
        lock_store=FairLockStore(),
    )
    if model is not None:
        agent.load_model(model)
    return agent


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return train_small_model(tmp_path_factory.mktemp("model"))


@pytest.fixture(scope="module")
def content() -> Content:
    return read_content(PROJECT / "data", PRIVACY)


@pytest.fixture(scope="module")
def agent(model: Path) -> Agent:
    return agent_of(model, Library(PROJECT / "data", PRIVACY, nothing_refused))


@pytest.fixture(scope="module")
def door(agent: Agent) -> Iterator[Door]:
    with Door() as door, door.before(agent):
        yield door


class CrashingAgent(Agent):  # type: ignore[misc]
    """An agent that raises what a citizen wrote."""

    async def handle_message(self, message: UserMessage) -> None:
        raise RuntimeError(message.text)


def contract(name: str) -> Any:
    return json.loads((CONTRACTS / f"{name}.json").read_text(encoding="utf-8"))


def fits(given: Any, example: Any) -> bool:
    """Whether `given` has the keys and types of `example`; null and empty lists fit whatever the example holds."""
    if isinstance(given, dict) and isinstance(example, dict):
        return given.keys() == example.keys() and all(fits(given[key], example[key]) for key in example)
    if isinstance(given, list) and isinstance(example, list):
        return not example or all(fits(item, example[0]) for item in given)
    return given is None or example is None or type(given) is type(example)


@pytest.mark.parametrize("name", ["text", "first_text", "choice"])
def test_what_the_gateway_sends_is_served_as_the_contract_says(door: Door, name: str) -> None:
    status, answer = door.post(contract(f"dialogue_request_{name}"))
    assert status == 200
    for example in ("topic", "danger", "unsure", "second_miss"):
        assert fits(answer, contract(f"dialogue_answer_{example}"))
    assert answer["replies"]


def test_a_wish_to_forget_is_served_as_the_contract_says(door: Door) -> None:
    assert door.post(contract("dialogue_request_reset")) == (200, contract("dialogue_answer_reset"))


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_a_citizen_is_understood_and_answered(door: Door, content: Content, language: str) -> None:
    answer = door.ask(f"understood-{language}", long_example("sextortion", language))
    assert answer["understood"]["topic"] == "sextortion"
    assert answer["understood"]["language"] == language
    assert answer["understood"]["confidence"] == answer["understood"]["ranking"][0]["confidence"]
    assert answer["replies"] == [
        {
            "key": "sextortion",
            "text": content.text("sextortion", language),
            "buttons": [
                {"id": f"topic:{topic}", "title": content.title(topic, language)}
                for topic in content.buttons("sextortion")
            ],
            "escalation": list(content.answers["sextortion"].answer.escalation),
        }
    ]


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_danger_is_told_beside_the_topic_and_112_comes_first(door: Door, language: str) -> None:
    answer = door.ask(f"danger-{language}", long_example("emergency_now", language))
    assert fits(answer, contract("dialogue_answer_danger"))
    assert answer["understood"]["danger"] == "emergency"
    assert {"danger", "danger_pattern", "language"}.isdisjoint(
        found["entity"] for found in answer["understood"]["entities"]
    )
    assert "112" in answer["replies"][0]["text"].split("\n")[0]
    assert answer["replies"][0]["escalation"][0] == "emergency"


def test_the_ranking_has_five_topics_at_most(door: Door) -> None:
    ranking = door.ask("ranking", WORDS)["understood"]["ranking"]
    confidences = [entry["confidence"] for entry in ranking]
    assert len(ranking) == 5
    assert confidences == sorted(confidences, reverse=True)


def test_a_tapped_choice_is_certain_and_sets_the_language(door: Door, content: Content) -> None:
    status, answer = door.post(
        {"conversation_id": "choice", "channel": "whatsapp", "choice": "bank_phishing", "language": "sv"}
    )
    assert status == 200
    assert answer["understood"] == {
        "topic": "bank_phishing",
        "confidence": 1.0,
        "language": "sv",
        "danger": None,
        "ranking": [{"topic": "bank_phishing", "confidence": 1.0}],
        "entities": [],
    }
    assert answer["replies"][0]["text"] == content.text("bank_phishing", "sv")


def test_a_choice_without_a_language_keeps_that_of_the_talk(door: Door, content: Content) -> None:
    door.post({"conversation_id": "kept", "channel": "whatsapp", "choice": "about_bot", "language": "en"})
    _, answer = door.post({"conversation_id": "kept", "channel": "whatsapp", "choice": "report_how"})
    assert answer["replies"][0]["text"] == content.text("report_how", "en")


def test_the_gateways_language_is_believed_in_a_new_talk_only(door: Door) -> None:
    assert door.ask("believed", "ok", language="sv")["understood"]["language"] == "sv"
    assert door.ask("believed", "ok", language="en")["understood"]["language"] == "sv"


@pytest.mark.parametrize("choice", ["restart", "back", "session_start", "nlu_fallback", "no_such_topic", "/restart"])
def test_a_choice_that_is_no_topic_is_refused(door: Door, choice: str) -> None:
    status, answer = door.post({"conversation_id": "a", "channel": "whatsapp", "choice": choice})
    assert (status, list(answer)) == (422, ["error"])


@pytest.mark.parametrize(
    "text",
    ["/restart", " /restart", "\u2003/about_bot", '/about_bot{"language": "sv"}', "/", "//", "/ 123 {", "\n/back"],
)
def test_words_never_become_a_command(door: Door, text: str) -> None:
    door.ask("command", "moi", language="fi")
    answer = door.ask("command", text)
    assert answer["understood"]["confidence"] < 1.0
    assert answer["replies"][0]["text"]


def test_a_slash_does_not_move_what_was_found(door: Door) -> None:
    plain = door.ask("places", "  xx Snapchat jutut")["understood"]["entities"]
    slashed = door.ask("places", "  /x Snapchat jutut")["understood"]["entities"]
    assert [entity["start"] for entity in slashed] == [entity["start"] for entity in plain]


def test_two_misses_in_a_row_offer_an_officer(door: Door, content: Content) -> None:
    door.ask("misses", "moi", language="fi")
    answers = [door.ask("misses", "zxq wvk") for _ in range(3)]
    assert [answer["understood"]["topic"] in ("nlu_fallback", "unclear_message") for answer in answers] == [True] * 3
    assert [answer["replies"][0]["key"] for answer in answers][1:] == ["officer_offered", "officer_offered"]
    assert answers[1]["replies"][0]["buttons"][0] == {
        "id": "topic:talk_to_officer",
        "title": content.title("talk_to_officer", "fi"),
    }


def test_the_hundredth_message_costs_what_an_early_one_did(door: Door) -> None:
    seconds = []
    for _ in range(100):
        started = time.perf_counter()
        door.ask("long talk", WORDS)
        seconds.append(time.perf_counter() - started)
    # Without bounds it is eight times as much; the room is for a busy machine.
    assert statistics.median(seconds[80:]) < 1.5 * statistics.median(seconds[1:21])


def test_after_a_wish_to_forget_the_talk_begins_anew(door: Door, agent: Agent) -> None:
    door.ask("forget", "ok", language="sv")
    assert door.post({"conversation_id": "forget", "reset": True}) == (200, {})
    assert asyncio.run(agent.tracker_store.retrieve("forget")) is None
    assert door.ask("forget", "ok", language="en")["understood"]["language"] == "en"


def test_forgetting_an_unknown_talk_is_no_error(door: Door) -> None:
    assert door.post({"conversation_id": "never seen", "reset": True}) == (200, {})


@pytest.mark.parametrize("token", [None, "", "wrong", TOKEN + "x", "ä"])
def test_without_the_right_token_nothing_is_served(door: Door, token: str | None) -> None:
    status, answer = door.post({"conversation_id": "a", "channel": "whatsapp", "text": "moi"}, token)
    assert (status, list(answer)) == (401, ["error"])


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"\xff",
        b'"text"',
        {},
        {"conversation_id": "a", "channel": "whatsapp"},
        {"conversation_id": "a", "channel": "whatsapp", "text": "   "},
        {"conversation_id": "a", "channel": "whatsapp", "text": 1},
        {"conversation_id": "a", "channel": "whatsapp", "text": "a" * 4097},
        {"conversation_id": "a", "channel": "whatsapp", "text": "moi", "choice": "about_bot"},
        {"conversation_id": "a", "channel": "whatsapp", "text": "moi", "sender": "b"},
        {"conversation_id": "a", "text": "moi"},
        {"conversation_id": "", "channel": "whatsapp", "text": "moi"},
        {"conversation_id": "a" * 129, "channel": "whatsapp", "text": "moi"},
        {"channel": "whatsapp", "text": "moi"},
        {"conversation_id": "a", "channel": "whatsapp", "text": "\ud800"},
        {"conversation_id": "a", "reset": False},
    ],
)
def test_a_wrong_request_is_told_so(door: Door, body: Any) -> None:
    status, answer = door.post(body)
    assert status == 400
    assert fits(answer, contract("dialogue_error"))


def test_the_longest_message_of_whatsapp_is_served(door: Door) -> None:
    assert door.ask("long", "moi " * 1024)["replies"]


def test_a_language_that_we_do_not_speak_is_refused(door: Door) -> None:
    body = {"conversation_id": "a", "channel": "whatsapp", "text": "moi", "language": "de"}
    assert door.post(body)[0] == 422


def test_a_topic_that_has_lost_its_answer_is_an_error_and_not_silence(door: Door, model: Path) -> None:
    library = Library(PROJECT / "data", PRIVACY, nothing_refused)
    agent = agent_of(model, library)
    agent.nlg._library = _WithoutAnswers(library.content)
    with door.before(agent):
        status, answer = door.post({"conversation_id": "lost", "channel": "whatsapp", "choice": "about_bot"})
    assert (status, answer) == (500, {"error": "The dialogue gave no reply."})


class _WithoutAnswers:
    def __init__(self, content: Content) -> None:
        self.content = Content(content.contacts, {}, content.lines, content.privacy_url)


def test_an_action_server_that_is_down_is_an_error_and_not_silence(door: Door) -> None:
    status, answer = door.post({"conversation_id": "down", "channel": "whatsapp", "choice": "bot_status"})
    assert (status, answer) == (500, {"error": "The dialogue gave no reply."})


def test_a_crash_is_an_error_without_the_citizens_words(
    door: Door, model: Path, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    agent = CrashingAgent(tracker_store=BoundedTrackerStore(None), lock_store=FairLockStore())
    agent.load_model(model)
    with caplog.at_level(logging.DEBUG), door.before(agent):
        status, answer = door.post({"conversation_id": "crash", "channel": "whatsapp", "text": WORDS})
    assert (status, answer) == (500, {"error": "The dialogue raised RuntimeError."})
    printed = capsys.readouterr()
    assert "dialogue.failed" in caplog.text
    assert "handle_message" in caplog.text
    assert "pääs" not in caplog.text + printed.out + printed.err


def test_an_answered_message_leaves_no_word_in_the_log(
    door: Door, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    with caplog.at_level(logging.INFO):
        door.ask("quiet", WORDS)
    printed = capsys.readouterr()
    assert "pääs" not in caplog.text + printed.out + printed.err


def test_without_a_model_the_door_says_so(door: Door) -> None:
    with door.before(agent_of(None, Library(PROJECT / "data", PRIVACY, nothing_refused))):
        assert door.post({"conversation_id": "a", "channel": "whatsapp", "text": "moi"})[0] == 503


def test_the_token_comes_from_the_variable_that_the_credentials_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NEUVO_RASA_TOKEN", raising=False)
    for credentials in ({"token_variable": "NEUVO_RASA_TOKEN"}, {}, None):
        with pytest.raises(RasaException, match="NEUVO_RASA_TOKEN"):
            NeuvoInput.from_credentials(credentials)
    monkeypatch.setenv("NEUVO_RASA_TOKEN", "x")
    assert isinstance(NeuvoInput.from_credentials({"token_variable": "NEUVO_RASA_TOKEN"}), NeuvoInput)
