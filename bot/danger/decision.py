"""Danger, the decision: what is done about a message, from how likely it is that somebody is in danger."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from bot.names import CRISIS, EMERGENCY

POSSIBLE = "possible"
"""Level of a danger that is asked about, and not sure enough to alarm the officers."""

_OVER = re.compile(
    r"\b(?:eilen|eilis\w+|toissapäivänä|viime (?:yönä|viiko\w+|kuussa|kesänä|vuonna|\w+tai\w*)"
    r"|\w+ (?:päivää|viikkoo?a?|kuukautta|kuukaus|vuotta|vuos|viikko|vuosi) sit\w*"
    r"|i ?går|igår|i förrgår|förra (?:veckan|månaden|helgen|året|sommaren)|för (?:\w+ )?\w+ (?:sedan|sen)"
    r"|yesterday|last (?:night|week|weekend|month|year|summer)|(?:days?|weeks?|months?|years?) ago)\b",
    re.IGNORECASE,
)
_STILL = re.compile(
    r"\b(?:nyt|juuri|äsken|taas|edelleen|vielä\w*|koko ajan|tänään|nu|just|igen|fortfarande|hela tiden|i ?dag"
    r"|now|again|still|keeps|today|tonight|apua|hjälp|help)\b",
    re.IGNORECASE,
)
# Between the two, 112 is the better mistake; a pattern of a crisis weighs against it.
_EMERGENCY_FIRST = 0.3


@dataclass(frozen=True)
class Thresholds:
    """Probabilities of danger, each the least for its consequence. `possible`: the citizen is asked, with 112 or the
    helpers in the question. `urgent`: 112 or the helpers stand first, and the officers are alarmed. `topic`: the
    danger's answer is given instead of the topic's; `unsure`: the same where no topic was found. See
    docs/decisions/0006-danger.md.
    """

    possible: float
    urgent: float
    topic: float
    unsure: float


@dataclass(frozen=True)
class DangerDecision:
    """The danger of a message, and whether it also decides the answer: always, or only where no topic was found.

    Where it is not urgent, it is only possible: the citizen is asked, and no officer is alarmed yet.
    """

    danger: str
    is_sure: bool
    is_likely: bool
    is_urgent: bool = True


def decide_danger(danger: str, probability: float, thresholds: Thresholds) -> DangerDecision | None:
    """What is done about a danger of that probability; None: nothing."""
    if probability < thresholds.possible:
        return None
    return DangerDecision(
        danger,
        is_sure=probability >= thresholds.topic,
        is_likely=probability >= thresholds.unsure,
        is_urgent=probability >= thresholds.urgent,
    )


def tells_of_the_past(text: str) -> bool:
    """Whether the words name a day that is over and nothing of now: "dad hit me yesterday"."""
    return _OVER.search(text) is not None and _STILL.search(text) is None


def by_patterns_alone(patterns: Collection[str]) -> DangerDecision | None:
    """Where no classifier is trained, a pattern decides."""
    found = next((danger for danger in (EMERGENCY, CRISIS) if danger in patterns), None)
    return DangerDecision(found, is_sure=True, is_likely=True) if found else None


def kind_of(patterns: Collection[str], probabilities: Mapping[str, float]) -> str:
    """Which danger it would be."""
    emergency, crisis = probabilities.get(EMERGENCY, 0.0), probabilities.get(CRISIS, 0.0)
    is_likelier = emergency > crisis if CRISIS in patterns else emergency >= crisis * _EMERGENCY_FIRST
    return EMERGENCY if EMERGENCY in patterns or is_likelier else CRISIS
