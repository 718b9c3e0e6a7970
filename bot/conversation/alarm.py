"""Conversation and danger: an alarm in the middle of a talk is judged with the talk, and begins the state of danger."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

from rasa.shared.nlu.training_data.message import Message

from bot.conversation.context import NONE, NOW, PASSED
from bot.conversation.denials import denies_danger, denies_plainly, denies_thoughts, plans_to_tell
from bot.conversation.everyday import THING
from bot.conversation.interpretation import INTERPRETATION
from bot.conversation.state import STATE, State
from bot.conversation.terms import TERM
from bot.danger.decision import DangerDecision, Thresholds, decide_danger
from bot.danger.fusion import NEAR_DANGER, log_odds_of, probability_of
from bot.names import CRISIS, EMERGENCY
from bot.patterns.component import DANGER_PATTERN

# In a talk a message alone is half the evidence: an ordinary turn ("my gf will kill me if i forget") has the talk
# against it, and a few words ("he is here now") have it for them. How much each counts, and from when on what is done:
# chosen on the talks and lines of the open evaluation sets (docs/decisions/0006-danger.md).
ALONE_WEIGHT: Final = 0.4
TALK_WEIGHT: Final = 0.6
IN_TALK: Final = Thresholds(possible=0.12, urgent=0.5, topic=0.8, unsure=0.6)
# The same where the message before is known: by both messages together, or by the message alone where it is nearly
# sure. Pairs are written to belong together, so both together judge a change of subject badly ("hi, just a question",
# then a rope); and half a sentence of an ordinary talk ("maybe I am") sounds like danger where it stands alone.
WITH_BEFORE: Final = Thresholds(possible=0.55, urgent=0.8, topic=0.85, unsure=0.8)
BY_ITSELF: Final = Thresholds(possible=0.88, urgent=0.95, topic=0.98, unsure=0.95)
Look = Callable[[float, float], "tuple[str, float] | None"]
"""From the log-odds of danger by the message alone and by the talk: which danger it would be, and the log-odds of both
messages together; None where nothing is worth a look.
"""
# Whoever was asked already is not asked again for less than this.
ASKED_AGAIN: Final = 0.2
ASKED_AGAIN_WITH_BEFORE: Final = 0.65
# From here on the talk says which danger it is.
_TALK_DECIDES_KIND: Final = 0.4
# "He left, help is here", "I was only kidding": these words are about danger, and say that there is none.
_NOT_DANGER: Final = frozenset({"danger_over", "joking"})
_CERTAIN: Final = 0.6
_ANSWERS: Final = frozenset({"yes", "no"})
# "Help" and nothing else, in the middle of a talk about a parcel, is a cry for the next step more often than for 112.
_CRY_ALONE: Final = re.compile(
    r"\W*(?:(?:voi|oi|hei|öö|no|oh|omg|snälla|please|pls|plz|kiltti|ole\w* kiltti|can you|kan du|voitko)\W+)*"
    r"(?:apua+|auta|auttaa|auttakaa|hjälp|hjalp|hjälpa|help)"
    r"(?:\W+(?:mua|mut|minua|mej|mig|me|oss|us|meitä|snälla|please|pls|plz|kiltti|edes|jooko))*\W*",
    re.IGNORECASE,
)
# Whoever surely thanks, agrees or asks to hear it again is not asked whether somebody is in danger; an alarm sounds.
_ORDINARY: Final = frozenset(
    {"thanks", "ok", "helped", "shorter", "simpler", "repeat", "pick_1", "pick_2", "pick_3", "want_officer", "language"}
)


def in_conversation(
    danger: str, log_odds: float, message: Message, thresholds: Thresholds, state: State, look: Look | None = None
) -> DangerDecision | None:
    """The decision on a message of that danger, seen in its talk; the first message has only itself.

    "Yes" to whether there is danger, where the last reply asked that, is danger. `look` reads the message together with
    the one before it, where that is known.
    """
    found = message.get(INTERPRETATION)
    if not in_talk(message):
        return _not_of_a_rule(found, decide_danger(danger, probability_of(log_odds), thresholds))
    asked = state.last.asked
    if asked in (EMERGENCY, CRISIS) and found["act"] in _ANSWERS:
        return DangerDecision(asked, is_sure=True, is_likely=True) if found["act"] == "yes" else None
    if found["act"] in _NOT_DANGER and found["certainty"] >= _CERTAIN and log_odds < 0:
        return None
    kind, share = _expected(found["alarm"])
    talk = log_odds_of(share)
    seen = look(log_odds, talk) if look is not None else None
    limits, again = (IN_TALK, ASKED_AGAIN) if seen is None else (WITH_BEFORE, ASKED_AGAIN_WITH_BEFORE)
    by_itself = None if seen is None else decide_danger(danger, probability_of(log_odds), BY_ITSELF)
    danger, together = seen or (danger, ALONE_WEIGHT * log_odds + TALK_WEIGHT * talk)
    kind = kind if share >= _TALK_DECIDES_KIND else danger
    probability = probability_of(together)
    was_answered = state.danger == PASSED or any(state.was_said(asking_key(each)) for each in (EMERGENCY, CRISIS))
    if probability < again and was_answered and by_itself is None:
        return None
    decision = _not_of_a_rule(found, _graver(decide_danger(kind, probability, limits), by_itself))
    text = message.get("text") or ""
    is_denied = decision is not None and decision.danger == CRISIS and denies_thoughts(text)
    if decision is not None and (is_denied or _is_cry_in_ordinary_talk(message, state)):
        decision = replace(decision, is_sure=False, is_likely=False, is_urgent=False)
    if decision is not None and not decision.is_urgent and denies_danger(text):
        return None
    if decision is not None and denies_plainly(text) and not _has_pattern(message):
        return None
    is_sure = found["certainty"] >= _CERTAIN or plans_to_tell(text)
    is_ordinary = (found["act"] in _ORDINARY or plans_to_tell(text)) and is_sure and state.danger == NONE
    return None if decision is not None and not decision.is_urgent and is_ordinary else decision


def _graver(one: DangerDecision | None, other: DangerDecision | None) -> DangerDecision | None:
    if one is None or other is None:
        return one or other
    return max(one, other, key=lambda each: (each.is_urgent, each.is_sure))


def is_asked_plainly(message: Message, state: State) -> bool:
    """Whether plain words alone may have it asked if there is danger: not once danger was told of, and not where the
    words take it back.
    """
    text = message.get("text") or ""
    is_taken_back = denies_danger(text) or denies_plainly(text) or denies_thoughts(text)
    return not in_talk(message) or (state.danger == NONE and not is_taken_back)


def _has_pattern(message: Message) -> bool:
    """Whether the words have a danger in them that is told in so many."""
    return any(each["entity"] == DANGER_PATTERN for each in message.get("entities") or ())


def _not_of_a_rule(found: Mapping[str, Any] | None, decision: DangerDecision | None) -> DangerDecision | None:
    """Whoever asks if he may carry a knife, or what a word means, is not asked about danger; an alarm sounds."""
    is_rule = any(slot in (THING, TERM) for slot, *_ in (found or {}).get("told") or ())
    return None if is_rule and decision is not None and not decision.is_urgent else decision


def _is_cry_in_ordinary_talk(message: Message, state: State) -> bool:
    """A cry without a word of danger, where the subject is none in which somebody may be in danger."""
    is_ordinary = state.topic is not None and state.topic not in NEAR_DANGER and state.danger == NONE
    return is_ordinary and _CRY_ALONE.fullmatch(message.get("text") or "") is not None


def in_talk(message: Message) -> bool:
    """Whether something was said before it."""
    found = message.get(INTERPRETATION)
    return bool(found) and not found["is_first"]


def asking_key(danger: str) -> str:
    """The key of the question whether there is that danger, among what was said."""
    return f"asks:{danger}"


def _expected(alarm: Mapping[str, float]) -> tuple[str, float]:
    """The likelier danger in this talk, and how likely either is."""
    shares = {kind: float(alarm.get(kind, 0.0)) for kind in (EMERGENCY, CRISIS)}
    return max(shares, key=lambda kind: shares[kind]), sum(shares.values())


def begin(message: Message, topic: str | None, length: int, *, has_subject: bool) -> None:
    """Write the danger into the state; `topic` is the subject that it gives a talk which has none yet."""
    entities: list[dict[str, Any]] = list(message.get("entities") or [])
    changed = {STATE + "danger": NOW}
    if topic is not None and not has_subject:
        changed[STATE + "topic"] = topic
    kept = [each for each in entities if each["entity"] not in changed]
    span = {"start": 0, "end": length, "extractor": "State"}
    message.set("entities", [*kept, *({"entity": name, "value": value, **span} for name, value in changed.items())])
