"""The whole service as `make run` starts it, on ports and in a folder of its own."""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx2

from gateway.core.config.settings import PROJECT
from tests.worlds.road import free_port

PATIENCE = 150.0
_MARKS = {"rasa": "bot.serve", "actions": "actions.serve", "gateway": "gateway\x00serve"}


class Stack:
    """rasa, actions and gateway under the process manager."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.project = PROJECT  # the release that is started next
        self.port, rasa, actions = free_port(), free_port(), free_port()
        self.url = f"http://localhost:{self.port}"
        self.rasa_url = f"http://127.0.0.1:{rasa}"
        self.log = folder / "stack.log"
        self._environment = {
            **os.environ,
            "NEUVO_PORT": str(self.port),
            "NEUVO_PUBLIC_URL": self.url,
            "NEUVO_RASA_URL": self.rasa_url,
            "NEUVO_ACTIONS_URL": f"http://127.0.0.1:{actions}",
            "NEUVO_STATE_DIR": str(folder),
            "NEUVO_DATABASE_URL": f"sqlite:///{folder / 'neuvo.db'}",
            "NEUVO_PRECOMPUTE_VECTORS": "false",  # nobody edits in most of them, and the machine is busy
            **settings,
        }
        self.patience = PATIENCE  # seconds until everything must be ready
        self._manager: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start and wait until everything is healthy; raises `RuntimeError` with the log's end when it is not."""
        python = self.project / ".venv" / "gateway" / "bin" / "python"
        with self.log.open("wb") as output:
            self._manager = subprocess.Popen(
                [python, "-m", "gateway", "run"],
                cwd=self.project,
                env=self._environment,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.wait_until_ready()

    def wait_until_ready(self) -> None:
        """Wait until all parts answer."""
        began = time.monotonic()
        while not self._is_ready():
            ended = self._manager is None or self._manager.poll() is not None
            if ended or time.monotonic() - began > self.patience:
                raise RuntimeError(f"The stack is not ready. Its log ends with:\n{self.log.read_text()[-3000:]}")
            time.sleep(0.2)

    def _is_ready(self) -> bool:
        try:
            answer = httpx2.get(f"{self.url}/health/ready", timeout=3, trust_env=False)
        except httpx2.HTTPError:
            return False
        return answer.is_success and answer.json()["status"] == "ready"

    def pid(self, name: str) -> int | None:
        """The process of one part, when it runs."""
        return next(iter(self.pids(name)), None)

    def pids(self, name: str) -> list[int]:
        """All processes of one part."""
        assert self._manager is not None
        return [child for child in children_of(self._manager.pid) if _MARKS[name] in _command(child)]

    def kill(self, name: str) -> None:
        """End one part without a chance to tidy up."""
        pid = self.pid(name)
        assert pid is not None, f"{name} is not running"
        os.kill(pid, signal.SIGKILL)

    @contextmanager
    def away(self, name: str) -> Iterator[None]:
        """One part, killed as often as the process manager starts it anew: a fast machine has it back in seconds."""
        back = threading.Event()

        def keep_away() -> None:
            while not back.wait(0.05):
                for pid in self.pids(name):
                    with suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGKILL)

        keeper = threading.Thread(target=keep_away)
        self.kill(name)
        keeper.start()
        try:
            yield
        finally:
            back.set()
            keeper.join()

    def stop(self) -> None:
        """End everything as Ctrl-C does; raises `TimeoutError` when something goes on."""
        if self._manager is None:
            return
        self._manager.send_signal(signal.SIGINT)
        self._manager.wait(timeout=30)


def children_of(pid: int) -> list[int]:
    """The direct children of a process."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                status = (entry / "stat").read_text().rsplit(")", 1)[1].split()
            except OSError:
                continue
            if int(status[1]) == pid:
                found.append(int(entry.name))
    return found


def memory_of(pid: int) -> int:
    """The resident memory of a process, in bytes."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:
        return ""
