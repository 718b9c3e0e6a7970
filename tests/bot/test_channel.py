"""The door between the gateway and Rasa, on a real server with a model of the project's own configuration."""

import asyncio
import statistics
import time

import pytest
from rasa.core.agent import Agent

from answers.content import Content
from tests.bot.stage import WORDS, Door, contract, fits, long_example


@pytest.mark.parametrize("name", ["text", "first_text", "choice", "state", "before"])
def test_what_the_gateway_sends_is_served_as_the_contract_says(door: Door, name: str) -> None:
    status, answer = door.post(contract(f"dialogue_request_{name}"))
    assert status == 200
    for example in ("topic", "danger", "unsure", "second_miss", "question"):
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
    (reply,) = answer["replies"]
    # What was told beside it ("I sent a picture") may be answered first.
    assert (reply["key"], reply["said"][-1]) == ("sextortion", "short:sextortion")
    # The Swedish message is a father's: he is told a helper's first step.
    of_a_helper = content.piece("sextortion", "what_first", language, {"role": ("helper",)})
    first = of_a_helper if language == "sv" else content.in_short("sextortion", language)
    assert reply["text"].endswith(str(first))
    assert {"id": "topic:follow_up_more", "title": content.line("follow_up_more_button", language)} in reply["buttons"]
    assert reply["escalation"] == list(content.answers["sextortion"].answer.escalation)
    assert answer["understood"]["state"]["topic"] == {"value": "sextortion"}


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
        "possible_danger": None,
        "ranking": [{"topic": "bank_phishing", "confidence": 1.0}],
        "entities": [],
        "question": None,
        "act": None,
        "state": {"topic": {"value": "bank_phishing"}, "danger": {"value": "none"}},
    }
    assert answer["replies"][0]["text"] == content.in_short("bank_phishing", "sv")


def test_a_choice_without_a_language_keeps_that_of_the_talk(door: Door, content: Content) -> None:
    door.post({"conversation_id": "kept", "channel": "whatsapp", "choice": "about_bot", "language": "en"})
    _, answer = door.post({"conversation_id": "kept", "channel": "whatsapp", "choice": "report_how"})
    assert answer["replies"][0]["text"] == content.in_short("report_how", "en")


def test_the_gateways_language_is_believed_in_a_new_talk_only(door: Door) -> None:
    assert door.ask("believed", "ok", language="sv")["understood"]["language"] == "sv"
    assert door.ask("believed", "ok", language="en")["understood"]["language"] == "sv"


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
    answers = [door.ask("misses", "zxq wvk") for _ in range(2)]
    assert [answer["understood"]["topic"] in ("nlu_fallback", "unclear_message") for answer in answers] == [True] * 2
    assert answers[1]["replies"][0]["key"] == "officer_offered"
    assert answers[1]["replies"][0]["buttons"][0] == {
        "id": "topic:talk_to_officer",
        "title": content.title("talk_to_officer", "fi"),
    }


def test_the_hundredth_message_costs_what_an_early_one_did(door: Door) -> None:
    def cost(talk: str) -> float:
        started = time.process_time()
        door.ask(talk, WORDS)
        return time.process_time() - started

    for _ in range(80):
        door.ask("long talk", WORDS)
    early, late = [], []
    for number in range(20):  # in turns, because others use the machine as well
        door.ask(f"short talk {number}", WORDS)
        early.append(cost(f"short talk {number}"))
        late.append(cost("long talk"))
    # Without bounds the hundredth costs eight times as much.
    assert statistics.median(late) < 2 * statistics.median(early)


def test_after_a_wish_to_forget_the_talk_begins_anew(door: Door, agent: Agent) -> None:
    door.ask("forget", "ok", language="sv")
    assert door.post({"conversation_id": "forget", "reset": True}) == (200, {})
    assert asyncio.run(agent.tracker_store.retrieve("forget")) is None
    assert door.ask("forget", "ok", language="en")["understood"]["language"] == "en"


def test_forgetting_an_unknown_talk_is_no_error(door: Door) -> None:
    assert door.post({"conversation_id": "never seen", "reset": True}) == (200, {})


def test_the_longest_message_of_whatsapp_is_served(door: Door) -> None:
    assert door.ask("long", "moi " * 1024)["replies"]
