"""Checks of the whole service when its process manager is killed: the next start ends what was left, and works."""

import os
import signal
import time
from pathlib import Path

import pytest

from gateway.core.config.settings import PROJECT
from tests.worlds.stack import Stack

pytestmark = pytest.mark.xdist_group("manager")


@pytest.mark.timeout(700)
def test_after_kill_9_of_the_manager_the_next_start_ends_its_orphans_and_is_ready(tmp_path: Path) -> None:
    if not (PROJECT / "models" / "neuvo.tar.gz").exists():
        pytest.fail("There is no trained model; run `make train` first.")
    stack = Stack(tmp_path)
    stack.patience = 300.0  # two whole starts, beside other tests
    stack.start()
    left = [pid for name in ("rasa", "actions", "gateway") for pid in stack.pids(name)]
    try:
        assert stack._manager is not None
        stack._manager.send_signal(signal.SIGKILL)
        stack._manager.wait()
        assert [pid for pid in left if Path(f"/proc/{pid}").exists()] == left

        stack.start()
        until = time.monotonic() + stack.patience  # what is left answers that it is ready, until it is ended
        while "Neuvo is ready" not in stack.log.read_text() and time.monotonic() < until:
            time.sleep(0.2)

        assert [pid for pid in left if Path(f"/proc/{pid}").exists()] == []
        said = stack.log.read_text()
        assert said.index("an earlier `make run`") < said.index("Neuvo is ready")
    finally:
        stack.stop()
        for pid in left:
            if Path(f"/proc/{pid}").exists():
                os.kill(pid, signal.SIGKILL)
