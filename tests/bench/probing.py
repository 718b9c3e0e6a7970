"""Citizens who ask known questions while a bot is exchanged: each reply must be the old bot's or the new one's.

Every message is a new citizen's first, so that nothing but the bot decides what is answered.
"""

import asyncio
import itertools
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from simulator import Citizen, Simulator
from tests.bench.found_animal import PROBE
from tests.bench.people import questions

PROBE_EVERY = 10  # of the messages, one asks about the new topic


@dataclass
class Asked:
    """One message: when it was written, and by whom."""

    citizen: Citizen
    text: str
    at: float  # seconds since 1970

    @property
    def replies(self) -> list[str]:
        """What arrived on the phone."""
        return [message.text for message in self.citizen.received]


@dataclass
class Asking:
    """Messages at a constant rate, whatever the service does; and the spans in which a bot was being exchanged."""

    simulator: Simulator
    asked: list[Asked] = field(default_factory=list)
    steady: list[tuple[str, float, float]] = field(default_factory=list)  # which bot was live, from when to when
    _end: asyncio.Event = field(default_factory=asyncio.Event)

    async def write(self, rate: float) -> None:
        """Write `rate` messages a second until `stop`; each at its own planned moment."""
        texts, numbers = itertools.cycle(questions()), itertools.cycle(self.simulator.config.business_numbers)
        began = time.perf_counter()
        for place in itertools.count():
            await asyncio.sleep(max(began + place / rate - time.perf_counter(), 0))
            if self._end.is_set():
                return
            text = PROBE if place % PROBE_EVERY == 0 else next(texts)
            citizen = Citizen(self.simulator, self.simulator.new_phone(f"Nro {place}").id)
            citizen.sends("text", text=text, business_number=next(numbers))
            self.asked.append(Asked(citizen, text, time.time()))

    def stop(self) -> None:
        """Nobody writes any more."""
        self._end.set()

    @contextmanager
    def while_live(self, bot: str, lag: float) -> Iterator[None]:
        """Until the block ends only this bot is live; not judged: what was asked within `lag` seconds of its ends."""
        began = time.time()
        try:
            yield
        finally:
            self.steady.append((bot, began + lag, time.time() - lag))

    def answers(self, bot: str, *, later: bool = False) -> dict[str, set[str]]:
        """What each question got in the first span of this bot, or in all `later` ones."""
        spans = [span for span in self.steady if span[0] == bot]
        found: dict[str, set[str]] = defaultdict(set)
        for _, began, ended in spans[1:] if later else spans[:1]:
            for each in self.asked:
                if began <= each.at <= ended:
                    found[each.text] |= set(each.replies)
        return found

    def problems(self) -> list[str]:
        """What was lost, said twice, or answered by a bot that was not live."""
        firsts = {bot: self.answers(bot) for bot in {name for name, _, _ in self.steady}}
        found = []
        for each in self.asked:
            known = {reply for answers in firsts.values() for reply in answers.get(each.text, ())}
            if len(each.replies) != 1:
                found.append(f"{each.text!r} got {len(each.replies)} replies.")
            elif each.replies[0] not in known:
                found.append(f"{each.text!r} got what neither bot says: {each.replies[0][:80]!r}")
        for bot, first in firsts.items():
            for text, replies in self.answers(bot, later=True).items():
                if not replies <= first[text]:
                    found.append(f"{text!r} was answered by another bot than the {bot} one, which was live.")
        return found
