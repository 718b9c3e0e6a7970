"""Checks of handover: its pure rules; who may change what, in which order officers see those who wait."""

import datetime as dt
import itertools
import uuid
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from gateway.conversations.kinds import Author, ConversationState, Danger
from gateway.conversations.priority import (
    CRISIS,
    EMERGENCY,
    MINOR,
    OTHER,
    TOPICS_OF_MINORS,
    names_a_matter,
    rank_of,
    says_under_18,
    sort_key,
)
from gateway.conversations.states import (
    CHANGES,
    STATES,
    ActorRole,
    ChangeName,
    bot_may_answer,
    decide,
    may_go_out,
    roles_of,
)
from gateway.core.actors import Officer
from gateway.core.config.settings import PROJECT
from gateway.core.database import now
from gateway.core.errors import ChangeNotAllowed
from gateway.handover.leave import LEAVE_CHOICE, wants_to_leave
from tests.worlds import tiers

PEOPLE = [Officer(uuid.UUID(int=n), f"Officer {n}", supervisor=n == 2) for n in range(3)]
NAMES: list[ChangeName] = list(CHANGES)


class Handover(RuleBasedStateMachine):
    """Any people doing anything in any order, on the rules alone; what must hold is written as invariants."""

    def __init__(self) -> None:
        super().__init__()
        self.state = ConversationState.BOT
        self.owner: uuid.UUID | None = None

    @rule(name=st.sampled_from(NAMES), who=st.sampled_from(PEOPLE))
    def an_officer_tries(self, name: ChangeName, who: Officer) -> None:
        owner, state = self.owner, self.state
        roles = roles_of(who, owner)
        try:
            after = decide(name, state, roles)
        except ChangeNotAllowed:
            assert state not in CHANGES[name].before or not roles & CHANGES[name].by
            assert (self.state, self.owner) == (state, owner)
            return
        if state == "officer" and owner != who.id:
            assert who.supervisor, "nobody but its owner and a supervisor changes what an officer has"
        self.state, self.owner = after, who.id if after == "officer" else None

    @rule(name=st.sampled_from(NAMES), role=st.sampled_from([ActorRole.CITIZEN, ActorRole.CLOCK, ActorRole.GATEWAY]))
    def somebody_else_tries(self, name: ChangeName, role: ActorRole) -> None:
        try:
            after = decide(name, self.state, frozenset({role}))
        except ChangeNotAllowed:
            return
        assert after != "officer", "only officers make owners"
        assert after != "closed" or self.state == "bot", "an officer's conversation is closed by people"
        self.state, self.owner = after, None

    @invariant()
    def an_officers_conversation_has_an_owner_and_no_other_has(self) -> None:
        assert (self.state == "officer") == (self.owner is not None)

    @invariant()
    def only_its_owner_and_the_service_speak(self) -> None:
        moment = now()
        for author, officer in ((Author.BOT, None), *((Author.OFFICER, each.id) for each in PEOPLE)):
            goes = may_go_out(author, officer, moment, state=self.state, owner=self.owner, owner_changed_at=moment)
            if self.state == "officer":
                assert goes == (officer is not None and officer == self.owner)
        assert may_go_out(Author.SYSTEM, None, moment, state=self.state, owner=self.owner, owner_changed_at=moment)

    @invariant()
    def what_is_closed_stays_closed(self) -> None:
        if self.state == "closed":
            assert all(self.state not in each.before for each in CHANGES.values())


TestHandover = Handover.TestCase
TestHandover.settings = settings(deadline=None, max_examples=tiers.examples(60), stateful_step_count=25)


def test_every_state_but_closed_can_be_left_and_every_state_reached() -> None:
    assert {state for change in CHANGES.values() for state in change.before} == set(STATES) - {ConversationState.CLOSED}
    assert {change.after for change in CHANGES.values()} == set(STATES)


@pytest.mark.parametrize("name", NAMES)
def test_a_refused_change_says_what_is_in_the_way(name: ChangeName) -> None:
    for state in STATES:
        if state in CHANGES[name].before:
            with pytest.raises(ChangeNotAllowed, match="only by its"):
                decide(name, state, frozenset())
        else:
            with pytest.raises(ChangeNotAllowed, match=f"it is '{state}' now"):
                decide(name, state, frozenset(CHANGES[name].by))


def test_what_the_bot_wrote_before_an_officer_came_and_went_is_stale() -> None:
    moment = now()
    earlier, later = moment - dt.timedelta(seconds=1), moment + dt.timedelta(seconds=1)

    assert not may_go_out(Author.BOT, None, earlier, state=ConversationState.BOT, owner=None, owner_changed_at=moment)
    assert may_go_out(Author.BOT, None, later, state=ConversationState.BOT, owner=None, owner_changed_at=moment)
    assert may_go_out(Author.BOT, None, earlier, state=ConversationState.BOT, owner=None, owner_changed_at=None)


def test_an_officers_last_words_go_out_after_closing_but_not_under_a_new_owner() -> None:
    sari, jan = PEOPLE[0].id, PEOPLE[1].id

    for state in set(STATES) - {ConversationState.OFFICER}:
        assert may_go_out(Author.OFFICER, sari, now(), state=state, owner=None, owner_changed_at=now())
    assert not may_go_out(
        Author.OFFICER, sari, now(), state=ConversationState.OFFICER, owner=jan, owner_changed_at=now()
    )


