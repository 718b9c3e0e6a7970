"""The baseline: stock Rasa's own REST channel with the same model, loaded at the same rates in the same run.

Its tracker and lock stores are Rasa's own in memory; only the generator of texts is ours, for the model has none.
"""

import asyncio
import contextlib
import itertools
import json
import time
from collections.abc import AsyncIterator
from pathlib import Path

from gateway.content.publishing.rasa_process import RASA, rasa_environment
from gateway.core.config.settings import PROJECT, Settings
from tests.bench.gateways import running, until_it_answers
from tests.bench.openloop import TURNS, Taken
from tests.bench.people import questions
from tests.bench.poster import Poster
from tests.worlds.road import free_port

LATE = 60.0


@contextlib.asynccontextmanager
async def open_stock(folder: Path) -> AsyncIterator[tuple[Poster, int]]:
    """A stock Rasa and a sender to its REST channel; its pid."""
    endpoints, credentials = folder / "stock-endpoints.yml", folder / "stock-credentials.yml"
    endpoints.write_text("nlg:\n  type: bot.answers.AnswerGenerator\n", "utf-8")
    credentials.write_text("rest:\n", "utf-8")
    port = free_port()
    model = PROJECT / "models" / "neuvo.tar.gz"
    command = [
        str(RASA), "-m", "rasa", "run", "--interface", "127.0.0.1", "--port", str(port), "--model", str(model),
        "--endpoints", str(endpoints), "--credentials", str(credentials), "--enable-api", "--quiet",
    ]  # fmt: skip
    with running(command, rasa_environment(Settings(state_dir=folder))) as pid:
        await until_it_answers(f"http://127.0.0.1:{port}/status", "model_file")
        poster = Poster(port, "/webhooks/rest/webhook")
        yield poster, pid
        await poster.close()


async def ask(poster: Poster, sender: str, text: str) -> bool:
    """Whether one message got words back within `LATE` seconds."""
    body = json.dumps({"sender": sender, "message": text}).encode()
    try:
        async with asyncio.timeout(LATE):
            status, answer = await poster.post(body, {"Content-Type": "application/json"})
    except (OSError, EOFError, TimeoutError):
        return False
    return status == 200 and answer != b"[]"


async def load_stock(poster: Poster, rate: float, seconds: float) -> list[Taken]:
    """The same open-loop load, asked of Rasa itself."""
    texts = itertools.cycle(questions())
    start = time.perf_counter() + 0.05

    async def one(place: int, text: str) -> Taken:
        planned = place / rate
        answered = await ask(poster, f"stock {rate:g} {place // TURNS}", text)
        took = time.perf_counter() - start - planned
        return Taken(planned, took, took if answered else None)

    tasks = []
    for place in range(int(rate * seconds)):
        await asyncio.sleep(max(start + place / rate - time.perf_counter(), 0))
        tasks.append(asyncio.create_task(one(place, next(texts))))
    return list(await asyncio.gather(*tasks))
