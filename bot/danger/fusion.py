"""Danger, the evidence together: what danger classifier, topics and patterns say of one message, in one number.

A topic is evidence, too: a message that is surely about a parcel is hardly an emergency. The weights are few, and
fitted on messages that none of the models has learned from (`python -m evaluation.fusion`, on the open evaluation set).
"""

from __future__ import annotations

import json
import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from answers.limits import LANGUAGES
from bot.danger.nearest import no_evidence
from bot.names import CRISIS, EMERGENCY, EMERGENCY_TOPIC, OUT_OF_SCOPE, SUICIDE, UNCLEAR

WEIGHTS_PATH = Path(__file__).with_name("fusion.json")
# Topics in which somebody may be in danger, or has been; the rest of the messages are ordinary.
NEAR_DANGER = frozenset(
    {
        EMERGENCY_TOPIC, SUICIDE, "missing_person", "threat_to_others", "violence_at_home", "sexual_violence",
        "child_at_risk", "assault_or_robbery", "need_to_talk", "threats_extortion", "stalking_restraining_order",
        "gang_exit",
    }
)  # fmt: skip
# Topics in which somebody may come into danger, too.
_EVIDENCE_OF_DANGER = NEAR_DANGER | {"dangerous_challenge", "drugs_alcohol"}
_LEAST = 1e-5
# Of 2,200 dangers of unknown hands one was below it; one ordinary message in seven is within.
_DOUBT = (0.005, 0.95)


@dataclass(frozen=True)
class Weights:
    """A logistic regression: the weight of each kind of evidence, and the bias."""

    weights: Mapping[str, float]
    bias: float

    def log_odds(self, found: Mapping[str, float]) -> float:
        """The log-odds that somebody is in danger, from the evidence that has a weight."""
        return self.bias + sum(weight * found[name] for name, weight in self.weights.items())


@dataclass(frozen=True)
class Fusion:
    """Weights without and with what a second look finds (`bot.danger.nearest`), and those of a message that is read
    together with the one before it (`bot.danger.joined`).
    """

    first: Weights
    second: Weights
    in_talk: Weights

    @staticmethod
    def is_in_doubt(log_odds: float) -> bool:
        """Whether a second look is worth its milliseconds: not where the first is this sure of either."""
        return log_odds_of(_DOUBT[0]) <= log_odds < log_odds_of(_DOUBT[1])


def evidence(
    probabilities: Mapping[str, float],
    lines: Mapping[str, float],
    topics: Mapping[str, float],
    patterns: Collection[str],
    language: str = "",
) -> dict[str, float]:
    """What is known of a message: of danger by all examples and by the lines alone, of each group of topics, which
    patterns fired, and its language: the models have learned from different annotators in each.
    """
    near = sum(share for topic, share in topics.items() if topic in _EVIDENCE_OF_DANGER)
    ordinary = max((share for topic, share in topics.items() if topic not in _EVIDENCE_OF_DANGER), default=0.0)
    return {
        "danger": log_odds_of(probabilities.get(EMERGENCY, 0.0) + probabilities.get(CRISIS, 0.0)),
        "danger by the lines": log_odds_of(lines.get(EMERGENCY, 0.0) + lines.get(CRISIS, 0.0)),
        "topic emergency": log_odds_of(topics.get(EMERGENCY_TOPIC, 0.0)),
        "topic suicide": log_odds_of(topics.get(SUICIDE, 0.0)),
        "topics near danger": log_odds_of(near),
        "likeliest ordinary topic": log_odds_of(ordinary),
        "topic greeting": log_odds_of(topics.get("greeting_thanks", 0.0)),
        "topic unclear": log_odds_of(topics.get(UNCLEAR, 0.0)),
        "topic out of scope": log_odds_of(topics.get(OUT_OF_SCOPE, 0.0)),
        "pattern of an emergency": float(EMERGENCY in patterns),
        "pattern of a crisis": float(CRISIS in patterns),
        **{f"in {code}": float(language == code) for code in LANGUAGES},
    }


def log_odds_of(probability: float) -> float:
    """The log-odds of a probability, bounded."""
    bounded = min(max(probability, _LEAST), 1 - _LEAST)
    return math.log(bounded / (1 - bounded))


def probability_of(log_odds: float) -> float:
    """The probability of log-odds."""
    return 1 / (1 + math.exp(-log_odds))


def read_fusion(path: Path = WEIGHTS_PATH) -> Fusion:
    """The committed weights. Raises KeyError where one is missing."""
    stored = json.loads(path.read_text("utf-8"))
    names = evidence({}, {}, {}, ())
    stored_in_talk = stored["in_talk"]
    return Fusion(
        _weights(stored["first"], names),
        _weights(stored["second"], {**names, **no_evidence()}),
        _weights(stored_in_talk, stored_in_talk["weights"]),
    )


def _weights(stored: Mapping[str, Any], names: Collection[str]) -> Weights:
    return Weights({name: float(stored["weights"][name]) for name in names}, float(stored["bias"]))