URGENCIES = st.sampled_from([*Danger, None])
TOPICS = st.sampled_from(["grooming", "account_hacked", "cyberbullying", None])
MOMENTS = st.integers(0, 10_000).map(lambda minutes: now() - dt.timedelta(minutes=minutes))


@settings(deadline=None, max_examples=tiers.examples(100))
@given(st.lists(st.tuples(URGENCIES, TOPICS, st.booleans(), MOMENTS), min_size=2, max_size=20))
def test_danger_comes_before_crisis_before_minors_before_waiting_time(
    people: list[tuple[Danger | None, str | None, bool, dt.datetime]],
) -> None:
    at = now()

    def key(one: tuple[Danger | None, str | None, bool, dt.datetime]) -> tuple[Any, ...]:
        urgency, topic, young, since = one
        return sort_key(rank_of(urgency, topic, said_under_18=young), since, since + dt.timedelta(days=1), at, None)

    ordered = sorted(people, key=key)
    for first, second in itertools.pairwise(ordered):
        if second[0] == "emergency":
            assert first[0] == "emergency"
        elif second[0] == "crisis":
            assert first[0] in ("emergency", "crisis")
        elif key(first)[0] == key(second)[0]:
            assert first[3] <= second[3]


def test_at_opening_danger_comes_first_and_then_the_window_that_closes_first() -> None:
    at, hour = now(), dt.timedelta(hours=1)

    def waiting(name: str, rank: int, window_in: float, waited: float) -> tuple[str, Any]:
        return name, sort_key(rank, at - waited * hour, at + window_in * hour, at, at - 0.5 * hour)

    queue = [
        waiting("closed", OTHER, -1, 25),
        waiting("late window", OTHER, 20, 4),
        waiting("came since", OTHER, 23.9, 0.1),
        waiting("came since, waits longer", OTHER, 23.99, 0.3),
        waiting("soon closed", OTHER, 0.5, 23.5),
        waiting("a minor", MINOR, 23, 3),
        waiting("crisis", CRISIS, 10, 14),
        waiting("emergency", EMERGENCY, 23, 0.1),
        waiting("same window, waited longer", OTHER, 20, 9),
    ]
    assert [name for name, _ in sorted(queue, key=lambda pair: pair[1])] == [
        "emergency",
        "crisis",
        "a minor",
        "soon closed",
        "same window, waited longer",
        "late window",
        "closed",
        "came since, waits longer",
        "came since",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "oon 15", "olen 13-vuotias", "mä oon vasta 12v", "oon 14 vuotta ja joku uhkailee", "olen alaikäinen",
        "jag är 16", "jag är 14 år", "jag är bara 13", "jag är minderårig",
        "i'm 15", "I am 12 years old", "im only 13 and he wants pics", "i’m 17", "I'm a minor",
    ],
)  # fmt: skip
def test_who_says_to_be_under_18_is_heard(text: str) -> None:
    assert says_under_18(text)


@pytest.mark.parametrize(
    "text",
    [
        "oon 18", "olen 45-vuotias", "jag är 22", "i am 30 years old", "olen maksanut 15 euroa", "oon 10 min päässä",
        "i'm 15 minutes away", "jag är 10 km bort", "olen odottanut 12 tuntia", "mun tili on hakkeroitu", "112", "",
        "olen 3 kertaa soittanut", "oon 16.30 kotona",
    ],
)  # fmt: skip
def test_other_numbers_are_no_age_under_18(text: str) -> None:
    assert not says_under_18(text)


@pytest.mark.parametrize(
    "text", ["lopeta", "Takaisin botille!", " LOPETA. ", "tillbaka till boten", "Back to the bot", "end chat"]
)
def test_a_citizen_ends_it_in_their_own_language(text: str) -> None:
    assert wants_to_leave(text, None)


@pytest.mark.parametrize(
    "text", ["lopeta se mua lyö", "hän sanoi lopeta", "botti on tyhmä", "slut", "apua", "", "the end is near", "112"]
)
def test_the_same_word_inside_a_sentence_ends_nothing(text: str) -> None:
    assert not wants_to_leave(text, None)


def test_the_button_ends_it_and_another_button_does_not() -> None:
    assert wants_to_leave(None, LEAVE_CHOICE)
    assert not wants_to_leave("lopeta", "topic:grooming")


def test_a_greeting_or_a_follow_up_is_no_matter() -> None:
    assert names_a_matter("grooming")
    assert not any(names_a_matter(topic) for topic in (None, "talk_to_officer", "greeting_thanks", "follow_up_why"))


def test_every_minors_topic_and_canned_topic_is_a_published_topic() -> None:
    data = PROJECT / "data"
    published = {path.stem for path in (data / "answers").glob("*/*.yml")}
    canned = [each for path in (data / "canned").glob("*.yml") for each in yaml.safe_load(path.read_text()).values()]

    assert published >= TOPICS_OF_MINORS
    assert published >= {topic for each in canned for topic in each.get("topics", ())}


def test_the_bot_answers_while_no_officer_has_the_conversation() -> None:
    assert [bot_may_answer(state) for state in ConversationState] == [
        state in (ConversationState.BOT, ConversationState.WAITING) for state in ConversationState
    ]
