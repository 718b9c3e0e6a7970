"""Sentence vectors for officers' suggestions: guarded, the encoder's own, and after every citizen's message."""

import asyncio
import math
import os
import threading
import time
from typing import Any

import pytest

from bot.embedding import MAX_TEXTS, Embedding
from tests.bot.built_encoder import built_encoder
from tests.bot.stage import TOKEN, Door, contract, fits


def embed(door: Door, body: Any, token: str | None = TOKEN) -> tuple[int, Any]:
    return door.post(body, token, "embed")


def test_each_text_has_the_vector_of_the_encoder(bare_door: Door) -> None:
    encoder = built_encoder()
    status, answer = embed(bare_door, contract("embed_request"))

    assert status == 200
    assert fits(answer, contract("embed_answer"))
    for text, vector in zip(contract("embed_request")["texts"], answer["vectors"], strict=True):
        assert vector == pytest.approx(encoder.encode([text])[0].tolist(), abs=1e-5)
        assert math.hypot(*vector) == pytest.approx(1, abs=1e-3)


@pytest.mark.parametrize("token", [None, "", "wrong", TOKEN + "x"])
def test_without_the_right_token_nothing_is_encoded(bare_door: Door, token: str | None) -> None:
    status, answer = embed(bare_door, contract("embed_request"), token)
    assert (status, list(answer)) == (401, ["error"])


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        [],
        {},
        {"texts": []},
        {"texts": "moi"},
        {"texts": [""]},
        {"texts": [1]},
        {"texts": ["a" * 4097]},
        {"texts": ["a"] * (MAX_TEXTS + 1)},
        {"texts": ["a"], "sender": "b"},
    ],
)
def test_a_wrong_request_is_refused_in_words(bare_door: Door, body: Any) -> None:
    status, answer = embed(bare_door, body)
    assert (status, list(answer)) == (400, ["error"])


def test_without_an_encoder_it_says_so(bare_door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEUVO_EMBEDDINGS", "off")
    status, answer = embed(bare_door, contract("embed_request"))
    assert status == 503
    assert "NEUVO_EMBEDDINGS" in answer["error"]


def test_no_text_is_begun_while_a_citizens_message_is_answered() -> None:
    built_encoder()

    async def asked_meanwhile() -> tuple[bool, int]:
        embedding = Embedding()
        with embedding.answering():
            asked = asyncio.create_task(embedding.vectors(["moi"]))
            await asyncio.sleep(0.2)
            waited = not asked.done()
        return waited, len(await asked)

    assert asyncio.run(asked_meanwhile()) == (True, 1)


def test_the_encoders_thread_has_the_lowest_priority_and_the_others_keep_theirs() -> None:
    built_encoder()
    own = os.getpriority(os.PRIO_PROCESS, threading.get_native_id())
    embedding = Embedding()
    asyncio.run(embedding.vectors(["moi"]))
    (thread,) = embedding._thread._threads
    assert thread.native_id is not None

    assert os.getpriority(os.PRIO_PROCESS, thread.native_id) == 19
    assert os.getpriority(os.PRIO_PROCESS, threading.get_native_id()) == own


def test_a_text_takes_some_milliseconds() -> None:
    built_encoder()
    embedding = Embedding()
    asyncio.run(embedding.vectors(["moi"]))
    began = time.monotonic()
    asyncio.run(embedding.vectors(["isä lukee mun puhelinta, mitä teen"] * 20))
    assert (time.monotonic() - began) / 20 < 0.2
