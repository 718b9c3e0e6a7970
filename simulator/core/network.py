"""The simulated network: what happened, who looks at which chat, and what open pages are shown; sends nothing."""

import asyncio
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Any

from simulator.core import meta_limits, views, whatsapp_limits
from simulator.core.clock import Clock
from simulator.core.config import SimulatorConfig
from simulator.core.faults import FaultInjector
from simulator.core.feed import Feed
from simulator.core.journal import Journal
from simulator.core.message_log import MessageLog
from simulator.core.rate_limit import RateLimits
from simulator.core.state import State
from simulator.core.traffic_log import TrafficLog


class Network:
    """Phones and messages as the journal's events hang_up them; each event is recorded exactly once."""

    def __init__(self, config: SimulatorConfig) -> None:
        self.config = config
        self.clock = Clock()
        self.feed = Feed()
        self.traffic = TrafficLog(self.feed)
        self.faults = FaultInjector()
        self.rate_limits = RateLimits(self.clock, config.messages_per_second, config.pair_limit)
        self.meta_rate_limits = RateLimits(self.clock, meta_limits.CALLS_PER_SECOND, pair_limit=False)
        self.state = State()
        self.log = MessageLog(self.state)
        self.typing_until: dict[str, float] = {}
        self._open_chats: dict[str, int] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._journal = Journal(config.log_path)
        for event in self._journal.reload():
            self.state.apply(event)

    def record(self, event: str, **content: Any) -> dict[str, Any]:
        """Write an event to the journal and apply it to the state. Returns it with its time, `at`."""
        happened = {"event": event, "at": self.clock.now(), **content}
        self._journal.append(happened)
        self.state.apply(happened)
        return happened

    def show(self, message_id: str) -> None:
        """Tell open pages how a message looks now."""
        message = self.state.messages[message_id]
        self.feed.publish("message", phone_id=message.phone_id, message=views.message_view(self.state, message))

    def set_typing(self, phone_id: str, seconds: float) -> None:
        """Show "typing…" on a phone for so long; zero takes it away."""
        self.typing_until[phone_id] = self.clock.now() + seconds
        self.feed.publish("typing", phone_id=phone_id, seconds=seconds)

    @contextmanager
    def chat_open(self, phone_id: str) -> Iterator[None]:
        """Within the block the phone's chat counts as being on the screen."""
        self._open_chats[phone_id] = self._open_chats.get(phone_id, 0) + 1
        try:
            yield
        finally:
            self._open_chats[phone_id] -= 1

    def is_open(self, phone_id: str) -> bool:
        """Whether somebody looks at this phone's chat."""
        return self._open_chats.get(phone_id, 0) > 0

    def close_window(self, phone_id: str) -> None:
        """End the 24 hours since the citizen's last message."""
        self.record("window_closed", phone_id=phone_id)

    def window_open(self, business_number: str, phone_id: str) -> bool:
        """Whether free-form messages may still go to this citizen."""
        heard = self.state.last_heard.get((business_number, phone_id))
        return heard is not None and self.clock.now() - heard < whatsapp_limits.SERVICE_WINDOW

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        """Run a coroutine in the background; `busy` and `stop` know of it."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    @property
    def busy(self) -> bool:
        """Whether a message is still on its way."""
        return bool(self._tasks)

    def reset(self) -> None:
        """Empty all phones and the journal, on disk too."""
        self._journal.clear()
        self.state = State()
        self.log = MessageLog(self.state)
        self.typing_until.clear()
        self.traffic.records.clear()
        self.feed.publish("refetch")

    async def stop(self) -> None:
        """Cancel the messages that are on their way; open pages lose their stream."""
        self.feed.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
