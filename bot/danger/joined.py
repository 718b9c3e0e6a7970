"""Danger in a talk: a message read together with the one before it.

"No. Only me and the window" says nothing by itself, and "he took it from the drawer" is a charger or a knife. The two
messages as one text are judged as any text is, and so is the earlier one alone: what it said already alarmed then.
"""

from __future__ import annotations

from typing import Any, Final

from rasa.shared.nlu.training_data.message import Message

from bot.arrays import FloatArray
from bot.danger.fusion import log_odds_of
from bot.danger.model import DangerModel
from bot.danger.nearest import no_evidence
from bot.encoder import Encoder
from bot.names import BEFORE, CRISIS, EMERGENCY

_TOGETHER, _EARLIER = "together", "earlier"
_NAMES: Final = ("danger", "danger by the lines", *no_evidence())
# Where neither the message alone nor the talk has this much of a danger, nothing is looked at: of 220 dangers that show
# in a talk only, two were below.
_LEAST = 0.005


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
    pairs = (f"{name}, {which}" for which in (_TOGETHER, _EARLIER) for name in _NAMES)
    return ("alone", "talk", *pairs)


def evidence_in_talk(
    model: DangerModel, encoder: Encoder, text: str, before: str, alone: float, talk: float
) -> tuple[dict[str, float], dict[str, float]]:
    """The evidence by name, and the probability of each danger by both messages as one text."""
    texts = {_TOGETHER: joined(before, text), _EARLIER: before}
    vectors = encoder.encode_layers(list(texts.values()))
    read = {which: _read(model, texts[which], vector) for which, vector in zip(texts, vectors, strict=True)}
    both = {f"{name}, {which}": value for which, (_, values) in read.items() for name, value in values.items()}
    return {"alone": alone, "talk": talk, **both}, read[_TOGETHER][0]


def _read(model: DangerModel, text: str, vector: FloatArray) -> tuple[dict[str, float], dict[str, float]]:
    everything, lines = model.probabilities(text, lambda _: vector)
    nearest = model.nearest.evidence(vector) if model.nearest is not None else no_evidence()
    return everything, {"danger": _danger(everything), "danger by the lines": _danger(lines), **nearest}


def _danger(probabilities: Any) -> float:
    return log_odds_of(probabilities.get(EMERGENCY, 0.0) + probabilities.get(CRISIS, 0.0))
