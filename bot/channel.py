"""Dialogue: Rasa's input channel for the gateway. It checks a token and returns what was understood and the replies."""

import hmac
import os
from collections.abc import Awaitable, Callable
from typing import Any, Final

import structlog
from rasa.core.channels.channel import InputChannel, UserMessage
from rasa.shared.exceptions import RasaException
from sanic import Blueprint, response
from sanic.request import Request
from sanic.response import HTTPResponse

from bot.dialogue import Dialogue, DialogueFailed
from bot.embedding import Embedding, parse_texts
from bot.requests import Refused, parse_request
from bot.traces import traced

log = structlog.get_logger(__name__)

_VARIABLE_KEY: Final = "token_variable"


class NeuvoInput(InputChannel):  # type: ignore[misc]
    """POST /webhooks/neuvo/webhook, see tests/contracts/dialogue_*.json; and /webhooks/neuvo/embed, embed_*.json.

    Answers 200 with what was understood and the replies; 400, 401 and 422 for a request that is wrong, 500 when the
    dialogue failed, 503 when no model is loaded, each with {"error"}: never an empty list for a crash. No log line has
    a citizen's words in it.
    """

    def __init__(self, token: str) -> None:
        self._token = token.encode()
        self._embedding = Embedding()

    @classmethod
    def name(cls) -> str:
        """The channel's part of the address."""
        return "neuvo"

    @classmethod
    def from_credentials(cls, credentials: dict[str, Any] | None) -> "NeuvoInput":
        """Take the token from the environment variable that credentials.yml names. Raises RasaException without one."""
        variable = str((credentials or {}).get(_VARIABLE_KEY) or "")
        token = os.environ.get(variable, "")
        if not token:
            raise RasaException(
                f"The dialogue channel needs a token: set the environment variable {variable or 'NEUVO_RASA_TOKEN'} "
                f"(credentials.yml names it as {_VARIABLE_KEY}) to the value that the gateway uses."
            )
        return cls(token)

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        """The routes; Rasa puts them under /webhooks/neuvo."""
        routes = Blueprint("neuvo_webhook")

        @routes.get("/")
        async def health(request: Request) -> HTTPResponse:
            return response.json({"status": "ok"})

        @routes.post("/webhook")
        async def receive(request: Request) -> HTTPResponse:
            if not self._is_authorized(request):
                return _refusal(401, "The token is missing or wrong.")
            with self._embedding.answering(), traced(request) as headers:
                answer = await _answer(request, on_new_message)
            answer.headers.update(headers)
            return answer

        @routes.post("/embed")
        async def embed(request: Request) -> HTTPResponse:
            if not self._is_authorized(request):
                return _refusal(401, "The token is missing or wrong.")
            try:
                return response.json({"vectors": await self._embedding.vectors(parse_texts(request.body))})
            except Refused as refused:
                return _refusal(refused.status, str(refused))

        return routes

    def _is_authorized(self, request: Request) -> bool:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        # Bytes: compare_digest raises on text outside ASCII.
        return scheme.lower() == "bearer" and hmac.compare_digest(token.encode(errors="replace"), self._token)


async def _answer(request: Request, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> HTTPResponse:
    agent = request.app.ctx.agent
    if not agent.is_ready():
        return _refusal(503, "No model is loaded. Train one and load it.")
    try:
        parsed = parse_request(request.body)
        dialogue = Dialogue(agent, on_new_message)
        if parsed.reset:
            await dialogue.forget(parsed)
            return response.json({})
        return response.json(await dialogue.ask(parsed))
    except Refused as refused:
        return _refusal(refused.status, str(refused))
    except DialogueFailed as failure:
        log.error("dialogue.failed", reason=str(failure), where=failure.where)
        return _refusal(500, str(failure))


def _refusal(status: int, error: str) -> HTTPResponse:
    return response.json({"error": error}, status=status)
