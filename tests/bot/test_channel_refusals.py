"""The door's refusals and failures: a citizen never gets silence for a crash, and no log gets a citizen's words."""

import logging
from pathlib import Path
from typing import Any

import pytest
from rasa.core.agent import Agent
from rasa.core.channels.channel import UserMessage
from rasa.shared.exceptions import RasaException

from answers.content import Content
from answers.library import Library
from bot.channel import NeuvoInput
from bot.lock_store import FairLockStore
from bot.tracker_store import BoundedTrackerStore
from tests.bot.stage import PRIVACY, PROJECT, TOKEN, WORDS, Door, agent_of, contract, fits
from tests.worlds.content_folder import nothing_refused


class CrashingAgent(Agent):  # type: ignore[misc]
    """An agent that raises what a citizen wrote."""

    async def handle_message(self, message: UserMessage) -> None:
        raise RuntimeError(message.text)


@pytest.mark.parametrize("choice", ["restart", "back", "session_start", "nlu_fallback", "no_such_topic", "/restart"])
def test_a_choice_that_is_no_topic_is_refused(door: Door, choice: str) -> None:
    status, answer = door.post({"conversation_id": "a", "channel": "whatsapp", "choice": choice})
    assert (status, list(answer)) == (422, ["error"])


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
