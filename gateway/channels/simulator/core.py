"""The simulator itself: holds the parts together, keeps the phones, and lets each event happen exactly once."""

import asyncio
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import Any

import httpx2

from gateway.channels.simulator.config import Place, SimulatorConfig
from gateway.channels.simulator.counter import limits, travel
from gateway.channels.simulator.counter.rates import Rates
from gateway.channels.simulator.memory.clock import Clock
from gateway.channels.simulator.memory.identifiers import new_scoped_id, new_user_id
from gateway.channels.simulator.memory.journal import Journal
from gateway.channels.simulator.memory.judge import Judge
from gateway.channels.simulator.memory.model import Phone, as_record
from gateway.channels.simulator.memory.state import State
from gateway.channels.simulator.page import views
from gateway.channels.simulator.page.feed import Feed
from gateway.channels.simulator.page.wire import Wire
from gateway.channels.simulator.pages import limits as page_limits
from gateway.channels.simulator.pages.bodies import page_envelope
from gateway.channels.simulator.postman.delivery import Postman
from gateway.channels.simulator.postman.faults import FaultDesk


class Simulator:
    """Meta and all the phones in one object; `log` is the judge.

    Make it anywhere, use it inside a running event loop, `close` it at the end.
    """

    def __init__(self, config: SimulatorConfig, transport: httpx2.AsyncBaseTransport | None = None) -> None:
        self.config = config
        self.clock = Clock()
        self.feed = Feed()
        self.wire = Wire(self.feed)
        self.faults = FaultDesk()
        self.rates = Rates(self.clock, config.messages_per_second, config.pair_limit)
        self.page_rates = Rates(self.clock, page_limits.CALLS_PER_SECOND, pair_limit=False)
        self.state = State()
        self.log = Judge(self.state)
        self.postman = Postman(config, self.clock, self.faults, self.wire, transport)
        # Each Page and account has an application of its own, with its own webhook and secret.
        self.postmen = {place.id: self._postman_of(place, transport) for place in config.places}
        self.typing_until: dict[str, float] = {}
        self._open: dict[str, int] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._journal = Journal(config.log_path)
        for event in self._journal.reload():
            self.state.apply(event)

    def record(self, event: str, **content: Any) -> dict[str, Any]:
        """Let an event happen now: to the log, to the state, to open pages. Returns it."""
        happened = {"event": event, "at": self.clock.now(), **content}
        self._journal.append(happened)
        self.state.apply(happened)
        return happened

    def show(self, wamid: str) -> None:
        """Tell open pages how a message looks now."""
        message = self.state.messages[wamid]
        self.feed.publish("message", phone_id=message.phone_id, message=views.message_view(self.state, message))

    def _postman_of(self, place: Place, transport: httpx2.AsyncBaseTransport | None) -> Postman:
        config = replace(self.config, webhook_url=place.webhook_url, app_secret=place.app_secret)
        wrap = partial(page_envelope, place)
        return Postman(config, self.clock, self.faults, self.wire, transport, wrap)

    def new_phone(
        self,
        name: str,
        *,
        number: str | None = None,
        without_number: bool = False,
        username: str | None = None,
        platform: str = "whatsapp",
    ) -> Phone:
        """A new citizen's phone; without `number` the next free one is taken.

        `without_number` makes a phone that is known by its business-scoped user id alone, as those with a
        username may be. On another platform than WhatsApp nobody has a number. Raises `ValueError` when the number is
        taken or is none, and when nobody plays the platform.
        """
        if platform != "whatsapp":
            if self.config.place_on(platform) is None:
                raise ValueError(f"Nobody plays {platform} here; give the simulator a Page or account on it.")
            return self._keep_new(
                Phone(id="", name=name, user_id=new_scoped_id(), username=username, platform=platform)
            )
        digits = None if without_number else "".join(filter(str.isdigit, number or "")) or self._free_number()
        if digits is not None and (len(digits) > 15 or not self._is_free(digits)):
            raise ValueError(f"+{digits} is taken or is no phone number; choose another.")
        parent = new_user_id(parent=True) if self.config.parent_user_ids else None
        phone = Phone(
            id="",
            name=name,
            user_id=new_user_id(),
            number=digits,
            username=username,
            parent_user_id=parent,
        )
        return self._keep_new(phone)

    def _keep_new(self, phone: Phone) -> Phone:
        kept = replace(phone, id=f"phone-{len(self.state.phones) + 1}")
        self.keep_phone(kept)
        return kept

    def keep_phone(self, phone: Phone) -> None:
        """Record how a phone is now, and let what waited for it come in when it is online."""
        self.record("phone", phone=as_record(phone))
        self.feed.publish("phone", phone=views.phone_view(self.state, phone))
        if phone.online and not phone.blocked:
            travel.deliver_waiting(self, phone.id)

    @contextmanager
    def opened(self, phone_id: str) -> Iterator[None]:
        """The chat is on the screen: what has arrived is read, and what arrives will be."""
        self._open[phone_id] = self._open.get(phone_id, 0) + 1
        travel.deliver_waiting(self, phone_id)
        travel.read_arrived(self, phone_id)
        try:
            yield
        finally:
            self._open[phone_id] -= 1

    def is_open(self, phone_id: str) -> bool:
        """Whether somebody looks at this phone's chat."""
        return self._open.get(phone_id, 0) > 0

    def close_window(self, phone_id: str) -> None:
        """Let the 24 hours since the citizen's last message be over."""
        self.record("window_closed", phone_id=phone_id)

    def window_open(self, business_number: str, phone_id: str) -> bool:
        """Whether free-form messages may still go to this citizen."""
        heard = self.state.last_heard.get((business_number, phone_id))
        return heard is not None and self.clock.now() - heard < limits.SERVICE_WINDOW

    def set_typing(self, phone_id: str, seconds: float) -> None:
        """Show "typing…" on a phone for so long; zero takes it away."""
        self.typing_until[phone_id] = self.clock.now() + seconds
        self.feed.publish("typing", phone_id=phone_id, seconds=seconds)

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        """Do something beside; `settled` and `close` know of it."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def settled(self, timeout: float = 10.0) -> None:
        """Wait until every status and webhook has gone out. Raises `TimeoutError` after `timeout` seconds."""
        async with asyncio.timeout(timeout):
            while self._tasks or self.postman.busy or any(postman.busy for postman in self.postmen.values()):
                await asyncio.sleep(0.01)

    def forget_everything(self) -> None:
        """Empty all phones and the log, on disk too."""
        self._journal.clear()
        self.state = State()
        self.log = Judge(self.state)
        self.typing_until.clear()
        self.wire.records.clear()
        self.feed.publish("refetch")

    async def close(self) -> None:
        """Stop everything that runs; open pages lose their stream."""
        self.feed.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for postman in (self.postman, *self.postmen.values()):
            await postman.close()
        self._journal.close()

    def _free_number(self) -> str:
        numbers = (f"35850{position:07d}" for position in range(len(self.state.phones) + 1, 10**7))
        return next(number for number in numbers if self._is_free(number))

    def _is_free(self, digits: str) -> bool:
        ours = ("".join(filter(str.isdigit, number)) for number in self.config.business_numbers.values())
        return self.state.phone_by_number(digits) is None and digits not in ours
