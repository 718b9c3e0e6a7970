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
BELONGING: Final = "belonging"
"""What was stolen or lost, as long as the talk is about that."""
_GONE: Final = f"{BELONGING}:"
_OF_BELONGINGS: Final = frozenset({"property_theft_lost"})
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
# Where a small matter belongs to whoever did something, it is none of a victim's.
_OF_WHOEVER_DID_IT: Final = "fines_and_record"
_OF_DOERS_OR_NONE: Final = frozenset(
    {
        None, _OF_WHOEVER_DID_IT, "is_it_a_crime", "case_status", "after_report", "report_under_18",
        "offender_under_15", "out_of_scope",
    }
)  # fmt: skip
_SURE_OF_ANOTHER: Final = 0.85
# What is asked of a thing beside the rule itself has the piece of its own subject.
_OWN_QUESTIONS: Final = {
    "found": frozenset(
        {
            "cost",
            "compensation_money_back",
            "own_offence_risk",
            "contact_again",
            "what_first",
            "how_to_report_this",
            "do_it_myself",
            "time_limit",
            "may_i_publish",
            "what_happens_next",
            "evidence_how",
            "anonymity",
        }
    )
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
    answers: frozenset[str] = frozenset()
    """Of a small matter within a subject: the questions that have an answer of its own."""
    stays: bool = True
    """Whether the talk is about it until another matter is named."""


@dataclass(frozen=True)
class _Rules:
    asks: tuple[re.Pattern[str], ...]
    not_beside: tuple[re.Pattern[str], ...]
    things: dict[str, _Thing]
    """By name, with the small matters among them."""
    matters: tuple[str, ...]
    belongings: dict[str, re.Pattern[str]]


def with_everyday(found: Interpretation, text: str, state: State) -> Interpretation:
    """The interpretation, with the rule that was asked about as its subject and question; `state` is before it."""
    matter = _matter_in(found, text, state)
    if matter is not None:
        return matter
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


def _matter_in(found: Interpretation, text: str, state: State) -> Interpretation | None:
    """The interpretation with a small matter that the words name, or None."""
    lowered, rules = text.lower(), _rules()
    name = next((name for name in rules.matters if rules.things[name].named.search(lowered)), None)
    if name is None:
        return _still_of_matter(found, state)
    if rules.things[name].topic == _OF_WHOEVER_DID_IT and not _is_of_doers(found, state):
        return None
    thing = rules.things[name]
    asked = tuple(each for each in found.questions if each in thing.answers)
    if not asked and found.questions and found.certainty >= _SURE_OF_ANOTHER:
        return None
    questions = asked or (thing.question,)
    told = (*found.told, Told(THING, name, 0, len(text)))
    is_new = thing.topic != state.topic
    return replace(found, topic=thing.topic, is_new=is_new, beside=None, told=told).asking(*questions)


def _still_of_matter(found: Interpretation, state: State) -> Interpretation | None:
    """What is asked about the small matter of the talk, where the words alone are about a neighbour of it."""
    thing = next((_rules().things[name] for name in thing_before(state)), None)
    if thing is None or not found.is_new or not thing.answers & set(found.questions):
        return None
    return replace(found, topic=thing.topic, is_new=False, beside=None)


def _is_of_doers(found: Interpretation, state: State) -> bool:
    """Whether the talk is about what somebody did, or has no matter yet: a victim's interview is another one."""
    role = next((each.value for each in found.told if each.slot == "role"), state.role)
    return role == "doer" or found.topic in _OF_DOERS_OR_NONE


def thing_in(text: str, *, goes_on: bool = False) -> str | None:
    """The thing whose rule is asked about, or that was found; with `goes_on` its name alone asks."""
    lowered = text.lower()
    if len(text.split()) > _MOST_WORDS or any(pattern.search(lowered) for pattern in _rules().not_beside):
        return None
    for name, thing in _rules().things.items():
        if (
            not thing.answers
            and thing.named.search(lowered)
            and (goes_on or not thing.asks or any(pattern.search(lowered) for pattern in thing.asks))
        ):
            return name
    return None


def things_of(found: Interpretation | None) -> tuple[str, ...]:
    """What a message was found to ask the rule of."""
    return () if found is None else tuple(each.value for each in found.told if each.slot == THING)


def with_belonging(found: Interpretation, text: str) -> Interpretation:
    """The interpretation, with what was stolen or lost; of what was found the rule is told already."""
    if found.topic not in _OF_BELONGINGS or things_of(found):
        return found
    lowered = text.lower()
    name = next((name for name, form in _rules().belongings.items() if form.search(lowered)), None)
    return found if name is None else replace(found, told=(*found.told, Told(BELONGING, name, 0, len(text))))


def belongings_of(found: Interpretation | None) -> tuple[str, ...]:
    """What a message says is gone."""
    return () if found is None else tuple(each.value for each in found.told if each.slot == BELONGING)


def belonging_before(state: State) -> tuple[str, ...]:
    """What the talk is still about: the last thing that was gone, while its subject stays."""
    if state.topic not in _OF_BELONGINGS:
        return ()
    return next(((key.removeprefix(_GONE),) for key in reversed(state.said) if key.startswith(_GONE)), ())


def remembered_keys(found: Interpretation | None) -> tuple[str, ...]:
    """What of a message is kept among the keys of its reply: the rule and the thing that the talk is about."""
    return (
        *(f"{_SAID}{name}" for name in things_of(found)),
        *(f"{_GONE}{name}" for name in belongings_of(found)),
    )


def thing_before(state: State) -> tuple[str, ...]:
    """The thing that the talk is still about: the last one that was answered, while its subject stays."""
    name = next((key.removeprefix(_SAID) for key in reversed(state.said) if key.startswith(_SAID)), None)
    thing = _rules().things.get(name or "")
    if name is None or thing is None or not thing.stays or state.topic not in (thing.topic, thing.where_asked):
        return ()
    return (name,)


@lru_cache(maxsize=1)
def _rules() -> _Rules:
    read = yaml.safe_load(_FILE.read_text("utf-8"))
    asks = tuple(map(compiled, read["asks"]))
    things = {name: _thing(body, asks) for part in ("matters", "things") for name, body in read[part].items()}
    belongings = {name: compiled(form) for name, form in read["belongings"].items()}
    return _Rules(asks, tuple(map(compiled, read["not_beside"])), things, tuple(read["matters"]), belongings)


def _thing(body: dict[str, Any], asks: tuple[re.Pattern[str], ...]) -> _Thing:
    own = tuple(map(compiled, body.get("asks_alone", ())))
    asked = own or (asks if body.get("needs_asking", True) else ())
    later = {question: compiled(form) for question, form in body.get("later", {}).items()}
    where, answers = body.get("where_asked"), frozenset(body.get("answers", ()))
    stays = bool(body.get("stays", not answers))
    return _Thing(body["topic"], body["question"], compiled(body["named"]), asked, where, later, answers, stays)
