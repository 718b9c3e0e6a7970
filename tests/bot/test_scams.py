"""A pasted message in the dialogue: the check decides; danger and what has happened already come first.

The first part needs no model; the second asks a small one through the channel's door, with the real action beside it.
"""

import json
from typing import Any

import pytest
from rasa.core.agent import Agent
from rasa.shared.nlu.training_data.message import Message
from rasa_sdk.executor import ActionExecutor

from actions.scams import CheckMessage
from answers.problems import Problem
from answers.scam_texts import ScamTexts
from bot.conversation.interpretation import INTERPRETATION, Interpretation
from bot.conversation.resolve import resolved
from bot.conversation.state import LastReply
from bot.replies.scams import BUTTONS
from bot.requests import Refused, parse_request
from bot.scams.component import SuspiciousMessages
from tests.bot.stage import PROJECT, Door, contract, fits

PARTS = contract("dialogue_request_scam_check")["scam_check"]


def judged(intent: str = "parcel_sms", *entities: dict[str, Any], **more: Any) -> Message:
    message = Message(data={"text": "Posti: maksa", "metadata": {"scam_check": PARTS}, **more})
    message.set("intent", {"name": intent, "confidence": 0.9})
    message.set("intent_ranking", [{"name": intent, "confidence": 0.9}])
    message.set("entities", list(entities))
    return SuspiciousMessages().process([message])[0]


def interpretation(**changes: Any) -> dict[str, Any]:
    plain = {"topic": None, "is_new": False, "move": "subject", "questions": (), "act": None, "certainty": 1.0}
    return Interpretation(**{**plain, "is_first": True, **changes}).as_json()


def test_a_checked_message_is_the_matter_and_the_talk_goes_on_about_the_bank() -> None:
    message = judged("parcel_sms", {"entity": "second_topic", "value": "cyberbullying"})

    assert message.get("intent")["name"] == "scam_check"
    assert {each["entity"]: each["value"] for each in message.get("entities")} == {
        "state_topic": "bank_phishing",
        "scam_check": PARTS,
    }
    assert [each["name"] for each in message.get("intent_ranking")] == ["scam_check", "parcel_sms"]


def test_what_a_pasted_message_tells_of_a_bank_is_not_the_citizens() -> None:
    message = judged("parcel_sms", {"entity": "state_bank", "value": "nordea"}, {"entity": "state_turns", "value": 1})

    assert {"state_bank", "state_turns"} & {each["entity"] for each in message.get("entities")} == {"state_turns"}


@pytest.mark.parametrize(
    "message",
    [
        judged("emergency_now", {"entity": "danger", "value": "emergency"}),
        judged("talk_to_officer"),
        judged("bank_phishing", **{INTERPRETATION: interpretation(questions=("already_gave_codes",))}),
    ],
)
def test_danger_an_officer_and_what_has_happened_come_first(message: Message) -> None:
    assert message.get("intent")["name"] != "scam_check"


def told(intent: str, *entities: dict[str, Any]) -> Message:
    return judged(intent, *entities, metadata={"scam_check": {**PARTS, "told": True}})


@pytest.mark.parametrize("intent", ["nlu_fallback", "out_of_scope", "unclear_message"])
def test_a_scam_told_in_own_words_is_warned_of_where_there_is_no_topic(intent: str) -> None:
    message = told(intent, {"entity": "state_bank", "value": "nordea"})

    assert message.get("intent")["name"] == "scam_check"
    assert "state_bank" in {each["entity"] for each in message.get("entities")}, "it is the citizen who tells"


@pytest.mark.parametrize(
    "message",
    [
        told("romance_scam"),
        told("property_theft_lost"),
        told("nlu_fallback", {"entity": "danger", "value": "crisis", "level": "possible"}),
        told("nlu_fallback", {"entity": "danger", "value": "emergency"}),
    ],
)
def test_a_topic_or_a_danger_comes_before_what_only_sounds_like_a_scam(message: Message) -> None:
    assert message.get("intent")["name"] != "scam_check"


OF_WORDS = {"suspicion": "strong", "reasons": [{"kind": "story", "words": "money back"}], "story": "recovery"}


