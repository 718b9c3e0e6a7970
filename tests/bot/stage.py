"""A small model of the project's own topics, and the channel's door on a real server."""

import asyncio
import http.client
import json
import shutil
import socket
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import rasa.core.channels.channel
import yaml
from rasa.core.agent import Agent
from rasa.model_training import train
from sanic import Sanic

from answers.library import Library
from bot.answers import AnswerGenerator
from bot.channel import NeuvoInput
from bot.lock_store import FairLockStore
from bot.tracker_store import BoundedTrackerStore

PROJECT = Path(__file__).resolve().parents[2]
TOKEN = "a-token-åäö"
PRIVACY = "https://neuvo.example/privacy"
WORDS = "joku pääs mun tilille eikä se oo kiva"

WITH_FAQ = "property_theft_lost"
"""The topic that keeps its own questions in the small folder."""

_FEW = 40
_FEW_TALKS = 25
_OF_DANGER_LINES = 8


def small_folder(directory: Path, few: int = _FEW) -> Path:
    """The project's content with a few examples of each topic and language."""
    shutil.copytree(PROJECT / "data", directory)
    for path in directory.glob("nlu/*/*.yml"):
        path.write_text(_shortened(path.read_text(encoding="utf-8"), few), encoding="utf-8")
    for path in directory.glob("nlu/danger/*/*.txt"):
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        path.write_text("".join(lines[::_OF_DANGER_LINES]), encoding="utf-8")
    for path in directory.glob("talks/*/*.txt"):
        talks = path.read_text(encoding="utf-8").split("\n\n")
        path.write_text("\n\n".join(talks[:_FEW_TALKS]) + "\n", encoding="utf-8")
    for path in directory.glob("answers/*/*.yml"):
        if path.stem != WITH_FAQ:  # each has some hundred wordings
            path.write_text(path.read_text(encoding="utf-8").split("\nfaq:\n")[0] + "\n", encoding="utf-8")
    return directory


def _shortened(text: str, few: int) -> str:
    kept, examples = [], 0
    for line in text.splitlines():
        examples = examples + 1 if line.startswith("    - ") else 0
        if examples <= few:
            kept.append(line)
    return "\n".join(kept) + "\n"


def train_small_model(directory: Path) -> Path:
    """Train the project's configuration, without sentence embeddings, on a small folder; the model's file."""
    config = yaml.safe_load((PROJECT / "config.yml").read_text(encoding="utf-8"))
    for part in config["pipeline"]:
        if part["name"].endswith("TopicClassifier"):
            part["embeddings"] = False
    path = directory / "config.yml"
    path.write_text(yaml.safe_dump(config), encoding="utf-8")
    content = small_folder(directory / "data")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        result = train(str(PROJECT / "domain.yml"), str(path), [str(content)], str(directory / "models"))
    assert result.model is not None
    return Path(result.model)


def long_example(topic: str, language: str) -> str:
    """A message that the small model has learned, long enough to tell its language."""
    path = next((PROJECT / "data/nlu").glob(f"*/{topic}.yml"))
    for block in yaml.safe_load(path.read_text(encoding="utf-8"))["nlu"]:
        if block["metadata"]["language"] == language:
            lines: list[str] = block["examples"].splitlines()[:_FEW]
            return max((line.removeprefix("- ") for line in lines), key=len)
    raise LookupError(f"{topic} has no examples in {language}")


def agent_of(model: Path | None, library: Library) -> Agent:
    """An agent with our parts, as endpoints.yml names them; without a model it is not ready."""
    agent = Agent(
        generator=AnswerGenerator(library=library),
        tracker_store=BoundedTrackerStore(None),
        lock_store=FairLockStore(),
    )
    if model is not None:
        agent.load_model(model)
    return agent


def contract(name: str) -> Any:
    """An example body that both environments read."""
    return json.loads((PROJECT / "tests/contracts" / f"{name}.json").read_text(encoding="utf-8"))


def fits(given: Any, example: Any) -> bool:
    """Whether `given` has the keys and types of `example`; null and empty lists fit whatever the example holds.

    Of a `state` only what is known is told: each of its slots looks as in the example of a question.
    """
    if isinstance(given, dict) and isinstance(example, dict):
        if given.keys() != example.keys():
            return False
        return all(_fits_state(given[key]) if key == "state" else fits(given[key], example[key]) for key in example)
    if isinstance(given, list) and isinstance(example, list):
        return not example or all(fits(item, example[0]) for item in given)
    return given is None or example is None or type(given) is type(example)


def _fits_state(given: dict[str, Any]) -> bool:
    known = contract("dialogue_answer_question")["understood"]["state"]
    return given.keys() <= known.keys() and all(
        fits(slot["value"], known[name]["value"]) and slot.keys() <= {"value", "start", "end"}
        for name, slot in given.items()
    )


class Door:
    """The channel on a real server in a thread of its own, asked over HTTP. Sanic allows one in a process."""

    def __init__(self) -> None:
        self.app = Sanic("door", configure_logging=False)
        rasa.core.channels.channel.register([NeuvoInput(TOKEN)], self.app, route="/webhooks/")
        self.span: str | None = None
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)

    @contextmanager
    def before(self, agent: Agent) -> Iterator["Door"]:
        """The same door with another agent behind it, for the length of a test."""
        usual = getattr(self.app.ctx, "agent", None)
        self.app.ctx.agent = agent
        try:
            yield self
        finally:
            self.app.ctx.agent = usual

    def __enter__(self) -> "Door":
        self._thread.start()
        assert self._ready.wait(20), "the server did not start"
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._listening.close)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._start())
        self._ready.set()
        self._loop.run_forever()

    async def _start(self) -> None:
        listener = socket.create_server(("127.0.0.1", 0))
        self._port = listener.getsockname()[1]
        server: Any = await self.app.create_server(sock=listener, return_asyncio_server=True)
        self._listening: asyncio.AbstractServer = server.server
        await server.startup()

    def post(
        self, body: Any, token: str | None = TOKEN, path: str = "webhook", traceparent: str | None = None
    ) -> tuple[int, Any]:
        """Status and JSON of the answer; `body` is JSON unless it is bytes. `span` is what was measured of the last."""
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers: dict[str, bytes | str] = {} if token is None else {"Authorization": b"Bearer " + token.encode()}
        headers |= {} if traceparent is None else {"traceparent": traceparent}
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=30)
        try:
            connection.request("POST", f"/webhooks/neuvo/{path}", raw, headers)
            answer = connection.getresponse()
            self.span = answer.getheader("neuvo-span")
            return answer.status, json.loads(answer.read())
        finally:
            connection.close()

    def ask(self, conversation: str, text: str, **more: str) -> dict[str, Any]:
        """The answer to a citizen's words; anything but 200 fails the test."""
        status, answer = self.post({"conversation_id": conversation, "channel": "whatsapp", "text": text, **more})
        assert status == 200, answer
        return dict(answer)
