"""Content, playground: what the draft understands and says, and why, before anything of it is live.

The model is the one that was trained last; the words are those of the working copy, as they stand now.
"""

import asyncio
import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from answers.likeness import words_of
from gateway.content.errors import ContentRefused
from gateway.content.publishing.manifest import model_key, read_manifest
from gateway.content.publishing.rasa_process import RASA, rasa_environment
from gateway.content.publishing.releases import Published
from gateway.content.repository.examples import read_examples
from gateway.content.repository.working_copy import WorkingCopy
from gateway.core.config.settings import PROJECT, Settings
from gateway.dialogue.engine import DialogueAnswer, DialogueRequest

# Seconds; a busy machine needs one minute to read the program and the model.
_START: Final = 120.0
_ANSWER: Final = 15.0
_LINE: Final = 1024 * 1024
_EXAMPLES: Final = 3


@dataclass(frozen=True)
class Guess:
    """A topic that a message may be about, how sure the model is (0 to 1), and the examples that are nearest to it."""

    topic: str
    confidence: float
    examples: tuple[str, ...]


@dataclass(frozen=True)
class Tried:
    """What the draft says, what it understood (language and danger among the entities), and why."""

    answer: DialogueAnswer
    guesses: tuple[Guess, ...]
    entities: tuple[tuple[str, str], ...]


def draft_model(settings: Settings) -> Path:
    """The model that was trained last here. Raises `ContentRefused` when there is none."""
    key, published = model_key(settings), Published(settings)
    found = []
    for path in [*published.models.glob("*.tar.gz"), Path(published.live().model)]:
        try:
            found.append((str(read_manifest(path, key).get("trained_at", "")), path))
        except ContentRefused:
            continue  # not built here, or changed
    if not found:
        raise ContentRefused("no_draft_model")
    return max(found)[1]


class DraftBot:
    """A second process with the draft's model, begun at the first question and kept for the next ones."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._process: asyncio.subprocess.Process | None = None
        self._model: Path | None = None
        self._asked_at = 0.0
        self._turn = asyncio.Lock()

    async def ask(self, request: DialogueRequest) -> Tried:
        """One message of a conversation with the draft. Raises `ContentRefused` when it cannot be tried."""
        model = await asyncio.to_thread(draft_model, self._settings)
        async with self._turn:
            if self._process is None or self._process.returncode is not None or model != self._model:
                await self._start(model)
            self._asked_at = time.monotonic()
            told = await self._exchange(request.model_dump(exclude_none=True))
        if "error" in told:
            raise ContentRefused("try_failed", reason=told["error"])
        return await asyncio.to_thread(self._explained, request.text or "", told)

    async def close_when_idle(self, seconds: float) -> None:
        """Give the process's memory back (some 600 MB) when nobody has asked for so long."""
        if self._process is not None and time.monotonic() - self._asked_at >= seconds:
            await self.close()

    async def close(self) -> None:
        """End the process."""
        if self._process is not None:
            if self._process.returncode is None:
                self._process.kill()
            await self._process.wait()
            self._process = None

    async def _start(self, model: Path) -> None:
        await self.close()
        if not RASA.exists():
            raise ContentRefused("not_trained_here")
        content = str(self._settings.content_folder.resolve())
        self._process = await asyncio.create_subprocess_exec(
            *[str(RASA), "-m", "bot.playground", "--model", str(model)],
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env={**rasa_environment(self._settings), "NEUVO_CONTENT_DIR": content},
            cwd=PROJECT,
            limit=_LINE,
        )
        self._model = model
        await self._read(_START)

    async def _exchange(self, question: dict[str, Any]) -> dict[str, Any]:
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(question).encode() + b"\n")
        return await self._read(_ANSWER)

    async def _read(self, patience: float) -> dict[str, Any]:
        assert self._process is not None
        assert self._process.stdout is not None
        try:
            async with asyncio.timeout(patience):
                line = await self._process.stdout.readline()
            told: dict[str, Any] = json.loads(line)
        except (TimeoutError, ValueError) as error:
            await self.close()
            raise ContentRefused("try_failed", reason=type(error).__name__) from error
        return told

    def _explained(self, text: str, told: dict[str, Any]) -> Tried:
        copy = WorkingCopy(self._settings.content_folder)
        guesses = tuple(
            Guess(each["topic"], each["confidence"], _nearest(copy, each["topic"], text)) for each in told["guesses"]
        )
        entities = tuple((each["name"], each["value"]) for each in told["entities"])
        return Tried(DialogueAnswer.model_validate(told["answer"]), guesses, entities)


def _nearest(copy: WorkingCopy, topic: str, text: str) -> tuple[str, ...]:
    """The topic's examples that share most words with the text."""
    try:
        examples = [example for texts in read_examples(copy, topic).texts.values() for example in texts]
    except ContentRefused:
        return ()  # trained with a topic that is gone from the draft since
    words = set(words_of(text))
    scored = [(len(words & own) / len(words | own), example) for example in examples if (own := set(words_of(example)))]
    return tuple(example for score, example in sorted(scored, reverse=True)[:_EXAMPLES] if score > 0)