@pytest.mark.parametrize(
    ("parts", "words", "topic", "is_checked"),
    [
        (OF_WORDS, "he took 4000 euro, will i get my money back", "romance_scam", False),
        ({"suspicion": "none", "reasons": []}, "it is for real and not online", "romance_scam", False),
        (OF_WORDS, "he took 4000 euro, will i get my money back", None, True),
        (OF_WORDS, "word " * 30, "romance_scam", True),
        (OF_WORDS, "i saw a fight and have a video of it, should i send it " * 3, "assault_or_robbery", False),
        (PARTS, "and this one http://vero-refund.info", "assault_or_robbery", True),
    ],
)
def test_what_is_asked_in_own_words_in_a_talk_is_no_pasted_message(
    parts: dict[str, Any], words: str, topic: str | None, is_checked: bool
) -> None:
    """Without a topic it is the first message."""
    message = Message(data={"text": words, "metadata": {"scam_check": parts}, "entities": []})
    message.set("intent", {"name": "follow_up_question", "confidence": 0.9})
    message.set(INTERPRETATION, {**interpretation(is_first=topic is None), "topic": topic})
    found = SuspiciousMessages().process([message])[0].get("intent")["name"]
    assert (found == "scam_check") is is_checked


@pytest.mark.parametrize(
    ("intent", "is_checked"),
    [("assault_or_robbery", False), ("violence_at_home", False), ("parcel_sms", True), ("nlu_fallback", True)],
)
def test_who_asks_whom_to_call_about_something_else_gets_no_word_on_a_scam(intent: str, is_checked: bool) -> None:
    clean = {"suspicion": "none", "reasons": [], "asked": [], "story": "other", "domains": []}
    words = "i was beaten up by two men near the station last night, who should i call"
    message = Message(data={"text": words, "metadata": {"scam_check": clean}, "entities": []})
    message.set("intent", {"name": intent, "confidence": 0.9})
    message.set(INTERPRETATION, interpretation())
    found = SuspiciousMessages().process([message])[0].get("intent")["name"]
    assert (found == "scam_check") is is_checked


def test_a_possible_danger_is_asked_about_beside_the_check() -> None:
    message = judged("parcel_sms", {"entity": "danger", "value": "emergency", "level": "possible"})

    assert message.get("intent")["name"] == "scam_check"
    assert "danger" in [each["entity"] for each in message.get("entities")]


@pytest.mark.parametrize(("act", "question"), [("yes", "already_gave_codes"), ("no", "not_paid_yet")])
def test_a_typed_yes_or_no_answers_the_question_of_the_verdict(act: str, question: str) -> None:
    said = Interpretation(topic=None, is_new=False, move=act, questions=(), act=act, certainty=1.0, is_first=False)

    found, _ = resolved(said, LastReply("scam_check", offered=BUTTONS), "yes")

    assert found.questions == (question,)


@pytest.mark.parametrize(
    "broken", [{"suspicion": "safe"}, {**PARTS, "text": "x"}, {**PARTS, "domains": ["a.fi/b"]}, []]
)
def test_a_check_that_is_none_is_refused(broken: Any) -> None:
    body = {**contract("dialogue_request_scam_check"), "scam_check": broken}
    with pytest.raises(Refused) as refused:
        parse_request(json.dumps(body).encode())
    assert refused.value.status == 400


class ActionsInProcess:
    """The real actions without a port of their own between; `kwargs` are those of Rasa's endpoints."""

    kwargs: dict[str, Any] = {}

    def __init__(self) -> None:
        def refuse(problems: tuple[Problem, ...]) -> None:
            raise AssertionError(problems)

        self.executor = ActionExecutor()
        self.executor.register_action(CheckMessage(ScamTexts(PROJECT / "data", refuse)))

    async def request(self, json: dict[str, Any], **_: Any) -> Any:
        return await self.executor.run(json)


def test_while_the_action_server_is_away_the_matter_is_answered_without_the_check(door: Door) -> None:
    request = {**contract("dialogue_request_scam_check"), "conversation_id": "away"}

    status, answer = door.post(request)

    assert status == 200
    (reply,) = answer["replies"]
    assert answer["understood"]["topic"] == "scam_check"
    assert reply["key"] in ("parcel_sms", "bank_phishing"), "what the message is about, or the bank first"
    assert reply["text"]


@pytest.fixture
def door_with_actions(door: Door, agent: Agent) -> Door:
    assert agent.processor is not None
    agent.processor.action_endpoint = ActionsInProcess()
    return door


def test_a_pasted_message_is_served_as_the_contract_says(door_with_actions: Door) -> None:
    door = door_with_actions
    request = contract("dialogue_request_scam_check")

    status, answer = door.post(request)

    assert status == 200
    assert fits(answer, contract("dialogue_answer_scam_check"))
    (reply,) = answer["replies"]
    assert reply["key"] == "scam_check"
    assert "vero.fi" in reply["text"]
    assert ".info" in reply["text"]
    assert [button["id"] for button in reply["buttons"]] == [f"topic:{name}" for name in BUTTONS]

    _, bank = door.post({"conversation_id": request["conversation_id"], "channel": "whatsapp", "choice": BUTTONS[0]})
    assert bank["replies"][0]["key"] == "bank_phishing"
    assert "pank" in bank["replies"][0]["text"]
