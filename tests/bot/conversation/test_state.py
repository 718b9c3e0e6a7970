"""The state of a conversation: what it keeps, what ends a danger, and how it lives in Rasa's slots."""

from pathlib import Path
from typing import Any

from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, BotUttered, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from bot.conversation.state import MOST_SAID, SLOT_NAMES, State, entities_of, last_reply, state_of
from bot.conversation.told import Told
from bot.history import kept_events, opening, stored_form

PROJECT = Path(__file__).resolve().parents[3]
DOMAIN = Domain.load(str(PROJECT / "domain.yml"))


def tracker_with(**slots: Any) -> DialogueStateTracker:
    return DialogueStateTracker.from_events("a", opening(slots), DOMAIN.slots)


def heard(tracker: DialogueStateTracker, text: str = "words") -> None:
    tracker.update(UserUttered(text, {"name": "sextortion"}, [], {"intent": {"name": "sextortion"}}))


def said(tracker: DialogueStateTracker, **about: Any) -> None:
    tracker.update(BotUttered("The bot's words.", {}, {"neuvo": {"key": "x", **about}}))
    tracker.update(ActionExecuted("action_listen"))


def told(slot: str, value: str) -> Told:
    return Told(slot, value, 0, 4)


def test_every_slot_is_in_the_domain_with_an_entity_of_its_own() -> None:
    slots = {slot.name: slot for slot in DOMAIN.slots}
    for name in SLOT_NAMES:
        assert slots[name].mappings == [{"type": "from_entity", "entity": f"state_{name}"}]
        assert not slots[name].influence_conversation
        assert f"state_{name}" in DOMAIN.entities


def test_what_is_told_stays_and_is_corrected() -> None:
    state = State().after("sextortion", "subject", None, [told("age", "under_15"), told("done", "paid")], None)
    state = state.after("sextortion", "tells", None, [told("age", "15_17"), told("done", "blocked")], None)
    assert (state.age, state.done) == ("15_17", ("paid", "blocked"))


def test_what_was_paid_and_what_was_not_end_each_other() -> None:
    state = State().after("sextortion", "tells", None, [told("done", "blocked"), told("done", "not_paid")], None)
    assert state.done == ("blocked", "not_paid")
    state = state.after("sextortion", "tells", None, [told("done", "paid")], None)
    assert state.done == ("blocked", "paid")
    state = state.after("sextortion", "tells", None, [told("done", "not_paid")], None)
    assert state.done == ("blocked", "not_paid")


def test_a_hint_that_nothing_was_paid_takes_no_payment_back() -> None:
    hint = Told("done", "not_paid", 0, 4, is_hint=True)
    assert State(done=("paid",)).believed([hint, told("age", "adult")]) == (told("age", "adult"),)
    assert State(done=("blocked",)).believed([hint]) == (hint,)
    assert State(done=("not_paid",)).believed([told("done", "paid")]) == (told("done", "paid"),)


def test_another_subject_keeps_the_first_and_forgets_its_question() -> None:
    state = State().after("sextortion", "cost", "cost", [], None)
    assert state.question == "cost"
    state = state.after("property_theft_lost", "subject", None, [], None)
    assert (state.topic, state.subjects, state.question) == ("property_theft_lost", ("sextortion",), None)
    state = state.after("sextortion", "subject", None, [], None)
    assert (state.topic, state.subjects) == ("sextortion", ("property_theft_lost",))


def test_a_danger_begins_with_an_alarm_and_ends_with_clear_words() -> None:
    state = State().after("violence_at_home", "subject", None, [], "emergency")
    assert state.danger == "now"
    state = state.after("violence_at_home", "cost", "cost", [], None)
    assert state.danger == "now", "a question ends no danger"
    state = state.after("violence_at_home", "danger_over", None, [], None)
    assert state.danger == "passed"
    assert state.after("violence_at_home", "tells", None, [told("danger", "now")], None).danger == "now"


def test_a_request_for_an_officer_is_taken_back() -> None:
    state = State().after("sextortion", "want_officer", None, [], None)
    assert state.officer == "asked"
    assert state.after("sextortion", "cancel_officer", None, [], None).officer == "cancelled"


def test_the_slots_give_the_state_back() -> None:
    state = State(topic="sextortion", subjects=("doxxing",), age="under_15", done=("paid",), danger="passed", turns=2)
    tracker = tracker_with()
    for entity in entities_of(state, tracker, 5):
        tracker.update(SlotSet(entity["entity"].removeprefix("state_"), entity["value"]))
    assert state_of(tracker) == state
    assert entities_of(state, tracker, 5) == [], "what has not changed is not told again"


def test_what_is_no_longer_known_leaves_the_slot() -> None:
    tracker = tracker_with(question="cost", watched="yes", topic="sextortion")
    entities = entities_of(State(topic="sextortion"), tracker, 5)
    assert {(each["entity"], each["value"]) for each in entities} >= {
        ("state_question", "none"),
        ("state_watched", "none"),
    }
    tracker.update(SlotSet("question", "none"))
    assert state_of(tracker).question is None


def test_the_gateway_remembers_longer_than_rasa() -> None:
    state = state_of(tracker_with(), {"danger": "passed", "consent": "asked", "watched": True})
    assert (state.danger, state.officer, state.watched) == ("passed", "asked", "yes")
    state = state_of(tracker_with(watched="yes", danger="now"), {"watched": False, "danger": "none"})
    assert (state.watched, state.danger) == (None, "none")


def test_the_last_reply_is_that_to_the_latest_message_or_to_the_one_before() -> None:
    tracker = tracker_with()
    heard(tracker)
    said(tracker, kind="answer", said=["short:a"], offered=["report_how"])
    said(tracker, kind="answer", said=["short:b"], asked="age")
    assert last_reply(tracker).keys == ("short:a", "short:b")
    assert last_reply(tracker).asked == "age"
    heard(tracker)
    assert last_reply(tracker).keys == ()
    assert last_reply(tracker, before_latest=True).keys == ("short:a", "short:b")


def test_an_offer_of_an_officer_is_part_of_the_state_until_it_is_answered() -> None:
    tracker = tracker_with()
    heard(tracker)
    said(tracker, offers_officer=True)
    assert state_of(tracker).officer == "offered"


def test_what_was_said_is_remembered_in_keys_and_is_bounded() -> None:
    tracker = tracker_with(said=[f"piece:{number}" for number in range(MOST_SAID)])
    heard(tracker)
    said(tracker, said=["short:a"])
    state = state_of(tracker)
    assert len(state.said) == MOST_SAID
    assert state.was_said("short:a") == 1
    assert state.was_said("piece:0") == 0


def test_no_word_of_a_reply_is_stored() -> None:
    tracker = tracker_with()
    heard(tracker, "the citizen's words")
    said(tracker, said=["short:a"])
    stored = stored_form(kept_events(tracker.events, 6, 80))
    assert "words" not in str(stored)
    assert [event["metadata"]["neuvo"]["said"] for event in stored if event["event"] == "bot"] == [["short:a"]]
