"""Dialogue: sentence vectors for officers' suggestions, made while no citizen waits for an answer."""

import asyncio
import json
import os
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, Final

from answers.limits import TEXT
from bot.encoder import Encoder, load_encoder
from bot.requests import Refused

MAX_TEXTS: Final = 32
_LEAST_IMPORTANT: Final = 19
_LOOK_AGAIN: Final = 0.01
_DIGITS: Final = 5  # of a vector's numbers; likenesses keep four of them


class Embedding:
    """The encoder in a thread of the lowest priority; between two texts it waits until nobody's message is answered."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, "embedding", initializer=_give_way)
        self._answering = 0

    @contextmanager
    def answering(self) -> Iterator[None]:
        """While a citizen's message is answered no text is begun."""
        self._answering += 1
        try:
            yield
        finally:
            self._answering -= 1

    async def vectors(self, texts: Sequence[str]) -> list[list[float]]:
        """The vector of each text, of unit length. Raises `Refused` (503) without an encoder."""
        encoder = load_encoder()
        if encoder is None:
            raise Refused(503, "There is no sentence encoder here; see NEUVO_EMBEDDINGS and `make setup`.")
        found = []
        for text in texts:
            while self._answering:
                await asyncio.sleep(_LOOK_AGAIN)
            found.append(await asyncio.get_running_loop().run_in_executor(self._thread, _vector, encoder, text))
        return found


def _give_way() -> None:
    os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _LEAST_IMPORTANT)


def _vector(encoder: Encoder, text: str) -> list[float]:
    return [round(float(each), _DIGITS) for each in encoder.encode([text])[0]]


def parse_texts(body: bytes) -> list[str]:
    """The texts of a request, `{"texts": […]}`. Raises `Refused` (400)."""
    try:
        fields: Any = json.loads(body)
    except ValueError:
        raise Refused(400, "The body is not JSON.") from None
    texts = fields.get("texts") if isinstance(fields, dict) and fields.keys() == {"texts"} else None
    if not isinstance(texts, list) or not 0 < len(texts) <= MAX_TEXTS:
        raise Refused(400, f"Give texts, a list of 1 to {MAX_TEXTS}.")
    if not all(isinstance(each, str) and each.strip() and len(each) <= TEXT for each in texts):
        raise Refused(400, f"Each text has 1 to {TEXT} characters.")
    return texts
