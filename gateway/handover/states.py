"""Handover: the states of a conversation and the changes that are allowed, as pure rules."""

from typing import Literal

from gateway.errors import ChangeNotAllowed

State = Literal["bot", "waiting", "officer", "closed"]

ALLOWED: dict[State, frozenset[State]] = {
    "bot": frozenset({"waiting", "closed"}),
    "waiting": frozenset({"officer", "bot", "closed"}),
    "officer": frozenset({"bot", "waiting", "closed"}),
    "closed": frozenset(),
}

# While an officer owns a conversation the bot is silent; in the queue it goes on helping.
BOT_ANSWERS: frozenset[str] = frozenset({"bot", "waiting"})


def change(current: State, wanted: State) -> State:
    """The state after the change; raises `ChangeNotAllowed` when the rules have no such step."""
    if wanted == current:
        return current
    if wanted not in ALLOWED[current]:
        raise ChangeNotAllowed(f"A conversation that is {current!r} cannot become {wanted!r}.")
    return wanted


def bot_may_answer(state: str) -> bool:
    """Whether a reply of the bot may go out in this state."""
    return state in BOT_ANSWERS
