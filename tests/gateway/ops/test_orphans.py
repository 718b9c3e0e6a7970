"""Checks that what a killed process manager leaves is ended at the next start, and nothing else is."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.core.config.settings import PROJECT, Settings
from gateway.ops import orphans
from gateway.ops.orphans import MARK, end_orphans, mark_of

SUPERVISORD = PROJECT / ".venv" / "gateway" / "bin" / "supervisord"
# It ignores SIGTERM, so that only SIGKILL ends it, and says when it does so.
STUBBORN = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('here', flush=True); time.sleep(600)"
)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(state_dir=tmp_path / "var", database_url=f"sqlite:///{tmp_path}/neuvo.db")


@pytest.fixture
def manager(settings: Settings, tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process manager with one program, as `make run` starts it."""
    (tmp_path / "supervisord.conf").write_text(
        f"[supervisord]\nnodaemon=true\nlogfile=/dev/null\nlogfile_maxbytes=0\npidfile={tmp_path}/pid\n"
        f"[program:part]\ncommand={sys.executable} -c 'import time; time.sleep(600)'\nautorestart=true\n"
        "stdout_logfile=/dev/null\nstderr_logfile=/dev/null\n",
        "utf-8",
    )
    environment = {**os.environ, MARK: mark_of(settings), "PYTHONWARNINGS": "ignore"}
    with subprocess.Popen(
        [SUPERVISORD, "-c", tmp_path / "supervisord.conf"],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as process:
        yield process
        process.kill()
        process.wait()
        end_orphans(settings)


def child_of(manager: subprocess.Popen[bytes], but: int = 0) -> int:
    """The program's process."""
    for _ in range(300):
        found = [pid for pid in map(int, _children(manager.pid)) if pid != but]
        if found:
            return found[0]
        time.sleep(0.1)
    raise AssertionError("The manager has started nothing.")


def _children(pid: int) -> list[str]:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return []


def lives(pid: int) -> bool:
    return orphans._lives(pid)


@contextlib.contextmanager
def marked(mark: str, program: str = "import time; print('here', flush=True); time.sleep(600)") -> Iterator[int]:
    """Another process with a mark."""
    environment = {**os.environ, MARK: mark}
    command = [sys.executable, "-c", program]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"here\n"
        yield process.pid
        process.kill()


def test_what_a_killed_manager_left_is_ended_and_what_belongs_to_another_service_is_not(
    manager: subprocess.Popen[bytes], settings: Settings
) -> None:
    child = child_of(manager)
    with marked(f"{mark_of(settings)}-of-another") as other:
        manager.send_signal(signal.SIGKILL)
        manager.wait()
        assert lives(child)

        assert end_orphans(settings) == 1
        assert not lives(child)
        assert lives(other)
    assert end_orphans(settings) == 0


def test_beside_a_manager_that_lives_nothing_is_ended(manager: subprocess.Popen[bytes], settings: Settings) -> None:
    child = child_of(manager)

    assert end_orphans(settings) == 0
    assert lives(child)


def test_what_does_not_end_when_it_is_asked_is_killed(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(orphans, "TERM_SECONDS", 0.2)
    with marked(mark_of(settings), STUBBORN) as stubborn:
        assert end_orphans(settings) == 1
        assert not lives(stubborn)


def test_whoever_looks_and_whoever_called_it_are_no_orphans(settings: Settings) -> None:
    looking = (
        "import subprocess, sys; from pathlib import Path; from gateway.core.config.settings import Settings;"
        " from gateway.ops.orphans import end_orphans;"
        f" print(end_orphans(Settings(state_dir=Path({str(settings.state_dir)!r}))))"
    )
    outer = f"import subprocess, sys; sys.exit(subprocess.call([sys.executable, '-c', {looking!r}]))"
    done = subprocess.run(
        [sys.executable, "-c", outer],
        cwd=PROJECT,
        env={**os.environ, MARK: mark_of(settings)},
        capture_output=True,
        text=True,
    )

    assert (done.returncode, done.stdout.strip()) == (0, "0"), done.stderr
