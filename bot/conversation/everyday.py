"""Conversation: everyday rules (may I carry a knife, how old for a moped) and things that were found: no dangers."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import yaml

from bot.conversation.interpretation import Interpretation
from bot.conversation.state import State
from bot.conversation.told import Told, compiled

THING: Final = "thing"
"""What an everyday rule is about: told by this message alone, and forgotten after the reply."""
_SAID: Final = f"{THING}:"
_FILE: Final = Path(__file__).with_name("everyday.yml")
# "And pepper spray?" goes on about rules, where one was asked about before.
_FEW_WORDS: Final = 6
# Whoever writes more than this tells of something that happened.
_MOST_WORDS: Final = 22
_IS_IT_ALLOWED: Final = "is_it_a_crime"
_RULES: Final = frozenset({_IS_IT_ALLOWED, "age_limits"})
# A rule may be heard as one of these. Whoever surely asks something else (what a fine costs) gets that.
_HEARD_AS: Final = _RULES | {
    "own_offence_risk", "what_first", "contact_again", "how_to_do_step", "what_is_it", "prevention_how", "do_it_myself",
    "how_to_report_this", "report_needed", "is_it_real", "police_can_do_what", "while_waiting_for_help",
}  # fmt: skip
_SURE: Final = 0.6
# What is asked of a thing beside the rule itself has the piece of its own subject.
_OWN_QUESTIONS: Final = {
    "found": frozenset({"cost", "compensation_money_back", "own_offence_risk", "contact_again", "what_first"})
}


@dataclass(frozen=True)
class _Thing:
    topic: str
    question: str
    named: re.Pattern[str]
    asks: tuple[re.Pattern[str], ...]
    where_asked: str | None
    """The subject where the words ask what is allowed, if it is another; the question then is whether it is a crime."""
    later: dict[str, re.Pattern[str]]
    """What else is asked of it in the same talk: question and form."""


@dataclass(frozen=True)
class _Rules:
    asks: tuple[re.Pattern[str], ...]
    not_beside: tuple[re.Pattern[str], ...]
    things: dict[str, _Thing]


def with_everyday(found: Interpretation, text: str, state: State) -> Interpretation:
    """The interpretation, with the rule that was asked about as its subject and question; `state` is before it."""
    for before in thing_before(state):
        later = _rules().things[before].later
        asked = next((question for question, form in later.items() if form.search(text.lower())), None)
        if asked is not None:
            return replace(found, questions=(asked,), move=asked, act=None, topic=state.topic, is_new=False, guesses=())
    name = thing_in(text, goes_on=state.question in _RULES and len(text.split()) <= _FEW_WORDS)
    if name is None or (found.certainty >= _SURE and set(found.questions) - _HEARD_AS):
        return found
    thing = _rules().things[name]
    topic, question = thing.topic, thing.question
    if thing.where_asked is not None and any(pattern.search(text.lower()) for pattern in _rules().asks):
        topic, question = thing.where_asked, _IS_IT_ALLOWED
    own = tuple(each for each in found.questions if each in _OWN_QUESTIONS.get(name, ()))
    questions = own or (question,)
    return replace(
        found,
        topic=topic,
        is_new=topic != state.topic,
        move=questions[0],
        questions=questions,
        act=None,
        told=(*found.told, Told(THING, name, 0, len(text))),
        guesses=(),
        beside=None,
    )


def thing_in(text: str, *, goes_on: bool = False) -> str | None:
    """The thing whose rule is asked about, or that was found; with `goes_on` its name alone asks."""
    lowered = text.lower()
    if len(text.split()) > _MOST_WORDS or any(pattern.search(lowered) for pattern in _rules().not_beside):
        return None
    for name, thing in _rules().things.items():
        if thing.named.search(lowered) and (
            goes_on or not thing.asks or any(pattern.search(lowered) for pattern in thing.asks)
        ):
            return name
    return None


def things_of(found: Interpretation | None) -> tuple[str, ...]:
    """What a message was found to ask the rule of."""
    return () if found is None else tuple(each.value for each in found.told if each.slot == THING)


def thing_before(state: State) -> tuple[str, ...]:
    """The thing that the talk is still about: the last one that was answered, while its subject stays."""
    name = next((key.removeprefix(_SAID) for key in reversed(state.said) if key.startswith(_SAID)), None)
    thing = _rules().things.get(name or "")
    if name is None or thing is None or state.topic not in (thing.topic, thing.where_asked):
        return ()
    return (name,)


@lru_cache(maxsize=1)
def _rules() -> _Rules:
    read = yaml.safe_load(_FILE.read_text("utf-8"))
    asks = tuple(map(compiled, read["asks"]))
    things = {name: _thing(body, asks) for name, body in read["things"].items()}
    return _Rules(asks, tuple(map(compiled, read["not_beside"])), things)


def _thing(body: dict[str, Any], asks: tuple[re.Pattern[str], ...]) -> _Thing:
    own = tuple(map(compiled, body.get("asks_alone", ())))
    asked = own or (asks if body.get("needs_asking", True) else ())
    later = {question: compiled(form) for question, form in body.get("later", {}).items()}
    return _Thing(body["topic"], body["question"], compiled(body["named"]), asked, body.get("where_asked"), later)
