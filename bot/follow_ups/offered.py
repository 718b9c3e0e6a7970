"""Follow-ups: what the reply to the latest message offers as buttons, so that "the second one" can be understood."""

from rasa.shared.core.trackers import DialogueStateTracker

from answers.content import Content
from answers.limits import REPLY_BUTTONS
from bot.follow_ups.acts import ABUSE, HELPED, NO, NOT_HELPED, SIMPLER, THANKS, WRONG_GUESS
from bot.names import FOLLOW_UP, OFFICER, UNCLEAR, UNSURE
from bot.turn import MISSES_BEFORE_OFFICER, guesses_of, messages_backwards, misses_of, topic_talked_of

_NOTHING_MORE = frozenset({NO, HELPED, ABUSE})


def offered(content: Content, tracker: DialogueStateTracker) -> tuple[str, ...]:
    """Topics (or, after thanks, whether it helped) in the order of the buttons; at most three."""
    latest = next(messages_backwards(tracker), None)
    if latest is None:
        return ()
    name = latest.intent_name or UNSURE
    if offers_officer_first(tracker):
        guesses = [topic for topic in guesses_of(latest) if topic in content.answers] if name != SIMPLER else []
        return _existing(content, (OFFICER, *guesses))
    if name in (UNSURE, WRONG_GUESS):
        return _existing(content, guesses_of(latest))
    if name == THANKS:
        return (HELPED, NOT_HELPED)
    if name in _NOTHING_MORE:
        return ()
    topic = topic_talked_of(tracker)
    buttons = content.buttons(topic) if topic is not None and topic in content.answers else ()
    return _existing(content, (OFFICER, *buttons)) if name == NOT_HELPED else buttons


def offers_officer_first(tracker: DialogueStateTracker) -> bool:
    """After two misses, or when the plain words were not plain either."""
    names = [message.intent_name or UNSURE for message in messages_backwards(tracker)]
    if names[:2] == [SIMPLER, SIMPLER]:
        return True
    return names[:1] in ([UNSURE], [UNCLEAR], [WRONG_GUESS]) and misses_of(tracker) >= MISSES_BEFORE_OFFICER


def is_follow_up(name: str) -> bool:
    """Whether an intent is an act about the last answer."""
    return name.startswith(FOLLOW_UP)


def _existing(content: Content, topics: tuple[str, ...] | list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(topic for topic in topics if topic in content.answers))[:REPLY_BUTTONS]
