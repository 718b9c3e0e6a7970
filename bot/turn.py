"""Dialogue: what a tracker tells about the message that is being answered."""

from collections.abc import Iterator
from typing import Any, Final

from rasa.shared.core.events import BotUttered, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from answers.limits import LANGUAGES
from bot.danger.decision import POSSIBLE
from bot.history import SAID_ABOUT
from bot.names import DEFAULT_LANGUAGE, FOLLOW_UP, OFFICER, TALK_LABELS, UNCLEAR, UNSURE

# The citizen tells that the bot had misunderstood.
# The kind of a reply that answers a question (bot/replies/reply.py).
_ANSWER: Final = "piece"
WRONG_GUESS: Final = FOLLOW_UP + "wrong_guess"
# A guess below this is no better than a random topic.
LEAST_LIKELY: Final = 0.05


def language_of(tracker: DialogueStateTracker) -> str:
    """The language to answer in: the slot that the latest message has just set, Finnish when it is unknown."""
    language = tracker.get_slot("language")
    if language in LANGUAGES:
        return str(language)
    found = next(tracker.get_latest_entity_values("language"), None)
    return str(found) if found in LANGUAGES else DEFAULT_LANGUAGE


def dangers_of(tracker: DialogueStateTracker) -> set[str]:
    """The urgent dangers in the latest message: emergency, crisis, both or none."""
    return {each["value"] for each in _dangers(tracker) if each.get("level") != POSSIBLE}


def possible_danger_of(tracker: DialogueStateTracker) -> str | None:
    """The danger that is possible in the latest message and has to be asked about."""
    return next((each["value"] for each in _dangers(tracker) if each.get("level") == POSSIBLE), None)


def _dangers(tracker: DialogueStateTracker) -> list[dict[str, Any]]:
    latest = tracker.latest_message
    return [each for each in latest.entities if each["entity"] == "danger"] if latest is not None else []


def other_language_of(tracker: DialogueStateTracker) -> str | None:
    """The code of a fourth language that the latest message is in, else None."""
    found = next(tracker.get_latest_entity_values("other_language"), None)
    return None if found is None else str(found)


def misses_of(tracker: DialogueStateTracker) -> int:
    """How many messages in a row, the latest included, were not understood or said so.

    One that a particular question of its subject was heard in, and answered, is none.
    """
    misses, is_answered = 0, False
    for event in reversed(tracker.applied_events()):
        if isinstance(event, BotUttered):
            is_answered = is_answered or ((event.metadata or {}).get(SAID_ABOUT) or {}).get("kind") == _ANSWER
        elif isinstance(event, UserUttered):
            if event.intent_name not in (UNSURE, UNCLEAR, WRONG_GUESS):
                break
            misses += 0 if is_answered else 1
            is_answered = False
    return misses


def ranking_of(message: UserUttered) -> list[dict[str, Any]]:
    """The topics that the classifier saw behind the message, the likeliest first, each with its `confidence`."""
    ranking = message.parse_data.get("intent_ranking") or []
    return [{"topic": entry["name"], "confidence": entry["confidence"]} for entry in ranking if entry["name"] != UNSURE]


def guesses_of(message: UserUttered) -> list[str]:
    """The topics that are worth offering as guesses, the likeliest first."""
    return [
        entry["topic"]
        for entry in ranking_of(message)
        if entry["confidence"] >= LEAST_LIKELY
        and entry["topic"] != OFFICER
        and entry["topic"] not in TALK_LABELS
        and not entry["topic"].startswith(FOLLOW_UP)
    ]


def messages_backwards(tracker: DialogueStateTracker) -> Iterator[UserUttered]:
    """The citizen's messages of this session, the latest first."""
    return (event for event in reversed(tracker.applied_events()) if isinstance(event, UserUttered))
