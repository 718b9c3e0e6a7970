"""Station 4, Rasa: one process of it over HTTP, and what can go wrong with it, each by its own class."""

import asyncio
from collections.abc import Sequence
from typing import Any

import httpx2
import structlog
from pydantic import ValidationError

from gateway.core.http.client import JsonClient, NoAnswer, NotSent
from gateway.core.tls import ssl_context
from gateway.core.traces import record_of_rasa, traceparent
from gateway.dialogue.engine import DialogueAnswer, DialogueRequest, DialogueUnavailable, EngineAway, Vectors

log = structlog.get_logger()
_PATH = "webhooks/neuvo/webhook"
_EMBED = "webhooks/neuvo/embed"
_RETRY_PAUSE = 0.3
_UNKNOWN_CHOICE = 422  # bot/dialogue.py


class RasaDown(DialogueUnavailable):
    """This Rasa is down or broken, and another may answer."""


class RasaAway(RasaDown, EngineAway):
    """Nothing listens there, or it ended while it was asked: it starts, or somebody has to start it."""


class RasaSlow(DialogueUnavailable):
    """No answer within the time-out; no other engine is asked."""


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
