"""Dialogue: what a tracker tells about the message that is being answered."""

from collections.abc import Iterator
from typing import Any

from rasa.shared.core.events import UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from answers.limits import LANGUAGES
from bot.names import DEFAULT_LANGUAGE, UNCLEAR, UNSURE


def language_of(tracker: DialogueStateTracker) -> str:
    """The language to answer in: the slot that the latest message has just set, Finnish when nothing is known."""
    language = tracker.get_slot("language")
    if language in LANGUAGES:
        return str(language)
    found = next(tracker.get_latest_entity_values("language"), None)
    return str(found) if found in LANGUAGES else DEFAULT_LANGUAGE


def dangers_of(tracker: DialogueStateTracker) -> set[str]:
    """The dangers in the latest message: emergency, crisis, both or none."""
    return set(tracker.get_latest_entity_values("danger"))


def misses_of(tracker: DialogueStateTracker) -> int:
    """How many messages in a row, the latest included, were not understood."""
    misses = 0
    for message in _messages_backwards(tracker):
        if message.intent_name not in (UNSURE, UNCLEAR):
            break
        misses += 1
    return misses


def ranking_of(message: UserUttered) -> list[dict[str, Any]]:
    """The topics that the classifier saw behind the message, the likeliest first, each with its `confidence`."""
    ranking = message.parse_data.get("intent_ranking") or []
    return [{"topic": entry["name"], "confidence": entry["confidence"]} for entry in ranking if entry["name"] != UNSURE]


def _messages_backwards(tracker: DialogueStateTracker) -> Iterator[UserUttered]:
    return (event for event in reversed(tracker.applied_events()) if isinstance(event, UserUttered))
