"""Content, a process of Rasa's environment that answers line by line, begun at the first question and kept."""

import asyncio
import json
import time
from pathlib import Path
from typing import Any, Final

from gateway.content.errors import ContentRefused
from gateway.content.publishing.rasa_process import RASA, rasa_environment
from gateway.core.config.settings import PROJECT, Settings

# Seconds; a busy machine needs one minute to read the program and the model.
_START: Final = 120.0
_LINE: Final = 16 * 1024 * 1024


class LineProcess:
    """One question at a time; begun anew when it has died or `key` is another one. Raises `ContentRefused`."""

    def __init__(self, settings: Settings, patience: float) -> None:
        self._settings = settings
        self._patience = patience
        self._process: asyncio.subprocess.Process | None = None
        self._key: str | None = None
        self._asked_at = 0.0
        self._turn = asyncio.Lock()

    async def ask(self, arguments: list[str], key: str, question: dict[str, Any]) -> dict[str, Any]:
        """The answer to a question; `arguments` are of Python."""
        async with self._turn:
            if self._process is None or self._process.returncode is not None or key != self._key:
                await self._start(arguments)
                self._key = key
            self._asked_at = time.monotonic()
            assert self._process is not None
            assert self._process.stdin is not None
            self._process.stdin.write(json.dumps(question).encode() + b"\n")
            told = await self._read(self._patience)
        if "error" in told:
            raise ContentRefused("try_failed", reason=told["error"])
        return told

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

    async def _start(self, arguments: list[str]) -> None:
        await self.close()
        if not RASA.exists():
            raise ContentRefused("not_trained_here")
        content: Path = self._settings.content_folder.resolve()
        self._process = await asyncio.create_subprocess_exec(
            *[str(RASA), *arguments],
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env={**rasa_environment(self._settings), "NEUVO_CONTENT_DIR": str(content)},
            cwd=PROJECT,
            limit=_LINE,
        )
        await self._read(_START)

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
