"""Three paths of Rasa on a port of their own: what the gateway asks of a dialogue engine, answered as a test says."""

import asyncio
import contextlib
import time
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from tests.worlds.road import free_port, served
from tests.worlds.scripted_engine import answer, word_vector


class FakeRasa:
    """The paths of Rasa that the gateway uses, on a port of its own."""

    def __init__(self) -> None:
        self.port = free_port()
        self.asked: list[str] = []
        self.texts: list[str | None] = []
        self.traceparents: list[str | None] = []
        self.embedded: list[tuple[str, int]] = []  # with what authorisation, and how many texts
        self.refuses_choices = False  # as a model does that knows none of them
        self.busy = self.most_busy = 0
        self.delay, self.status = 0.0, 200
        self.cold = 0.0  # seconds more that the next answer takes, as the first one does after a start
        self.state: object = None  # what it says of itself, where that is something else
        self._stack = contextlib.AsyncExitStack()
        self._app = FastAPI()
        self._app.post("/webhooks/neuvo/webhook")(self._answer)
        self._app.post("/webhooks/neuvo/embed")(self._embed)
        self._app.get("/status")(self._state)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        await self._stack.enter_async_context(served(self._app, self.port))

    async def stop(self) -> None:
        await self._stack.aclose()

    async def _answer(self, request: Request) -> JSONResponse:
        body = await request.json()
        self.asked.append(body["conversation_id"])
        self.texts.append(body.get("text"))
        self.traceparents.append(request.headers.get("traceparent"))
        began = time.time_ns()
        if self.refuses_choices and "choice" in body:
            return JSONResponse({"error": "choice is not a topic that this model knows."}, status_code=422)
        self.busy += 1
        self.most_busy = max(self.most_busy, self.busy)
        cold, self.cold = self.cold, 0.0
        await asyncio.sleep(self.delay + cold)
        self.busy -= 1
        # As `bot/traces.py` says what it measured.
        headers = {"neuvo-span": f"00f067aa0ba902b7-{began}-{time.time_ns()}"} if self.traceparents[-1] else None
        return JSONResponse(answer().model_dump(mode="json"), status_code=self.status, headers=headers)

    async def _embed(self, request: Request) -> JSONResponse:
        texts = (await request.json())["texts"]
        self.embedded.append((request.headers.get("authorization", ""), len(texts)))
        return JSONResponse({"vectors": [word_vector(text) for text in texts]}, status_code=self.status)

    async def _state(self) -> Any:
        await asyncio.sleep(self.delay)
        if self.state is not None:
            return self.state
        return {"model_file": "models/neuvo.tar.gz"} if self.status == 200 else {}
