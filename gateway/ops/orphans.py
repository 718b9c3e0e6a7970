"""Operations, orphans: processes of an earlier `make run` whose manager was killed; they hold ports and old settings.

The manager passes a mark on to everything that it starts: the state folder, which belongs to one service. A process
with our mark and no manager is an orphan. Found through /proc; where there is none, taken ports say the rest.
"""

import contextlib
import os
import signal
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from gateway.core.config.settings import Settings

MARK = "NEUVO_RUN"
TERM_SECONDS = 10.0  # until what was asked to end is killed
KILL_SECONDS = 5.0  # in which the system takes away what was killed, and its ports
_MANAGER = b"supervisord"
_PROC = Path("/proc")


def mark_of(settings: Settings) -> str:
    """The value of `MARK` in the environment of this service's processes."""
    return str(settings.state_dir.resolve())


def end_orphans(settings: Settings) -> int:
    """End the processes that a killed manager has left; returns how many. A manager that lives keeps its own."""
    mine = {pid: command for pid, command in _marked(mark_of(settings)) if pid not in _ancestors()}
    if any(_MANAGER in command for command in mine.values()):
        return 0
    _signal(mine, signal.SIGTERM)
    _wait(mine, TERM_SECONDS)
    _signal(filter(_lives, mine), signal.SIGKILL)
    _wait(mine, KILL_SECONDS)
    return len(mine)


def _marked(mark: str) -> Iterator[tuple[int, bytes]]:
    """The processes with this mark, and their command lines; those of other people cannot be read and are left out."""
    wanted = f"{MARK}={mark}".encode()
    for entry in _PROC.glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if wanted in (entry / "environ").read_bytes().split(b"\0") and _lives(int(entry.name)):
                yield int(entry.name), (entry / "cmdline").read_bytes()


def _ancestors() -> set[int]:
    """This process and all above it, which may stand in a shell that a marked process has opened."""
    found, pid = {os.getpid()}, os.getppid()
    while pid > 1 and pid not in found:
        found.add(pid)
        try:
            pid = int((_PROC / str(pid) / "stat").read_text().rsplit(")", 1)[1].split()[1])
        except OSError:
            break
    return found


def _lives(pid: int) -> bool:
    try:
        return (_PROC / str(pid) / "stat").read_text().rsplit(")", 1)[1].split()[0] not in "ZX"
    except OSError:
        return False


def _wait(pids: Iterable[int], seconds: float) -> None:
    until = time.monotonic() + seconds
    while any(map(_lives, pids)) and time.monotonic() < until:
        time.sleep(0.05)


def _signal(pids: Iterable[int], number: signal.Signals) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
