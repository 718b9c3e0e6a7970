"""Handover: the states of a conversation and the changes that are allowed, as pure rules.

`CHANGES` is the whole law: who may change what from where to where. Nothing here touches a database.
"""

import datetime as dt
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, get_args

from gateway.errors import ChangeNotAllowed
from gateway.handover.officers import Officer

State = Literal["bot", "waiting", "officer", "closed"]
STATES: tuple[State, ...] = get_args(State)
# `officer` is anybody logged in, `owner` the one who has the conversation, `clock` a moment that has come.
Role = Literal["officer", "owner", "supervisor", "citizen", "clock", "gateway"]
ChangeName = Literal[
    "ask", "claim", "take_over", "hand_on", "release", "give_back", "leave", "wait_out", "close", "idle"
]


@dataclass(frozen=True)
class Change:
    """One allowed change: from which states, to which, by whom; `title` completes "… cannot be …"."""

    before: frozenset[State]
    after: State
    by: frozenset[Role]
    title: str


def _change(before: Iterable[State], after: State, by: Iterable[Role], title: str) -> Change:
    return Change(frozenset(before), after, frozenset(by), title)


CHANGES: dict[ChangeName, Change] = {
    "ask": _change({"bot"}, "waiting", {"citizen", "gateway", "officer"}, "put into the queue"),
    "claim": _change({"waiting"}, "officer", {"officer"}, "claimed"),
    "take_over": _change({"officer"}, "officer", {"supervisor"}, "taken over"),
    "hand_on": _change({"officer"}, "officer", {"owner", "supervisor"}, "handed to a colleague"),
    "release": _change({"officer"}, "waiting", {"owner", "supervisor", "clock"}, "put back into the queue"),
    "give_back": _change({"officer"}, "bot", {"owner", "supervisor"}, "given back to the bot"),
    "leave": _change({"waiting", "officer"}, "bot", {"citizen"}, "left by the citizen"),
    "wait_out": _change({"waiting"}, "bot", {"clock"}, "taken out of the queue"),
    "close": _change({"bot", "waiting", "officer"}, "closed", {"owner", "supervisor"}, "closed"),
    "idle": _change({"bot"}, "closed", {"gateway"}, "closed"),
}

ALLOWED: dict[State, frozenset[State]] = {
    state: frozenset(each.after for each in CHANGES.values() if state in each.before and each.after != state)
    for state in STATES
}

# While an officer owns a conversation the bot is silent; in the queue it goes on helping.
BOT_ANSWERS: frozenset[str] = frozenset({"bot", "waiting"})
# A human is asked for or there.
WITH_HUMANS: frozenset[str] = frozenset({"waiting", "officer"})


def change(current: State, wanted: State) -> State:
    """The state after the change; raises `ChangeNotAllowed` when the rules have no such step."""
    if wanted == current:
        return current
    if wanted not in ALLOWED[current]:
        raise ChangeNotAllowed(f"A conversation that is {current!r} cannot become {wanted!r}.")
    return wanted


def decide(name: ChangeName, state: str, roles: frozenset[Role]) -> State:
    """The state after a named change; raises `ChangeNotAllowed` with what is in the way."""
    rule = CHANGES[name]
    if state not in rule.before:
        raise ChangeNotAllowed(f"The conversation cannot be {rule.title}: it is {state!r} now.")
    if not roles & rule.by:
        allowed = " or ".join(sorted(rule.by))
        raise ChangeNotAllowed(f"The conversation cannot be {rule.title} by you: only by its {allowed}.")
    return rule.after


def roles_of(officer: Officer, owner: uuid.UUID | None) -> frozenset[Role]:
    """What an officer is to a conversation with this owner."""
    roles: set[Role] = {"officer"}
    if owner == officer.id:
        roles.add("owner")
    if officer.supervisor:
        roles.add("supervisor")
    return frozenset(roles)


def bot_may_answer(state: str) -> bool:
    """Whether a reply of the bot may go out in this state."""
    return state in BOT_ANSWERS


def may_go_out(
    author: str,
    officer: uuid.UUID | None,
    written_at: dt.datetime,
    *,
    state: str,
    owner: uuid.UUID | None,
    owner_changed_at: dt.datetime | None,
) -> bool:
    """Whether a reply written then may be sent now.

    What the bot wrote before an officer came or went is stale. What an officer wrote goes out, also after giving
    back or closing, but not once somebody else owns the conversation. The service's own lines always go.
    """
    if author == "bot":
        return bot_may_answer(state) and (owner_changed_at is None or written_at >= owner_changed_at)
    if author == "officer":
        return owner is None or owner == officer
    return True
