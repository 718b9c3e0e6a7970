"""Conversation: what the gateway learns of a message beside its topic: question, act, and state with its sources."""

from __future__ import annotations

from typing import Any, Final

from rasa.shared.core.events import UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from bot.conversation.context import NONE
from bot.conversation.interpretation import INTERPRETATION
from bot.conversation.state import state_of

# What an officer may see as "from the citizen's words", and what outlives Rasa's memory.
_REPORTED: Final = ("topic", "question", "role", "age", "whose_age", "platform", "bank", "done", "danger", "watched")


def reported(tracker: DialogueStateTracker, uttered: UserUttered, shift: int) -> dict[str, Any]:
    """`question`, `act` and `state` of a message; `shift` is where its text begins in what the citizen sent.

    Each slot of the state has its `value`; one that this message told has `start` and `end` of its words, too.
    """
    found = uttered.parse_data.get(INTERPRETATION) or {}
    spans: dict[str, tuple[int, int]] = {}
    for slot, _, start, end in found.get("told") or []:
        spans.setdefault(slot, (start + shift, end + shift))
    state = state_of(tracker)
    told: dict[str, dict[str, Any]] = {}
    for slot in (*_REPORTED, "officer"):
        value = getattr(state, slot)
        if value and value != NONE:
            told[slot] = {"value": list(value) if isinstance(value, tuple) else value}
            if slot in spans:
                told[slot] |= {"start": spans[slot][0], "end": spans[slot][1]}
    told.setdefault("danger", {"value": NONE})
    return {"question": next(iter(found.get("questions") or []), None), "act": found.get("act"), "state": told}
