"""A server with LibreTranslate's API on a port of its own, as its documentation has it; it turns the words round."""

import contextlib

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from tests.worlds.road import free_port, served

KEY = "a-key-of-the-force"
LANGUAGES = ("fi", "sv", "en")


class TranslationServer:
    """`POST /translate`; "hei vaan" becomes "[sv] vaan hei", so that a test sees what was asked."""

    def __init__(self) -> None:
        self.port = free_port()
        self.asked: list[dict[str, str]] = []
        self.fails = 0  # a status to answer with
        self._stack = contextlib.AsyncExitStack()
        self._app = FastAPI()
        self._app.post("/translate")(self._translate)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        await self._stack.enter_async_context(served(self._app, self.port))

    async def stop(self) -> None:
        await self._stack.aclose()

    async def _translate(self, request: Request) -> JSONResponse:
        body = await request.json()
        self.asked.append(body)
        if self.fails:
            return JSONResponse({"error": "Translation failed"}, status_code=self.fails)
        if body.get("api_key") != KEY:
            return JSONResponse({"error": "Invalid API key"}, status_code=403)
        if body["source"] not in (*LANGUAGES, "auto") or body["target"] not in LANGUAGES or body["format"] != "text":
            return JSONResponse({"error": f"{body['source']} is not supported"}, status_code=400)
        turned = " ".join(reversed(body["q"].split()))
        found = {"detectedLanguage": {"confidence": 90, "language": "fi"}} if body["source"] == "auto" else {}
        return JSONResponse({"translatedText": f"[{body['target']}] {turned}", **found})
