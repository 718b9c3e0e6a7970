"""Processes beside the service: citizens' messages come first wherever the processor is short."""

import os
import subprocess
from pathlib import Path

import pytest

from gateway.content.publishing.rasa_process import NICENESS, lower_priority, watched

pytestmark = pytest.mark.anyio
_AUTOGROUP = Path("/proc/self/autogroup")


async def test_a_watched_process_has_the_processor_only_where_the_service_leaves_it(tmp_path: Path) -> None:
    assert NICENESS >= 10  # other tests set it to nothing, so that their trainings end
    async with watched(["sleep", "30"], dict(os.environ), tmp_path) as process:
        pid = process._process.pid
        assert os.getpriority(os.PRIO_PROCESS, pid) == NICENESS
        if _AUTOGROUP.exists():
            # Of its own session: niceness alone would give it as much as the whole service has.
            assert _group(Path(f"/proc/{pid}/autogroup")) == NICENESS


def _group(path: Path) -> int:
    return int(path.read_text().split()[-1])


def test_a_process_that_is_gone_already_is_no_error() -> None:
    ended = subprocess.Popen(["true"])
    ended.wait()
    lower_priority(ended.pid)
