"""Content, processes of Rasa's environment: their variables, priority, and one that is watched until it ends."""

import asyncio
import contextlib
import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

from gateway.content.publishing.manifest import model_key
from gateway.content.publishing.releases import Published
from gateway.core.config.secret_files import is_secret
from gateway.core.config.settings import PROJECT, Settings

RASA: Final = PROJECT / ".venv" / "rasa" / "bin" / "python"
_LONGEST_LINE: Final = 4 * 1024 * 1024
_LAST_LINES: Final = 4000
# Of 19: the kernel then gives a tenth of what it gives to a process of the service.
NICENESS: Final = 10


def rasa_environment(settings: Settings) -> dict[str, str]:
    """The variables of Rasa's processes: where the published words and model are, and no other secret."""
    published = Published(settings)
    return {
        **{name: value for name, value in os.environ.items() if name not in _SECRETS},
        "NEUVO_RASA_TOKEN": settings.rasa_token.get_secret_value(),
        "NEUVO_CONTENT_DIR": str(published.link),
        "NEUVO_MODEL": published.live().model,
        "NEUVO_MODEL_KEY": model_key(settings),
        "NEUVO_PUBLIC_URL": settings.public_url,
        "NEUVO_ACTIONS_URL": settings.actions_url,
        "NEUVO_STATE_DIR": str(settings.state_dir.resolve()),
        "NEUVO_REDIS_URL": settings.redis_url.get_secret_value() if settings.redis_url else "",
        "RASA_TELEMETRY_ENABLED": "false",
        # One thread each: on two cores more threads only wait for each other.
        "OMP_NUM_THREADS": "1",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "MPLCONFIGDIR": str(settings.state_dir.resolve() / "matplotlib"),
        "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
        "PYTHONWARNINGS": "ignore",
    }


# Every secret of ours, and the name of the file in which it stands; those that Rasa needs are given above.
_SECRETS: Final = frozenset(
    f"NEUVO_{name.upper()}{ending}"
    for name, field in Settings.model_fields.items()
    if is_secret(field, name)
    for ending in ("", "_FILE")
)


class Watched:
    """A process that says in lines of JSON how far it is."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._errors: asyncio.Task[bytes] | None = None
        if process.stderr is not None:
            self._errors = asyncio.create_task(_last_of(process.stderr))

    async def steps(self) -> AsyncIterator[dict[str, Any]]:
        """What it says, until it ends."""
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            try:
                step = json.loads(line)
            except ValueError:
                continue  # some library's own words
            if isinstance(step, dict):
                yield step

    async def tell(self, line: str) -> None:
        """Write a line to its standard input, which stays open."""
        assert self._process.stdin is not None
        self._process.stdin.write(line.encode() + b"\n")
        with contextlib.suppress(ConnectionError):  # it has ended: what it said last tells why
            await self._process.stdin.drain()

    async def ended(self) -> tuple[int, str]:
        """Its status and the last line that it wrote on standard error."""
        status = await self._process.wait()
        errors = (await self._errors).decode("utf-8", "replace") if self._errors else ""
        return status, next((line.strip() for line in reversed(errors.splitlines()) if line.strip()), "")


@asynccontextmanager
async def watched(arguments: list[str], environment: dict[str, str], folder: Path = PROJECT) -> AsyncIterator[Watched]:
    """A process that is ended with the block: cancelled, refused or done, nothing of it goes on.

    It holds one end of a pipe and ends by itself when we die (bot/train.py, `--watched`).
    """
    process = await asyncio.create_subprocess_exec(
        *arguments,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=environment,
        cwd=folder,
        limit=_LONGEST_LINE,
        start_new_session=True,  # Ctrl-C in a terminal is for us: we cancel the job, and say so
    )
    lower_priority(process.pid)
    try:
        yield Watched(process)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def _last_of(stream: asyncio.StreamReader) -> bytes:
    """The end of what a process writes; all of it is read, or the process would stand still."""
    kept = b""
    while part := await stream.read(65536):
        kept = (kept + part)[-_LAST_LINES:]
    return kept


def lower_priority(pid: int) -> None:
    """Give a process with a session of its own the processor only where the service leaves it.

    Linux shares the processor between sessions first (autogroup) and looks at niceness only within one: both are set.
    Where either cannot be, the process runs as any other.
    """
    with contextlib.suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, pid, NICENESS)
    with contextlib.suppress(OSError):
        Path(f"/proc/{pid}/autogroup").write_text(f"{NICENESS}\n")
