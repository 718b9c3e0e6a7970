"""People who are in danger while something else is measured: on each channel, and where an officer holds the talk."""

import asyncio
import contextlib
import itertools
import time
import uuid
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from sqlalchemy import select

from gateway.app import create_service
from gateway.channels.meta.json import signature_of
from gateway.conversations.kinds import ChannelName
from gateway.conversations.models import Conversation
from gateway.core.actors import Officer
from gateway.core.config.settings import Settings
from gateway.handover.ownership import claim
from gateway.handover.shifts import heartbeat, start_shift
from tests.bench.gateways import Measured
from tests.bench.openloop import NUMBERS
from tests.bench.poster import Poster
from tests.worlds import meta_bodies
from tests.worlds import whatsapp_bodies as bodies
from tests.worlds.webchat_visitor import Visitor

HELD = "held by an officer"
DANGERS = (
    "hänellä on veitsi ja se tulee tänne apua",
    "apua joku murtautuu meille",
    "haluan kuolla",
    "någon försöker bryta sig in hos oss nu",
    "jag vill dö",
    "someone is breaking into our house right now",
    "i want to kill myself",
)
_ATTEMPTS = 20
_OFFICER = Officer(uuid.uuid4(), "Sari Virtanen")
_HEARTBEAT = 5.0  # seconds


async def persistently(deliver: Callable[[], Awaitable[None]]) -> None:
    """Deliver until it is taken, as Meta and a browser do: a connection may be refused or cut off."""
    for _ in range(_ATTEMPTS):
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            await deliver()
            return
        await asyncio.sleep(1.0)


@dataclass
class Endangered:
    """Somebody, how they write, and when the first message after their words came, in seconds."""

    channel: str
    write: Callable[[str], Awaitable[None]]
    said: str = ""
    began: float | None = None
    taken: float | None = None
    waited: float | None = None

    async def cry(self, text: str, planned: float) -> None:
        """Write of danger; counted is from the planned moment."""
        self.said, self.began = text, planned
        await persistently(lambda: self.write(text))
        self.taken = time.perf_counter() - planned

    def hear(self) -> None:
        """A message has come; what came before they wrote is no answer."""
        if self.began is not None and self.waited is None:
            self.waited = time.perf_counter() - self.began


@dataclass
class People:
    """Those of all channels; `by_id` finds whom Meta's stand-in is told to deliver to."""

    measured: Measured
    settings: Settings
    by_id: dict[str, Endangered] = field(default_factory=dict)
    visitors: list[Visitor] = field(default_factory=list)
    refused: Counter[str] = field(default_factory=Counter)
    _streams: contextlib.AsyncExitStack = field(default_factory=contextlib.AsyncExitStack)
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)
    _phones: "itertools.count[int]" = field(default_factory=lambda: itertools.count(358_470_000_000))

    async def gather(self, channels: list[str], count: int) -> list[Endangered]:
        """So many, taking turns on the channels; those whom an officer holds have written once and were claimed."""
        self.measured.graph.listen(self._delivered)
        makers: dict[str, Callable[[], Endangered]] = {
            ChannelName.WHATSAPP: self._on_whatsapp,
            ChannelName.MESSENGER: lambda: self._on_meta("messenger"),
            ChannelName.INSTAGRAM: lambda: self._on_meta("instagram"),
            HELD: lambda: self._on_whatsapp(HELD),
        }
        people = []
        for _, channel in zip(range(count), itertools.cycle(channels), strict=False):
            people.append(await self._visitor() if channel == ChannelName.WEB else makers[channel]())
        await self._hold([each for each in people if each.channel == HELD])
        return people

    async def close(self) -> None:
        """End the streams, the shift and the browsers."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._streams.aclose()
        for visitor in self.visitors:
            await visitor.close()

    def _delivered(self, recipient: str) -> None:
        if recipient in self.by_id:
            self.by_id[recipient].hear()

    def _on_whatsapp(self, channel: str = ChannelName.WHATSAPP) -> Endangered:
        phone = str(next(self._phones))

        async def write(text: str) -> None:
            one = bodies.message(sender=phone, body=text)
            await self.measured.load.deliver(bodies.body(one, number=NUMBERS[0]))

        self.by_id[phone] = Endangered(channel, write)
        return self.by_id[phone]

    def _on_meta(self, platform: str) -> Endangered:
        person = str(next(self._phones))
        secret: str = getattr(self.settings, f"{platform}_app_secret").get_secret_value()
        poster = Poster(self.measured.port, f"/webhooks/{platform}")
        self._streams.push_async_callback(poster.close)

        async def write(text: str) -> None:
            content = meta_bodies.body(meta_bodies.text(text, platform, person=person), platform=platform)
            status, _ = await poster.post(content, {"X-Hub-Signature-256": signature_of(secret, content)})
            self.refused[f"{platform} {status}"] += status != 200

        self.by_id[person] = Endangered(platform, write)
        return self.by_id[person]

    async def _visitor(self) -> Endangered:
        visitor = Visitor(self.measured.port)
        self.visitors.append(visitor)
        await visitor.open()
        news = await self._streams.enter_async_context(visitor.listening())

        async def write(text: str) -> None:
            answer = await visitor.write(text)
            self.refused[f"web {answer.status_code}"] += not answer.is_success

        somebody = Endangered(ChannelName.WEB, write)

        async def listen() -> None:
            while somebody.waited is None:
                if news.texts("bot"):
                    somebody.hear()
                await asyncio.sleep(0.02)

        self._tasks.append(asyncio.create_task(listen()))
        return somebody

    async def _hold(self, people: list[Endangered]) -> None:
        """Let an officer claim the talks of these, who write an ordinary message first."""
        if not people:
            return
        for each in people:
            await each.write("moi, kysyn vaan yhtä juttua")
        service = create_service(self.settings)
        self._streams.push_async_callback(service.database.close)
        async with service.database.transaction() as session:
            await start_shift(session, service, _OFFICER)
        held: set[uuid.UUID] = set()
        async with asyncio.timeout(60):
            while len(held) < len(people):
                async with service.database.transaction() as session:
                    found = set(await session.scalars(select(Conversation.id)))
                for talk in found - held:
                    async with service.database.transaction() as session:
                        await claim(session, service, _OFFICER, talk)
                    held.add(talk)
                await asyncio.sleep(0.2)
        await asyncio.sleep(3.0)  # the line that an officer has joined is no answer to what comes

        async def stay() -> None:
            while True:
                async with service.database.transaction() as session:
                    await heartbeat(session, _OFFICER)
                await asyncio.sleep(_HEARTBEAT)

        self._tasks.append(asyncio.create_task(stay()))
