"""Checks of the whole service when its process manager is killed: the next start ends what was left, and works."""

import os
import signal
from pathlib import Path

import pytest

from gateway.core.config.settings import PROJECT
from tests.worlds.stack import Stack

pytestmark = pytest.mark.xdist_group("manager")


@pytest.mark.timeout(400)
def test_after_kill_9_of_the_manager_the_next_start_ends_its_orphans_and_is_ready(tmp_path: Path) -> None:
    if not (PROJECT / "models" / "neuvo.tar.gz").exists():
        pytest.fail("There is no trained model; run `make train` first.")
    stack = Stack(tmp_path)
    stack.start()
    left = [pid for name in ("rasa", "actions", "gateway") for pid in stack.pids(name)]
    try:
        assert stack._manager is not None
        stack._manager.send_signal(signal.SIGKILL)
        stack._manager.wait()
        assert [pid for pid in left if Path(f"/proc/{pid}").exists()] == left

        stack.start()

        assert [pid for pid in left if Path(f"/proc/{pid}").exists()] == []
        assert "an earlier `make run`" in stack.log.read_text()
    finally:
        stack.stop()
        for pid in left:
            if Path(f"/proc/{pid}").exists():
                os.kill(pid, signal.SIGKILL)
