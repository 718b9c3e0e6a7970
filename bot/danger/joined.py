"""Danger in a talk: a message read together with the one before it.

"No. Only me and the window" says nothing by itself, and "he took it from the drawer" is a charger or a knife. The two
messages as one text are judged as any text is.
"""

from __future__ import annotations

from typing import Any, Final

from rasa.shared.nlu.training_data.message import Message

from bot.danger.fusion import log_odds_of
from bot.danger.model import DangerModel
from bot.danger.nearest import no_evidence
from bot.encoder import Encoder
from bot.names import BEFORE, CRISIS, EMERGENCY

_NAMES: Final = ("danger", "danger by the lines", *no_evidence())
# Where neither the message alone nor the talk has this much of a danger, nothing is looked at: of 790 dangers that show
# in a talk four were below, and all four were missed anyway.
_LEAST = 0.01


def before_of(message: Message) -> str:
    """What the citizen wrote before this message, as the gateway told; empty where nothing was, or long ago."""
    return str((message.get("metadata") or {}).get(BEFORE) or "").strip()


def is_worth_a_look(alone: float, talk: float) -> bool:
    """Whether these log-odds leave a doubt that is worth the milliseconds."""
    return max(alone, talk) >= log_odds_of(_LEAST)


def joined(before: str, text: str) -> str:
    """Both messages as one text, in training and in service alike."""
    return f"{before}. {text}"


def evidence_names() -> tuple[str, ...]:
    """The names of all evidence in a talk: of the message alone, of the talk, and of the two messages."""
    return ("alone", "talk", *(f"{name}, together" for name in _NAMES))


def evidence_in_talk(
    model: DangerModel, encoder: Encoder, both: str, alone: float, talk: float
) -> tuple[dict[str, float], dict[str, float]]:
    """The evidence by name, and the probability of each danger by `both` messages as one text."""
    vector = encoder.encode_layers([both])[0]
    everything, lines = model.probabilities(both, lambda _: vector)
    nearest = model.nearest.evidence(vector) if model.nearest is not None else no_evidence()
    values = (_danger(everything), _danger(lines), *nearest.values())
    names = evidence_names()
    return dict(zip(names, (alone, talk, *values), strict=True)), everything


def _danger(probabilities: Any) -> float:
    return log_odds_of(probabilities.get(EMERGENCY, 0.0) + probabilities.get(CRISIS, 0.0))
