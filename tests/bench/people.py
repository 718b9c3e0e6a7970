"""Citizens who write at a constant rate, whatever the service does: the load of a measurement or of a fault test."""

import asyncio
import contextlib
import itertools
import random
import time
from dataclasses import dataclass, field

from gateway.core.config.settings import PROJECT
from simulator import Citizen, Simulator

TOPICS = ("account_hacked", "bank_phishing", "sextortion", "report_how", "privacy_of_chat", "about_bot")
GOES_ON = 0.5  # of the messages belong to a conversation that is there already
PAUSE = 2.0  # seconds between two messages of one citizen; two that come sooner may be one turn
LONGEST_TALK = 8


def questions() -> list[str]:
    """Messages of the examination, in the three languages."""
    folder = PROJECT / "evaluation" / "messages"
    found = [
        line
        for language in ("fi", "sv", "en")
        for topic in TOPICS
        for line in (folder / language / "topics" / f"{topic}.txt").read_text("utf-8").splitlines()[:3]
    ]
    return [line for line in found if line.strip()]


@dataclass
class Crowd:
    """Phones of many citizens over all numbers of ours; every chat is open, so that replies are also read."""

    simulator: Simulator
    dice: random.Random
    written: int = 0
    people: list[Citizen] = field(default_factory=list)
    _last: dict[str, float] = field(default_factory=dict)
    _open: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)

    async def write(self, rate: float, end: asyncio.Event) -> None:
        """Write `rate` messages a second until `end`; each at its own planned moment, however late the last was."""
        numbers = itertools.cycle(self.simulator.config.business_numbers)
        texts = questions()
        began = time.perf_counter()
        for place in itertools.count():
            await asyncio.sleep(max(began + place / rate - time.perf_counter(), 0))
            if end.is_set():
                return
            person = self._somebody()
            number = self._number_of(person) or next(numbers)
            person.sends("text", text=self.dice.choice(texts), business_number=number)
            self._last[person.id] = time.perf_counter()
            self.written += 1

    def close(self) -> None:
        """Close every chat."""
        self._open.close()

    def _somebody(self) -> Citizen:
        ready = [
            person
            for person in self.people[-60:]
            if time.perf_counter() - self._last[person.id] > PAUSE
            and len(self.simulator.log.written_by(person.id)) < LONGEST_TALK
        ]
        if ready and self.dice.random() < GOES_ON:
            return self.dice.choice(ready)
        person = Citizen(self.simulator, self.simulator.new_phone(f"Nro {len(self.people)}").id)
        self._open.enter_context(person.opens())
        self.people.append(person)
        return person

    def _number_of(self, person: Citizen) -> str | None:
        written = self.simulator.log.written_by(person.id)
        return written[0].business_number if written else None
