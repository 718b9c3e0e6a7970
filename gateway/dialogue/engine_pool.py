"""Station 4, Rasa, and a pool of several: each conversation has one of them, and the next while that is down.

By rendezvous hashing: every gateway process computes the same order of engines, and when one comes or goes only its own
conversations move. Each engine gets as many requests as it can process at a time; the others wait here, urgent ones in
front, where they can still go to another engine when theirs fails. An engine that fails is taken out of rotation until
its probe succeeds (a circuit breaker).
"""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import httpx2
import structlog
from pydantic import ValidationError

from gateway.core.database import now
from gateway.core.http.client import JsonClient, NoAnswer, NotSent
from gateway.core.priority_slots import PrioritySlots
from gateway.core.road_record import engine_request
from gateway.core.tasks import wait_at_most
from gateway.core.tls import ssl_context
from gateway.core.traces import record_of_rasa, traceparent
from gateway.dialogue.engine import (
    DialogueAnswer,
    DialogueEngine,
    DialogueRequest,
    DialogueUnavailable,
    EngineAway,
    EngineBusy,
    RasaAway,
    RasaDown,
    RasaSlow,
    Vectors,
)
from gateway.dialogue.engine_probe import until_it_answers

log = structlog.get_logger()
_PATH, _EMBED = "webhooks/neuvo/webhook", "webhooks/neuvo/embed"
_RETRY_PAUSE = 0.3
_UNKNOWN_CHOICE = 422  # bot/dialogue.py


class _ChoiceRefused(Exception):
    """The model knows no such choice: no failure of the engine."""


class RasaEngine:
    """Rasa Open Source behind `bot.channel.NeuvoInput`.

    Its own REST channel checks no token and turns a crash into an empty list, so an answer without a reply
    counts as a failure here. A refused connection is retried once; a time-out is not (the turn may have run).
    `timeout` is the most seconds that one request may take.
    """

    def __init__(self, url: str, token: str, timeout: float) -> None:
        self._token = token
        self._timeout = timeout
        self._asking = JsonClient(
            url, {"Authorization": f"Bearer {token}"}, timeout=timeout, connect_timeout=2.0, tls=ssl_context()
        )
        # For the health of an engine, which is asked seldom.
        self._client = httpx2.AsyncClient(base_url=url, verify=ssl_context(), trust_env=False)

    async def answer(self, request: DialogueRequest) -> DialogueAnswer:
        """Send a request; every outcome but a complete answer raises `DialogueUnavailable`."""
        try:
            content = await self._post(request.model_dump(exclude_none=True))
        except _ChoiceRefused:
            # Made up, or of a topic that was retired since: its words are still somebody's.
            log.info("choice_refused")
            return await self.answer(request.model_copy(update={"choice": None, "text": request.title}))
        try:
            answer = DialogueAnswer.model_validate(content)
        except ValidationError as error:
            raise DialogueUnavailable("The engine's answer has another shape than the contract.") from error
        if not any(reply.text.strip() for reply in answer.replies):
            raise DialogueUnavailable("The engine answered without a reply.")
        return answer

    async def forget(self, conversation_id: str) -> None:
        """Delete Rasa's tracker of a conversation."""
        await self._post({"conversation_id": conversation_id, "reset": True})

    async def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """The vector of each text, from the same encoder that understands citizens; at most 32 texts."""
        content = await self._post({"texts": list(texts)}, _EMBED)
        try:
            return Vectors.model_validate(content).vectors
        except ValidationError as error:
            raise DialogueUnavailable("The engine's vectors have another shape than the contract.") from error

    async def is_ready(self) -> bool:
        """Whether Rasa has loaded a model."""
        try:
            response = await self._client.get("/status", params={"token": self._token}, timeout=2.0)
            state = response.json()
            return response.is_success and isinstance(state, dict) and bool(state.get("model_file"))
        except (httpx2.HTTPError, ValueError):
            return False

    async def until_there(self, seconds: float) -> None:
        """Return at once: one Rasa does not watch itself, the pool does (`EnginePool`)."""

    async def close(self) -> None:
        """Close the connections."""
        await self._asking.close()
        await self._client.aclose()

    async def _post(self, body: dict[str, Any], path: str = _PATH) -> Any:
        for attempt in (1, 2):
            try:
                async with asyncio.timeout(self._timeout):  # the client's own begins when it is connected
                    response = await self._asking.post(path, body, traceparent())
                break
            except NotSent as error:
                if attempt == 2:
                    raise RasaAway("Rasa cannot be reached.") from error
                await asyncio.sleep(_RETRY_PAUSE)
            except NoAnswer as error:
                if error.is_late:
                    raise RasaSlow("Rasa gave no answer in time.") from error
                raise RasaAway(f"Rasa gave no answer: {error}.") from error
            except TimeoutError as error:
                raise RasaSlow("Rasa gave no answer in time.") from error
        record_of_rasa(response.span)
        if response.status == _UNKNOWN_CHOICE and body.get("choice"):
            raise _ChoiceRefused
        if not response.is_success:
            raise RasaDown(f"Rasa answered {response.status}.")
        try:
            return response.json()
        except ValueError as error:
            raise RasaDown("Rasa's answer is not JSON.") from error


