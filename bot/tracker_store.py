"""Dialogue: the tracker store in memory, bounded in turns, in idle time and in number."""

import json
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from typing import Any, Final

from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import TrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.exceptions import RasaException

from bot.history import kept_events, stored_form

# Enough to find the answer that a few follow-ups ("why?", "shorter", "and then?") are still about.
TURNS: Final = 6
EVENTS: Final = 80
IDLE_MINUTES: Final = 60.0
# Some 2 kB each.
CONVERSATIONS: Final = 20_000

# Conversation id -> when it was last saved, and its events as JSON. The least recently saved comes first.
Trackers = OrderedDict[str, tuple[float, str]]

# Rasa makes a new store with every model it loads; conversations continue.
_SHARED: Final[Trackers] = OrderedDict()


class BoundedTrackerStore(TrackerStore):  # type: ignore[misc]
    """Keeps of each conversation what its next message needs: slots, and what was understood in the last turns.

    `turns` and `events` bound one conversation, so that its hundredth message costs what its first did; `idle_minutes`
    and `conversations` bound them all (the least recently used is evicted first). No text of a citizen is kept. Nothing
    survives the process: the gateway keeps the messages. Raises RasaException for an event broker, which would carry
    texts away.
    """

    def __init__(
        self,
        domain: Domain | None,
        event_broker: EventBroker | None = None,
        turns: int = TURNS,
        events: int = EVENTS,
        idle_minutes: float = IDLE_MINUTES,
        conversations: int = CONVERSATIONS,
        trackers: Trackers | None = None,
        clock: Callable[[], float] = time.monotonic,
        **kwargs: Any,
    ) -> None:
        if event_broker is not None:
            raise RasaException(
                "An event broker would copy what citizens write; remove event_broker from endpoints.yml."
            )
        super().__init__(domain, None, **kwargs)
        self._turns = turns
        self._events = events
        self._idle_seconds = idle_minutes * 60
        self._conversations = conversations
        self._trackers = _SHARED if trackers is None else trackers
        self._clock = clock

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Keep what the next message needs; a conversation that ends with a restart is deleted."""
        kept = kept_events(tracker.events, self._turns, self._events)
        self._trackers.pop(tracker.sender_id, None)
        if kept:
            # `default`: a component may leave one of numpy's numbers. Were this to raise, Rasa would store the whole
            # conversation in a store without bounds.
            self._trackers[tracker.sender_id] = (self._clock(), json.dumps(stored_form(kept), default=float))
        self._evict()

    async def retrieve(self, sender_id: str) -> DialogueStateTracker | None:
        """The conversation as it was saved, or None when it is unknown, idle for too long or evicted."""
        saved_at, stored = self._trackers.get(sender_id, (0.0, None))
        if stored is None or self._is_idle(saved_at):
            return None
        return self._deserialized(sender_id, stored)

    def _deserialized(self, sender_id: str, stored: str) -> DialogueStateTracker:
        return DialogueStateTracker.from_dict(sender_id, json.loads(stored), self.domain.slots)

    async def keys(self) -> Iterable[str]:
        """The ids of the conversations that are kept."""
        return list(self._trackers)

    def _is_idle(self, saved_at: float) -> bool:
        return self._clock() - saved_at > self._idle_seconds

    def _evict(self) -> None:
        while self._trackers:
            oldest = next(iter(self._trackers))
            if len(self._trackers) <= self._conversations and not self._is_idle(self._trackers[oldest][0]):
                return
            del self._trackers[oldest]
