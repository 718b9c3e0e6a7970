"""Dialogue: what the tracker stores keep of a conversation from one message to the next."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from rasa.shared.core.constants import ACTION_LISTEN_NAME, ACTION_SESSION_START_NAME
from rasa.shared.core.events import (
    ActionExecuted,
    ActiveLoop,
    AllSlotsReset,
    BotUttered,
    Event,
    Restarted,
    SessionStarted,
    SlotSet,
    UserUttered,
)

from bot.names import BEFORE

SAID_ABOUT: Final = "neuvo"
"""Where a message of the bot tells what it is about, in keys and without its words."""

# The gateway gets the parse of the latest message; of earlier ones the dialogue needs less.
_LATEST_FIELDS: Final = ("intent", "intent_ranking", "entities", "conversation")
_EARLIER_FIELDS: Final = ("intent",)


def opening(slots: Mapping[str, Any], loop: ActiveLoop | None = None) -> list[Event]:
    """The events of a new conversation with the slots that are known already, as Rasa starts a session."""
    known = [SlotSet(name, value) for name, value in slots.items()]
    loops = [loop] if loop is not None else []
    return [
        ActionExecuted(ACTION_SESSION_START_NAME),
        SessionStarted(),
        *known,
        *loops,
        ActionExecuted(ACTION_LISTEN_NAME),
    ]


def kept_events(events: Iterable[Event], turns: int, limit: int) -> list[Event]:
    """The last `turns` turns (fewer when they have more than `limit` events), with the slots set before them.

    A turn is a citizen's message and everything up to the next. Of earlier sessions and of what came before a restart
    no event is kept, and never the bot's words: of a reply stays what it was about.
    """
    session = [kept for event in _current_session(list(events)) if (kept := _without_reply(event)) is not None]
    starts = [position for position, event in enumerate(session) if isinstance(event, UserUttered)]
    for count in range(min(turns, len(starts)), 0, -1):
        kept = _from(session, starts[-count], whole=count == len(starts))
        if len(kept) <= limit or count == 1:
            return kept
    return session


def stored_form(events: Sequence[Event]) -> list[dict[str, Any]]:
    """The events as JSON can hold them, without a word that the citizen wrote."""
    messages = [event for event in events if isinstance(event, UserUttered)]
    latest = messages[-1] if messages else None
    return [
        _without_words(event, _LATEST_FIELDS if event is latest else _EARLIER_FIELDS)
        if isinstance(event, UserUttered)
        else _without_before(event.as_dict())
        for event in events
    ]


def _without_reply(event: Event) -> Event | None:
    if not isinstance(event, BotUttered):
        return event
    about = (event.metadata or {}).get(SAID_ABOUT)
    return BotUttered(None, {}, {SAID_ABOUT: about}, event.timestamp) if about else None


def _current_session(events: list[Event]) -> list[Event]:
    beginning = 0
    for position, event in enumerate(events):
        if isinstance(event, Restarted):
            beginning = position + 1
        elif isinstance(event, ActionExecuted) and event.action_name == ACTION_SESSION_START_NAME:
            beginning = position
    return events[beginning:]


def _from(session: list[Event], start: int, *, whole: bool) -> list[Event]:
    if whole:
        return session
    slots: dict[str, Any] = {}
    loop = None
    for event in session[:start]:
        if isinstance(event, AllSlotsReset):
            slots.clear()
        elif isinstance(event, SlotSet):
            slots[event.key] = event.value
        elif isinstance(event, ActiveLoop):
            loop = event if event.name else None
    set_slots = {name: value for name, value in slots.items() if value is not None}
    return [*opening(set_slots, loop), *session[start:]]


def _without_words(message: UserUttered, fields: Sequence[str]) -> dict[str, Any]:
    stored: dict[str, Any] = message.as_dict()
    parsed = message.parse_data
    stored["text"] = None
    stored["metadata"] = _told(message.metadata or {})
    stored["parse_data"] = {name: parsed[name] for name in fields if name in parsed}
    return stored


def _without_before(stored: dict[str, Any]) -> dict[str, Any]:
    """An event as JSON; Rasa puts into a slot what came with the message that begins a session."""
    value = stored.get("value")
    return {**stored, "value": _told(value)} if isinstance(value, dict) and BEFORE in value else stored


def _told(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """What the gateway told beside a message, without what the citizen wrote before it."""
    return {name: value for name, value in metadata.items() if name != BEFORE}
