"""An open-loop load: messages arrive at planned moments, whatever the service does, and latency counts from the plan.

A measurement that waits for an answer before it sends the next message never meets the queue that a slow answer makes.
"""

import asyncio
import itertools
import time
from collections import deque
from dataclasses import dataclass, field

from gateway.core.config.settings import Settings
from tests.bench.poster import Poster
from tests.worlds import whatsapp_bodies as bodies

NUMBERS = ("106540352242922", "106540352242923")
TURNS = 5  # messages of one citizen, one after the other
LATE = 60.0  # seconds after which a reply that has not come counts as lost


@dataclass(frozen=True)
class Taken:
    """One message: its planned moment, and seconds until the webhook and until the reply; None for no reply."""

    planned: float
    hook: float
    trip: float | None


@dataclass
class _Citizen:
    phone: str
    number: str
    written: int = 0
    planned: float = 0.0
    replied: float | None = None

    def begin(self, planned: float) -> None:
        """Another message, which has no reply yet."""
        self.written, self.planned, self.replied = self.written + 1, planned, None


@dataclass
class OpenLoop:
    """Citizens who write through signed webhooks to two numbers, each at most one message ahead of its reply."""

    poster: Poster
    settings: Settings
    texts: list[str]
    refused: int = 0
    _people: dict[str, _Citizen] = field(default_factory=dict)
    _ready: deque[_Citizen] = field(default_factory=deque)
    _phones: "itertools.count[int]" = field(default_factory=lambda: itertools.count(358_400_000_000))
    _done: list[Taken] = field(default_factory=list)
    _hooks: dict[str, float] = field(default_factory=dict)

    def replied(self, phone: str) -> None:
        """A reply has come to this number."""
        citizen = self._people.get(phone)
        if citizen is not None and citizen.replied is None:
            citizen.replied = time.perf_counter()
            if phone in self._hooks:
                self._finish(citizen)

    async def deliver(self, content: bytes) -> None:
        """One signed webhook."""
        status, _ = await self.poster.post(content, bodies.signed(content, self.settings))
        self.refused += status != 200

    async def send(self, rate: float, seconds: float) -> list[Taken]:
        """Write `rate` messages a second for so long, and wait for the replies; what each of them took."""
        self._done = []
        self._people.clear()
        self._ready.clear()
        start = time.perf_counter() + 0.05
        texts = itertools.cycle(self.texts)
        tasks = []
        for place in range(int(rate * seconds)):
            planned = start + place / rate
            await asyncio.sleep(max(planned - time.perf_counter(), 0))
            tasks.append(asyncio.create_task(self._write(next(texts), planned)))
        await asyncio.gather(*tasks)
        end = time.perf_counter() + LATE
        while len(self._done) < len(tasks) and time.perf_counter() < end:
            await asyncio.sleep(0.05)
        missing = [each for each in self._people.values() if each.phone in self._hooks]
        lost = [Taken(each.planned - start, self._hooks[each.phone], None) for each in missing]
        self._hooks.clear()
        done = [Taken(each.planned - start, each.hook, each.trip) for each in self._done]
        return sorted([*done, *lost], key=lambda each: each.planned)

    async def _write(self, text: str, planned: float) -> None:
        citizen = self._ready.popleft() if self._ready else self._new()
        citizen.begin(planned)
        one = bodies.message(sender=citizen.phone, body=text)
        await self.deliver(bodies.body(one, number=citizen.number))
        self._hooks[citizen.phone] = time.perf_counter() - planned
        if citizen.replied is not None:
            self._finish(citizen)

    def _finish(self, citizen: _Citizen) -> None:
        assert citizen.replied is not None
        self._done.append(Taken(citizen.planned, self._hooks.pop(citizen.phone), citizen.replied - citizen.planned))
        if citizen.written < TURNS:
            self._ready.append(citizen)

    def _new(self) -> _Citizen:
        digits = next(self._phones)
        citizen = _Citizen(str(digits), NUMBERS[digits % len(NUMBERS)])
        self._people[citizen.phone] = citizen
        return citizen
