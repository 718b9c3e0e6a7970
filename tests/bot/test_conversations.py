"""Whole conversations through the real dialogue: the model, Rasa's processor, the state in its slots, and the words."""

from typing import Any

import pytest

from answers.content import Content
from tests.bot.built_encoder import built_encoder
from tests.bot.stage import Door, long_example


def choose(door: Door, conversation: str, choice: str, **more: Any) -> dict[str, Any]:
    status, answer = door.post({"conversation_id": conversation, "channel": "whatsapp", "choice": choice, **more})
    assert status == 200, answer
    return dict(answer)


def ask(door: Door, conversation: str, text: str, **more: Any) -> dict[str, Any]:
    status, answer = door.post({"conversation_id": conversation, "channel": "whatsapp", "text": text, **more})
    assert status == 200, answer
    return dict(answer)


def value(answer: dict[str, Any], slot: str) -> Any:
    return (answer["understood"]["state"].get(slot) or {}).get("value")


def text_of(answer: dict[str, Any]) -> str:
    return "\n".join(reply["text"] for reply in answer["replies"])


@pytest.mark.parametrize(
    ("language", "age", "parents"),
    [
        ("fi", "oon 13 eikä mulla oo rahaa", "tuleeko tästä tieto mun äidille"),
        ("sv", "ja e 14", "får mamma veta de här"),
        ("en", "im 13 and i have no money", "will my parents find out"),
    ],
)
def test_an_age_told_in_passing_is_kept_and_the_subject_stays(
    door: Door, language: str, age: str, parents: str
) -> None:
    talk = f"blackmail-{language}"
    first = ask(door, talk, long_example("sextortion", language))
    assert value(first, "topic") == "sextortion"
    told = ask(door, talk, age)
    state = told["understood"]["state"]
    assert (value(told, "topic"), value(told, "age")) == ("sextortion", "under_15")
    assert age[state["age"]["start"] : state["age"]["end"]] in age
    assert told["understood"]["danger"] is None
    asked = ask(door, talk, parents)
    assert asked["understood"]["question"] == "parents_told"
    assert value(asked, "age") == "under_15"
    assert {reply["text"] for reply in asked["replies"]}.isdisjoint({reply["text"] for reply in first["replies"]})


@pytest.mark.parametrize(
    ("language", "not_paid", "paid", "not_paid_after_all"),
    [
        ("fi", "en oo maksanu", "eiku maksoin 20", "ei kun en maksanutkaan, perui"),
        ("sv", "jag har inte betalat", "nej ja betala nog 20", "förlåt, jag betalade aldrig"),
        ("en", "i didnt pay", "wait i did pay 20", "sorry, i meant i havent paid him"),
        ("en", "havent sent anything", "i paid him 20", "no i didnt pay"),
    ],
)
def test_what_was_not_paid_is_told_by_its_words_and_corrected_by_them(
    door: Door, language: str, not_paid: str, paid: str, not_paid_after_all: str
) -> None:
    talk = f"payment-{language}-{not_paid}"
    ask(door, talk, long_example("sextortion", language))
    for text, known in ((not_paid, "not_paid"), (paid, "paid"), (not_paid_after_all, "not_paid")):
        done = ask(door, talk, text)["understood"]["state"]["done"]
        assert {"paid", "not_paid"} & set(done["value"]) == {known}, text
        assert isinstance(done["start"], int)
    ask(door, talk, "blokkasin sen")
    assert "not_paid" in value(ask(door, talk, "jag blockerade den, i blocked him"), "done")


def test_the_same_page_never_comes_twice(door: Door) -> None:
    first = ask(door, "twice", long_example("account_hacked", "fi"))
    again = ask(door, "twice", long_example("account_hacked", "fi"))
    assert text_of(first) != text_of(again)


def test_more_and_then_a_question_by_button(door: Door, content: Content) -> None:
    first = ask(door, "buttons", long_example("sextortion", "en"))
    assert first["replies"][0]["buttons"][0]["id"] == "topic:follow_up_more"
    more = choose(door, "buttons", "follow_up_more")
    assert more["replies"][0]["text"] == content.text("sextortion", "en")
    asked = choose(door, "buttons", "follow_up_ask_cost")
    assert (asked["understood"]["topic"], asked["understood"]["question"]) == ("follow_up_question", "cost")
    assert value(asked, "topic") == "sextortion"


def test_an_officer_is_asked_for_on_a_clear_yes_and_taken_back(door: Door) -> None:
    ask(door, "officer", long_example("account_hacked", "en"))
    asked = choose(door, "officer", "talk_to_officer")
    assert value(asked, "officer") == "asked"
    back = choose(door, "officer", "follow_up_cancel_officer")
    assert (value(back, "officer"), back["understood"]["act"]) == ("cancelled", "cancel_officer")


def test_a_danger_begins_stays_and_ends(door: Door) -> None:
    first = ask(door, "danger", long_example("emergency_now", "en"))
    assert (first["understood"]["danger"], value(first, "danger")) == ("emergency", "now")
    over = choose(door, "danger", "follow_up_danger_over")
    assert (over["understood"]["danger"], value(over, "danger")) == (None, "passed")


def test_what_the_gateway_remembers_is_known_again_after_rasa_forgot(door: Door, content: Content) -> None:
    state = {"danger": "now", "consent": "asked", "watched": True}
    answer = ask(door, "remembered", "moikka moi", language="fi", state=state)
    assert (value(answer, "danger"), value(answer, "officer"), value(answer, "watched")) == ("now", "asked", "yes")
    kept = ask(door, "remembered", "moikka moi")
    assert (value(kept, "danger"), value(kept, "watched")) == ("now", "yes")


@pytest.mark.parametrize(
    "state", [{"danger": "maybe"}, {"watched": "perhaps"}, {"mood": "good"}, ["now"], {"consent": 1}]
)
def test_a_state_that_is_none_is_refused(door: Door, state: Any) -> None:
    status, answer = door.post({"conversation_id": "a", "channel": "whatsapp", "text": "moi", "state": state})
    assert (status, list(answer)) == (400, ["error"])


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("fi", "entä jos mulla ei oo runkonumeroa"),
        ("sv", "men jag har inte ramnumret"),
        ("en", "what if i dont know the frame number"),
    ],
)
def test_a_question_of_the_subject_alone_is_answered_by_its_own_answer(door: Door, language: str, text: str) -> None:
    built_encoder()
    talk = f"bicycle-{language}"
    ask(door, talk, long_example("property_theft_lost", language))
    answer = ask(door, talk, text)
    assert any(key.startswith("piece:property_theft_lost:no_frame_number:") for key in answer["replies"][0]["said"])
    assert value(answer, "topic") == "property_theft_lost"