# The pool's time-out, waiting included, as a multiple of an engine's own. Above 1, so that an engine that hangs is
# noticed by its own time-out and taken out of rotation.
TIMEOUT_FACTOR = 1.25
MOST_SLOW = 2  # engines that may let one message wait for all of their time


class _Member:
    """One engine of the pool and its probe, which runs while it is out of rotation."""

    def __init__(self, name: str, engine: DialogueEngine, in_flight: int) -> None:
        self.name = name
        self.engine = engine
        self.slots = PrioritySlots(in_flight)
        self.probe: asyncio.Task[None] | None = None
        self.is_away = False  # it was gone or slow, not broken, when it was taken out: to wait for it is worth while

    @property
    def is_up(self) -> bool:
        return self.probe is None

    def rank(self, conversation_id: str) -> bytes:
        return hashlib.blake2b(f"{self.name} {conversation_id}".encode(), digest_size=8).digest()


class EnginePool:
    """Several engines as one; `engines` by their addresses, which must be the same in every gateway process.

    `timeout`: seconds that a message waits at most to be given to an engine, which has a time-out of its own.
    """

    def __init__(self, engines: Mapping[str, DialogueEngine], in_flight: int, timeout: float = 10.0) -> None:
        self._timeout = timeout
        self._members = [_Member(name, engine, in_flight) for name, engine in engines.items()]
        self._back = asyncio.Event()
        self._there_since = now()  # of one engine at least, as far as is known

    async def answer(self, request: DialogueRequest) -> DialogueAnswer:
        """Ask the conversation's own engine, or the next that is up; raises `DialogueUnavailable` when none answers.

        After an engine that was too slow one other is asked where one is up, and no third: the citizen has waited long
        enough. With all of them down each is tried all the same, unless one is away or slow: then `EngineAway` is
        raised, at once, until its probe succeeds. `EngineBusy` is raised where others were before this message for all
        the time that it may wait.
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
        slow = 0
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
                slow += isinstance(error, RasaSlow)
                if slow and self._is_away:
                    raise EngineAway(str(error)) from error
                if slow == MOST_SLOW:
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
        ready = await asyncio.gather(*(ask() for ask in self.questions().values()))
        return dict(zip(self.questions(), ready, strict=True))

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
            member.is_away = isinstance(error, EngineAway | RasaSlow)
            self._back.clear()
            member.probe = asyncio.create_task(self._until_back(member))

    async def _until_back(self, member: _Member) -> None:
        await until_it_answers(member.engine, self._members.index(member) + 1)
        if not any(other.is_up for other in self._members):
            self._there_since = now()
        member.probe = None
        self._back.set()
        log.info("engine_back_in_rotation", engine=self._members.index(member) + 1)


def rasa_pool(urls: tuple[str, ...], token: str, timeout: float, in_flight: int) -> EnginePool:
    """Every Rasa process of the setting as one engine."""
    engines = {url: RasaEngine(url, token, timeout) for url in urls}
    return EnginePool(engines, in_flight, timeout * TIMEOUT_FACTOR)
