"""Danger, the judgement: from what the patterns saw and how likely the classifier finds each danger."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from bot.names import CRISIS, EMERGENCY

# Between the two, 112 is the better mistake; a pattern of a crisis weighs against it.
_EMERGENCY_FIRST = 0.3


@dataclass(frozen=True)
class Thresholds:
    """Probabilities. `emergency` and `crisis`: of either, enough alone. `with_pattern`: of any danger, enough where a
    pattern fired too. `topic`: of any danger, enough to give its answer instead of the topic's; `unsure`: the same
    where no topic was found. See docs/decisions/0006-danger.md.
    """

    emergency: float
    crisis: float
    with_pattern: float
    topic: float
    unsure: float


@dataclass(frozen=True)
class Judgement:
    """The danger of a message, and whether it also decides the answer: always, or only where no topic was found."""

    danger: str
    is_sure: bool
    is_likely: bool


def judged(
    patterns: Collection[str], probabilities: Mapping[str, float] | None, thresholds: Thresholds
) -> Judgement | None:
    """The danger, or None. `probabilities` of emergency and crisis are None where no classifier was trained."""
    if probabilities is None:
        found = next((danger for danger in (EMERGENCY, CRISIS) if danger in patterns), None)
        return Judgement(found, is_sure=True, is_likely=True) if found else None
    emergency, crisis = probabilities.get(EMERGENCY, 0.0), probabilities.get(CRISIS, 0.0)
    either = emergency + crisis
    is_enough = emergency >= thresholds.emergency or crisis >= thresholds.crisis
    if not is_enough and not (patterns and either >= thresholds.with_pattern):
        return None
    is_likelier = emergency > crisis if CRISIS in patterns else emergency >= crisis * _EMERGENCY_FIRST
    is_emergency = EMERGENCY in patterns or is_likelier
    danger = EMERGENCY if is_emergency else CRISIS
    return Judgement(danger, is_sure=either >= thresholds.topic, is_likely=either >= thresholds.unsure)
