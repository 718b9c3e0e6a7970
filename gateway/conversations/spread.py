"""Station 4, several engines: each talk has its own, by rendezvous hashing, and the next one while that is down.

Every gateway process comes to the same order of engines by itself, and when one comes or goes only its own talks move.
An engine works on one message at a time, so it is given as many as it can work on; the others wait here, where they
can still go elsewhere: when their engine fails meanwhile, they do.
"""

import asyncio
import hashlib
from collections.abc import Mapping

import structlog

from gateway.conversations.dialogue import DialogueAnswer, DialogueEngine, DialogueRequest, DialogueUnavailable
from gateway.conversations.rasa import RasaEngine, RasaSlow

log = structlog.get_logger()

PROBE_EVERY = 1.0  # seconds between two questions to an engine that was down
# Of an engine's own time-out: so long may the way to an answer take, waiting included. More than 1, so that an engine
# that hangs is known by its time-out and left out.
PATIENCE = 1.25


class _Place:
    """One engine, and whether it is worth asking."""

    def __init__(self, name: str, engine: DialogueEngine, in_flight: int) -> None:
        self.name = name
        self.engine = engine
        self.slots = asyncio.Semaphore(in_flight)
        self.probe: asyncio.Task[None] | None = None

    @property
    def is_up(self) -> bool:
        return self.probe is None

    def rank(self, talk: str) -> bytes:
        return hashlib.blake2b(f"{self.name} {talk}".encode(), digest_size=8).digest()


class SpreadEngine:
    """Several engines as one; `engines` by their addresses, which must be the same in every gateway process.

    `patience` is the most seconds that one message may take, however many wait before it.
    """

    def __init__(self, engines: Mapping[str, DialogueEngine], in_flight: int, patience: float = 10.0) -> None:
        self._patience = patience
        self._places = [_Place(name, engine, in_flight) for name, engine in engines.items()]

    async def answer(self, request: DialogueRequest) -> DialogueAnswer:
        """Ask the talk's own engine, or the next that is up; raises `DialogueUnavailable` when none answers.

        An engine that fails is left out until it says by itself that it is ready. After one that was too slow no
        other is asked: the citizen has waited long enough. With all of them down each is tried all the same.
        """
        try:
            async with asyncio.timeout(self._patience):
                return await self._answer(request)
        except TimeoutError as error:
            raise RasaSlow("No engine had time for this message.") from error

    async def _answer(self, request: DialogueRequest) -> DialogueAnswer:
        failure: DialogueUnavailable | None = None
        for place in self._in_order(request.conversation_id):
            try:
                async with place.slots:
                    if self._is_left_out(place):
                        continue  # it failed while this waited for it
                    return await place.engine.answer(request)
            except DialogueUnavailable as error:
                failure = error
                self._leave_out(place, error)
                if isinstance(error, RasaSlow):
                    break
        raise failure or DialogueUnavailable("There is no engine.")

    async def forget(self, conversation_id: str) -> None:
        """Drop the talk wherever it may have been; raises `DialogueUnavailable` when its own engine does not."""
        own, *others = sorted(self._places, key=lambda place: place.rank(conversation_id))
        await asyncio.gather(
            *(place.engine.forget(conversation_id) for place in others if place.is_up), return_exceptions=True
        )
        await own.engine.forget(conversation_id)

    async def is_ready(self) -> bool:
        """Whether one of them answers."""
        return any((await self.states()).values())

    async def states(self) -> dict[str, bool]:
        """Which of them answer, by their place in the setting; their addresses are nobody's business."""
        ready = await asyncio.gather(*(place.engine.is_ready() for place in self._places))
        return {str(number): state for number, state in enumerate(ready, 1)}

    async def close(self) -> None:
        """Give the connections back."""
        probes = [place.probe for place in self._places if place.probe is not None]
        for probe in probes:
            probe.cancel()
        await asyncio.gather(*probes, return_exceptions=True)
        for place in self._places:
            await place.engine.close()

    def _in_order(self, talk: str) -> list[_Place]:
        ranked = sorted(self._places, key=lambda place: place.rank(talk))
        return [place for place in ranked if place.is_up] or ranked

    def _is_left_out(self, place: _Place) -> bool:
        return not place.is_up and any(other.is_up for other in self._places)

    def _leave_out(self, place: _Place, error: DialogueUnavailable) -> None:
        if place.probe is None and len(self._places) > 1:
            log.error("engine_left_out", engine=self._places.index(place) + 1, why=str(error))
            place.probe = asyncio.create_task(self._take_back(place))

    async def _take_back(self, place: _Place) -> None:
        while not await self._is_back(place):
            await asyncio.sleep(PROBE_EVERY)
        place.probe = None
        log.info("engine_taken_back", engine=self._places.index(place) + 1)

    async def _is_back(self, place: _Place) -> bool:
        try:
            return await place.engine.is_ready()
        except Exception as error:  # else it would be left out for ever
            log.error("engine_not_asked", engine=self._places.index(place) + 1, exc_info=error)
            return False


def spread_rasa(urls: tuple[str, ...], token: str, timeout: float, in_flight: int) -> SpreadEngine:
    """Every Rasa process of the setting as one engine."""
    engines = {url: RasaEngine(url, token, timeout) for url in urls}
    return SpreadEngine(engines, in_flight, timeout * PATIENCE)
