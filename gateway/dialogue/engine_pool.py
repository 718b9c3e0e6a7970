"""Station 4, several engines as one: each conversation has one of them, and the next while that is down.

By rendezvous hashing: every gateway process computes the same order of engines, and when one comes or goes only its own
conversations move. Each engine gets as many requests as it can process at a time; the others wait here, urgent ones in
front, where they can still go to another engine when theirs fails. An engine that fails is taken out of rotation until
its health probe succeeds (a circuit breaker).
"""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Mapping, Sequence

import structlog

from gateway.core.database import now
from gateway.core.priority_slots import PrioritySlots
from gateway.core.road_record import engine_request
from gateway.core.tasks import end_if_cancelled, wait_at_most
from gateway.dialogue.engine import (
    DialogueAnswer,
    DialogueEngine,
    DialogueRequest,
    DialogueUnavailable,
    EngineAway,
    EngineBusy,
)
from gateway.dialogue.rasa_engine import RasaEngine, RasaSlow

log = structlog.get_logger()

PROBE_EVERY = 1.0  # seconds between health probes of an engine that is down
# The pool's time-out, waiting included, as a multiple of an engine's own. Above 1, so that an engine that hangs is
# noticed by its own time-out and taken out of rotation.
TIMEOUT_FACTOR = 1.25


class _Member:
    """One engine of the pool and its health probe, which runs while it is out of rotation."""

    def __init__(self, name: str, engine: DialogueEngine, in_flight: int) -> None:
        self.name = name
        self.engine = engine
        self.slots = PrioritySlots(in_flight)
        self.probe: asyncio.Task[None] | None = None
        self.is_away = False  # it was gone, not broken or slow, when it was taken out

    @property
    def is_up(self) -> bool:
        return self.probe is None

    def rank(self, conversation_id: str) -> bytes:
        return hashlib.blake2b(f"{self.name} {conversation_id}".encode(), digest_size=8).digest()


