"""Handover rules: the states of a conversation and the changes that are allowed; pure functions.

`CHANGES` says who may change what, from which states and to which. Nothing here reads a database.
"""

import datetime as dt
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from gateway.conversations.kinds import Author, ConversationState, TurnOutcome
from gateway.conversations.told import Consent, Told
from gateway.core.actors import Officer
from gateway.core.errors import ChangeNotAllowed

BOT, WAITING, OFFICER, CLOSED = ConversationState
STATES = tuple(ConversationState)


class ActorRole(StrEnum):
    """What somebody is to a conversation. `OFFICER` is anybody signed in; `CLOCK` is a time limit that has passed."""

    OFFICER = "officer"
    OWNER = "owner"
    SUPERVISOR = "supervisor"
    CITIZEN = "citizen"
    CLOCK = "clock"
    GATEWAY = "gateway"


class ChangeName(StrEnum):
    """The changes by name."""

    ASK = "ask"
    CLAIM = "claim"
    TAKE_OVER = "take_over"
    HAND_ON = "hand_on"
    RELEASE = "release"
    GIVE_BACK = "give_back"
    LEAVE = "leave"
    WAIT_OUT = "wait_out"
    CLOSE = "close"
    IDLE = "idle"


@dataclass(frozen=True)
class Change:
    """One allowed change: from which states, to which, by whom; `title` completes "… cannot be …"."""

    before: frozenset[ConversationState]
    after: ConversationState
    by: frozenset[ActorRole]
    title: str


def _change(
    before: Iterable[ConversationState], after: ConversationState, by: Iterable[ActorRole], title: str
) -> Change:
    return Change(frozenset(before), after, frozenset(by), title)


_BY_STAFF = (ActorRole.OWNER, ActorRole.SUPERVISOR)
CHANGES: dict[ChangeName, Change] = {
    ChangeName.ASK: _change(
        {BOT}, WAITING, {ActorRole.CITIZEN, ActorRole.GATEWAY, ActorRole.OFFICER}, "put into the queue"
    ),
    ChangeName.CLAIM: _change({WAITING}, OFFICER, {ActorRole.OFFICER}, "claimed"),
    ChangeName.TAKE_OVER: _change({OFFICER}, OFFICER, {ActorRole.SUPERVISOR}, "taken over"),
    ChangeName.HAND_ON: _change({OFFICER}, OFFICER, _BY_STAFF, "handed to a colleague"),
    ChangeName.RELEASE: _change({OFFICER}, WAITING, {*_BY_STAFF, ActorRole.CLOCK}, "put back into the queue"),
    ChangeName.GIVE_BACK: _change({OFFICER}, BOT, _BY_STAFF, "given back to the bot"),
    ChangeName.LEAVE: _change({WAITING, OFFICER}, BOT, {ActorRole.CITIZEN}, "left by the citizen"),
    ChangeName.WAIT_OUT: _change({WAITING}, BOT, {ActorRole.CLOCK}, "taken out of the queue"),
    ChangeName.CLOSE: _change({BOT, WAITING, OFFICER}, CLOSED, _BY_STAFF, "closed"),
    ChangeName.IDLE: _change({BOT}, CLOSED, {ActorRole.GATEWAY}, "closed"),
}

# While an officer owns a conversation the bot is silent; in the queue it goes on answering.
BOT_ANSWERS = frozenset({BOT, WAITING})
# An officer is asked for, or has the conversation.
WITH_OFFICERS = frozenset({WAITING, OFFICER})
# Outcomes of a turn to which no reply can be sent; each is put before the officers.
UNANSWERABLE = frozenset({TurnOutcome.WINDOW_CLOSED, TurnOutcome.PLATFORM_OFF, TurnOutcome.TOO_LATE})


def decide(name: ChangeName, state: ConversationState, roles: frozenset[ActorRole]) -> ConversationState:
    """The state after a named change by somebody with these roles.

    Raises `ChangeNotAllowed` with the code `wrong_state` or `wrong_role`.
    """
    change = CHANGES[name]
    if state not in change.before:
        raise ChangeNotAllowed("wrong_state", change=change.title, state=state.value)
    if not roles & change.by:
        raise ChangeNotAllowed("wrong_role", change=change.title, allowed=" or ".join(sorted(change.by)))
    return change.after


def roles_of(officer: Officer, owner: uuid.UUID | None) -> frozenset[ActorRole]:
    """What an officer is to a conversation with this owner."""
    roles = {ActorRole.OFFICER}
    if owner == officer.id:
        roles.add(ActorRole.OWNER)
    if officer.supervisor:
        roles.add(ActorRole.SUPERVISOR)
    return frozenset(roles)


def bot_may_answer(state: ConversationState) -> bool:
    """Whether a reply of the bot may be sent in this state."""
    return state in BOT_ANSWERS


def request_is_open(told: Told) -> bool:
    """Whether the citizen has asked for an officer and waits for one, or has one."""
    return told.consent == Consent.ASKED and not told.request_ended


def may_go_out(
    author: Author,
    officer: uuid.UUID | None,
    written_at: dt.datetime,
    *,
    state: ConversationState,
    owner: uuid.UUID | None,
    owner_changed_at: dt.datetime | None,
) -> bool:
    """Whether a reply written then may be sent now.

    What the bot wrote before an officer came or went is stale. What an officer wrote is sent, also after giving back or
    closing, but not once another officer owns the conversation. Texts of the service itself are always sent.
    """
    if author == Author.BOT:
        return bot_may_answer(state) and (owner_changed_at is None or written_at >= owner_changed_at)
    if author == Author.OFFICER:
        return owner is None or owner == officer
    return True
