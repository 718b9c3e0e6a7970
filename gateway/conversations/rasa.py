"""Station 4, the dialogue by Rasa: asked on loopback through a channel of our own that checks a token."""

import asyncio
from typing import Any

import httpx2
from pydantic import ValidationError

from gateway.conversations.dialogue import DialogueAnswer, DialogueRequest, DialogueUnavailable
from gateway.trust import trusted

_PATH = "/webhooks/neuvo/webhook"
_RETRY_PAUSE = 0.3


class RasaGone(DialogueUnavailable):
    """This Rasa is down or broken, so that another may answer; a slow one is not asked twice (`RasaSlow`)."""


class RasaSlow(DialogueUnavailable):
    """No answer in time: a citizen has waited long enough, and who waits next should not."""


class RasaEngine:
    """Rasa Open Source behind `bot.channel.NeuvoInput`.

    Its own REST channel checks no token and turns a crash into an empty list, so an answer without a reply
    counts as a failure here. A refused connection is tried once more; a time-out is not (the turn may have run).
    `timeout` is the most seconds that one question may take.
    """

    def __init__(self, url: str, token: str, timeout: float) -> None:
        self._token = token
        self._timeout = timeout
        self._client = httpx2.AsyncClient(
            base_url=url,
            headers={"Authorization": f"Bearer {token}"},
            timeout=httpx2.Timeout(timeout, connect=2.0),
            limits=httpx2.Limits(max_connections=32, max_keepalive_connections=32),
            verify=trusted(),
            trust_env=False,
        )

    async def answer(self, request: DialogueRequest) -> DialogueAnswer:
        """Ask; every outcome that is not a whole answer is `DialogueUnavailable`."""
        content = await self._post(request.model_dump(exclude_none=True))
        try:
            answer = DialogueAnswer.model_validate(content)
        except ValidationError as error:
            raise DialogueUnavailable("The engine's answer has another shape than the contract.") from error
        if not any(reply.text.strip() for reply in answer.replies):
            raise DialogueUnavailable("The engine answered without a reply.")
        return answer

    async def forget(self, conversation_id: str) -> None:
        """Make the engine forget the talk."""
        await self._post({"conversation_id": conversation_id, "reset": True})

    async def is_ready(self) -> bool:
        """Ask Rasa which model it has loaded."""
        try:
            response = await self._client.get("/status", params={"token": self._token}, timeout=2.0)
            state = response.json()
            return response.is_success and isinstance(state, dict) and bool(state.get("model_file"))
        except (httpx2.HTTPError, ValueError):
            return False

    async def close(self) -> None:
        """Give the connections back."""
        await self._client.aclose()

    async def _post(self, body: dict[str, Any]) -> Any:
        for attempt in (1, 2):
            try:
                async with asyncio.timeout(self._timeout):  # httpx counts each step alone
                    response = await self._client.post(_PATH, json=body)
                break
            except (httpx2.ConnectError, httpx2.ConnectTimeout) as error:
                if attempt == 2:
                    raise RasaGone("Rasa cannot be reached.") from error
                await asyncio.sleep(_RETRY_PAUSE)
            except (httpx2.TimeoutException, TimeoutError) as error:
                raise RasaSlow(f"Rasa gave no answer in time: {type(error).__name__}.") from error
            except httpx2.HTTPError as error:
                raise RasaGone(f"Rasa gave no answer: {type(error).__name__}.") from error
        if not response.is_success:
            raise RasaGone(f"Rasa answered {response.status_code}.")
        try:
            return response.json()
        except ValueError as error:
            raise RasaGone("Rasa's answer is not JSON.") from error