class EnginePool:
    """Several engines as one; `engines` by their addresses, which must be the same in every gateway process.

    `timeout` is the most seconds that one message waits until an engine is given it; that engine has its own time-out.
    """

    def __init__(self, engines: Mapping[str, DialogueEngine], in_flight: int, timeout: float = 10.0) -> None:
        self._timeout = timeout
        self._members = [_Member(name, engine, in_flight) for name, engine in engines.items()]
        self._back = asyncio.Event()
        self._there_since = now()  # of one engine at least, as far as is known

    async def answer(self, request: DialogueRequest) -> DialogueAnswer:
        """Ask the conversation's own engine, or the next that is up; raises `DialogueUnavailable` when none answers.

        After an engine that was too slow no other is asked: the citizen has waited long enough. With all of them down
        each is tried all the same, unless one is away: then `EngineAway` is raised at once until its probe succeeds.
        `EngineBusy` is raised where others were before this message for all the time that it may wait.
        """
        try:
            async with asyncio.timeout(self._timeout) as limit:
                return await self._answer(request, limit)
        except TimeoutError as error:
            if self._is_away:
                raise EngineAway("No engine is there.") from error
            if any(member.is_up for member in self._members):
                raise EngineBusy("No engine had time for this message.", self._there_since) from error
            raise RasaSlow("No engine had time for this message.") from error

    async def _answer(self, request: DialogueRequest, limit: asyncio.Timeout) -> DialogueAnswer:
        self._refuse_while_away()
        failure: DialogueUnavailable | None = None
        waits_until = limit.when()
        for member in self._in_order(request.conversation_id):
            try:
                async with member.slots.slot(urgent=request.urgent):
                    if self._is_out(member):
                        continue  # it failed while this request waited
                    self._refuse_while_away()
                    if member.is_up:  # what it begins it may end; one that hangs gets only what is left
                        limit.reschedule(None)
                    with engine_request(self._members.index(member) + 1):
                        return await member.engine.answer(request)
            except DialogueUnavailable as error:
                limit.reschedule(waits_until)
                failure = error
                self._take_out(member, error)
                if isinstance(error, RasaSlow):
                    break
        raise failure or DialogueUnavailable("There is no engine.")

    @property
    def _is_away(self) -> bool:
        return all(not member.is_up for member in self._members) and any(member.is_away for member in self._members)

    def _refuse_while_away(self) -> None:
        if self._is_away:
            raise EngineAway("No engine is there.")

    async def until_there(self, seconds: float) -> None:
        """Return at once unless every engine is down and one away; then when one is back, or after so many seconds."""
        if self._is_away:
            await wait_at_most(self._back, seconds)

    async def forget(self, conversation_id: str) -> None:
        """Delete the conversation from every engine that is up; raises `DialogueUnavailable` when its own fails."""
        own, *others = sorted(self._members, key=lambda member: member.rank(conversation_id))
        await asyncio.gather(
            *(member.engine.forget(conversation_id) for member in others if member.is_up), return_exceptions=True
        )
        await own.engine.forget(conversation_id)

    async def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """Vectors from an engine for which no citizen waits; raises `DialogueUnavailable` where there is none.

        It takes no place of a message, and a failure of it takes no engine out of rotation.
        """
        for member in self._members:
            if member.is_up and not member.slots.is_full:
                return await member.engine.embed(texts)
        raise DialogueUnavailable("Every engine has citizens' messages to answer first.")

    async def is_ready(self) -> bool:
        """Whether any engine answers."""
        return any((await self.states()).values())

    async def states(self) -> dict[str, bool]:
        """Which engines answer, by their number in the setting, from 1; addresses are not published."""
        questions = self.questions()
        ready = await asyncio.gather(*(ask() for ask in questions.values()))
        return dict(zip(questions, ready, strict=True))

    def questions(self) -> Mapping[str, Callable[[], Awaitable[bool]]]:
        """By the same number, what asks each engine by itself: one that hangs must not keep another's answer back."""
        return {str(number): member.engine.is_ready for number, member in enumerate(self._members, 1)}

    async def close(self) -> None:
        """Stop the probes and close the connections."""
        probes = [member.probe for member in self._members if member.probe is not None]
        for probe in probes:
            probe.cancel()
        await asyncio.gather(*probes, return_exceptions=True)
        for member in self._members:
            await member.engine.close()

    def _in_order(self, conversation_id: str) -> list[_Member]:
        ranked = sorted(self._members, key=lambda member: member.rank(conversation_id))
        return [member for member in ranked if member.is_up] or ranked

    def _is_out(self, member: _Member) -> bool:
        return not member.is_up and any(other.is_up for other in self._members)

    def _take_out(self, member: _Member, error: DialogueUnavailable) -> None:
        if member.probe is None:
            log.error("engine_taken_out", engine=self._members.index(member) + 1, why=str(error))
            member.is_away = isinstance(error, EngineAway)
            self._back.clear()
            member.probe = asyncio.create_task(self._probe_until_ready(member))

    async def _probe_until_ready(self, member: _Member) -> None:
        while not await self._is_ready_again(member):
            end_if_cancelled()
            await asyncio.sleep(PROBE_EVERY)
        if not any(other.is_up for other in self._members):
            self._there_since = now()
        member.probe = None
        self._back.set()
        log.info("engine_back_in_rotation", engine=self._members.index(member) + 1)

    async def _is_ready_again(self, member: _Member) -> bool:
        try:
            return await member.engine.is_ready()
        except Exception as error:  # else it would stay out of rotation for ever
            log.error("engine_probe_failed", engine=self._members.index(member) + 1, exc_info=error)
            return False


def rasa_pool(urls: tuple[str, ...], token: str, timeout: float, in_flight: int) -> EnginePool:
    """Every Rasa process of the setting as one engine."""
    engines = {url: RasaEngine(url, token, timeout) for url in urls}
    return EnginePool(engines, in_flight, timeout * TIMEOUT_FACTOR)
