"""From probabilities to what is done with a message."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from bot.conversation.context import SUBJECT, Context
from bot.conversation.intents import QUESTION, act_intent, intent_of
from bot.conversation.interpretation import Interpretation, interpret
from bot.conversation.resolve import resolved
from bot.conversation.state import LastReply
from bot.conversation.told import Told
from bot.names import OFFICER, UNSURE

IN_TALK = Context(topic="sextortion", move=SUBJECT, turns=1)


def heads(moves: Mapping[str, float], leave: float = 0.0, **told: tuple[str, float]) -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = {
        "move": dict(moves),
        "topic_change": {"stay": 1 - leave, "leave": leave},
        "alarm": {"none": 1.0, "emergency": 0.0, "crisis": 0.0},
    }
    for slot in ("role", "age", "whose_age", "done", "watched", "danger"):
        value, share = told.get(slot, ("none", 1.0))
        found[f"told_{slot}"] = {value: share, "none" if value != "none" else "other": 1 - share}
    return found


def read(
    moves: Mapping[str, float],
    context: Context = IN_TALK,
    ranking: list[tuple[str, float]] | None = None,
    by_form: list[Told] | None = None,
    text: str = "some words",
    **more: Any,
) -> Interpretation:
    return interpret(heads(moves, **more), context, ranking or [("sextortion", 0.9)], 0.3, by_form or [], text)


def test_a_question_stays_with_the_subject() -> None:
    found = read({"cost": 0.9, "duration": 0.1}, ranking=[("bank_phishing", 0.9)])
    assert (found.topic, found.is_new, found.questions) == ("sextortion", False, ("cost",))
    assert intent_of(found) == QUESTION


@pytest.mark.parametrize(
    "text",
    [
        "maksaako se jotain ja kauanko se kestää",
        "va kostar de o hur länge tar de",
        "how much is it? how long will it take?",
    ],
)
def test_two_questions_are_both_found_where_two_are_asked(text: str) -> None:
    assert read({"cost": 0.5, "duration": 0.45, "thanks": 0.05}, text=text).questions == ("cost", "duration")
    assert read({"cost": 0.9, "duration": 0.1}, text=text).questions == ("cost",)


def test_whoever_writes_much_does_more_than_decline() -> None:
    moves = {"no": 0.5, "other_side_told": 0.3}
    assert read(moves, text="ei").act == "no"
    long = "ei se oo loukkaantunu, ne vaan uhkas hakata ja pelkää nyt että kostavat"
    assert read(moves, text=long).questions == ("other_side_told",)


def test_thanks_beside_a_question_swallow_it_not() -> None:
    moves = {"thanks": 0.7, "block_or_not": 0.2}
    assert read(moves, text="kiitos").act == "thanks"
    assert read(moves, text="kiitos paljon, estänks mä sen nyt").questions == ("block_or_not",)


@pytest.mark.parametrize("text", ["mitä siitä tulee mulle", "va blir de", "what will it be for me and my friend"])
def test_of_one_question_that_may_be_either_the_other_is_a_guess(text: str) -> None:
    found = read({"cost": 0.5, "duration": 0.45, "thanks": 0.05}, text=text)
    assert (found.questions, found.guesses) == (("cost",), ("duration",))


def test_a_subject_and_its_question_are_found_apart_in_the_first_message() -> None:
    ranking = [("stalking_restraining_order", 0.6)]
    found = read({"cost": 0.8, SUBJECT: 0.2}, context=Context(), ranking=ranking, leave=0.9)
    assert (found.topic, found.is_new, found.questions) == ("stalking_restraining_order", True, ("cost",))
    assert intent_of(found) == "stalking_restraining_order"


def test_leaving_needs_strong_evidence() -> None:
    ranking = [("property_theft_lost", 0.8), ("sextortion", 0.05)]
    assert read({SUBJECT: 0.9, "cost": 0.1}, ranking=ranking, leave=0.4).topic == "sextortion"
    left = read({SUBJECT: 0.9, "cost": 0.1}, ranking=ranking, leave=0.8)
    assert (left.topic, left.is_new) == ("property_theft_lost", True)


def test_what_follows_a_no_is_what_was_meant() -> None:
    ranking = [("account_hacked", 0.8), ("sextortion", 0.05)]
    moves = {"no": 0.5, SUBJECT: 0.3, "tells": 0.2}
    meant = read(moves, ranking=ranking, leave=0.3, text="no he hacked my account")
    assert (meant.topic, meant.is_new, meant.act) == ("account_hacked", True, None)
    assert read(moves, ranking=ranking, leave=0.3).act == "no"


def test_an_earlier_subject_is_likelier_than_a_new_one() -> None:
    context = Context(topic="property_theft_lost", subjects=("sextortion",), turns=3)
    found = read({SUBJECT: 1.0}, context=context, ranking=[("doxxing", 0.4), ("sextortion", 0.3)], leave=0.9)
    assert found.topic == "sextortion"


def test_a_matter_beats_what_may_be_asked_of_any() -> None:
    ranking = [("is_it_a_crime", 0.4), ("doxxing", 0.35)]
    assert read({SUBJECT: 1.0}, context=Context(), ranking=ranking, leave=1.0).topic == "doxxing"
    sure = [("is_it_a_crime", 0.8), ("doxxing", 0.1)]
    assert read({SUBJECT: 1.0}, context=Context(), ranking=sure, leave=1.0).topic == "is_it_a_crime"
    general = Context(topic="is_it_a_crime", turns=1)
    assert read({SUBJECT: 1.0}, context=general, ranking=ranking, leave=0.3).topic == "doxxing"


def test_without_a_sure_next_subject_the_talk_stays() -> None:
    assert read({SUBJECT: 1.0}, ranking=[("doxxing", 0.1)], leave=0.9).topic == "sextortion"


@pytest.mark.parametrize(
    ("deed", "question"),
    [("paid", "already_paid"), ("codes_given", "already_gave_codes"), ("picture_sent", "already_sent_picture")],
)
def test_a_deed_that_is_told_is_answered_as_if_it_were_asked(deed: str, question: str) -> None:
    assert read({"tells": 0.9, "cost": 0.1}, by_form=[Told("done", deed, 0, 3)]).questions == (question,)


def test_the_age_of_the_other_one_is_answered_with_what_it_means() -> None:
    assert read({"tells": 0.9, "ok": 0.1}, by_form=[Told("whose_age", "under_15", 0, 5)]).questions == ("age_limits",)


def test_a_greeting_is_no_subject() -> None:
    found = read({"greeting": 0.9, "ok": 0.1}, context=Context(), ranking=[("about_bot", 0.4)], leave=0.1)
    assert (found.topic, found.act) == (None, "greeting")


def test_an_age_that_is_told_is_no_new_subject() -> None:
    found = read({SUBJECT: 0.4, "tells": 0.35}, by_form=[Told("age", "under_15", 0, 6)])
    assert (found.topic, found.act) == ("sextortion", "tells")
    assert intent_of(found) == act_intent("tells")


def test_the_heads_tell_where_the_form_does_not() -> None:
    found = read({"tells": 0.9, "ok": 0.1}, role=("doer", 0.9), age=("adult", 0.5))
    assert [(each.slot, each.value) for each in found.told] == [("role", "doer")]


def test_what_nobody_understands_is_asked_with_likely_questions() -> None:
    found = read({"cost": 0.2, "duration": 0.15, "thanks": 0.1, "ok": 0.05})
    assert found.is_unsure
    assert found.guesses == ("cost", "duration")
    assert intent_of(found) == UNSURE


def test_what_it_understood_survives_as_json() -> None:
    found = read({"cost": 0.9, "duration": 0.1}, by_form=[Told("age", "adult", 0, 6)])
    assert Interpretation.from_json(found.as_json()) == found


YES = Interpretation(topic="sextortion", is_new=False, move="yes", act="yes")


def test_yes_asks_for_an_officer_only_after_a_clear_offer() -> None:
    clear = LastReply("officer_offered", offered=(OFFICER, "doxxing"), offers_officer=True)
    assert resolved(YES, clear, "yes")[1] == OFFICER
    for text in ("joo", "no joo kysy vaan", "ja tack gärna", "yes please do", "ok sure, ask them", "👍", "mm joo"):
        assert resolved(YES, clear, text)[1] == OFFICER
    for text in ("i said yes already", "he told me yes to the package", "sanoin sille et joo"):
        assert resolved(YES, clear, text) == (YES, None)
    button_only = LastReply("answer", offered=("follow_up_more", OFFICER), offers_officer=False)
    assert resolved(YES, button_only, "yes") == (YES, None)


def test_yes_after_a_guess_is_the_guess() -> None:
    found, _ = resolved(YES, LastReply("clarify", offered=("doxxing", "fake_profile")), "yes")
    assert (found.topic, found.is_new) == ("doxxing", True)
    found, _ = resolved(YES, LastReply("clarify", offered=("follow_up_ask_cost",)), "yes")
    assert (found.topic, found.questions) == ("sextortion", ("cost",))


def test_the_second_one_is_the_second_button() -> None:
    second = Interpretation(topic="sextortion", is_new=False, move="pick_2", act="pick_2")
    found, _ = resolved(second, LastReply("answer", offered=("follow_up_more", "follow_up_ask_parents_told")), "2")
    assert found.questions == ("parents_told",)
    assert resolved(second, LastReply("answer", offered=("follow_up_more",)), "2") == (second, None)


@pytest.mark.parametrize(
    ("ranking", "leaves"),
    [
        ([("privacy_of_chat", 0.95), ("sextortion", 0.01)], True),
        ([("privacy_of_chat", 0.8), ("sextortion", 0.01)], False),
        ([("nude_image_shared", 0.9), ("sextortion", 0.1)], False),
        ([("evidence_saving", 0.95), ("sextortion", 0.01)], False),
        ([("emergency_now", 0.99)], False),
    ],
)
def test_a_message_that_is_surely_another_matter_leaves_on_less(ranking: list[tuple[str, float]], leaves: bool) -> None:
    found = read({SUBJECT: 0.9, "cost": 0.1}, ranking=ranking, leave=0.2)
    assert found.is_new == leaves


def test_an_age_or_a_bank_alone_is_no_other_matter() -> None:
    told = [Told("age", "under_15", 0, 6)]
    ranking = [("offender_under_15", 0.95), ("sextortion", 0.01)]
    found = read({SUBJECT: 0.9, "cost": 0.1}, ranking=ranking, leave=0.9, by_form=told)
    assert (found.topic, found.is_new, found.act) == ("sextortion", False, "tells")


def test_who_writes_by_the_way_does_not_overrule_what_is_known() -> None:
    hint = Told("role", "helper", 0, 6, is_hint=True)
    known = replace(IN_TALK, role="victim")

    assert ("role", "helper") in {(each.slot, each.value) for each in read({"tells": 1.0}, by_form=[hint]).told}
    assert not read({"tells": 1.0}, context=known, by_form=[hint]).told
    assert read({"tells": 1.0}, context=known, by_form=[hint], role=("helper", 0.5)).told
    assert [each.value for each in read({"tells": 1.0}, by_form=[hint], role=("doer", 0.7)).told] == ["doer"]
