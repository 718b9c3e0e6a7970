"""Checks that a full disk under the spool is seen before a message is refused for it: on a real one of 64 KiB."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from gateway.core.config.settings import PROJECT
from tests.worlds.services import missing

LOOKS = """
import asyncio, sys
from pathlib import Path
from gateway.core.config.settings import Settings
from gateway.inbox.spool import Spool
from gateway.ops import doctor

folder, fill = Path(sys.argv[1]), int(sys.argv[2])
spool = Spool(folder, None, 10**9)
before = spool.can_append()
(folder / "other").write_bytes(bytes(fill))

async def grades():
    settings = Settings(spool_dir=folder, _env_file=None)
    return {each.words.partition(":")[0]: each.grade async for each in doctor._disk(settings)}

print(before, spool.can_append(), asyncio.run(grades())["spool"])
"""


def looked(disk: Path, size: str, fill: int) -> str:
    """What is said of a disk of so much, before and after so many bytes were written to it."""
    disk.mkdir()
    inner = f'mount -t tmpfs -o size={size} tmpfs "$1" && exec "$0" -c "$2" "$1" {fill}'
    command = ["unshare", "--map-root-user", "--mount", "sh", "-ec", inner, sys.executable, str(disk), LOOKS]
    environment = {**os.environ, "NEUVO_DATABASE_URL": "sqlite+aiosqlite:///unused.db"}
    done = subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True, check=False)
    if "Operation not permitted" in done.stderr or "unshare failed" in done.stderr:
        missing("A disk of its own (unshare, mount)", "allow user namespaces on this machine.")
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.parametrize(
    ("size", "fill", "said"),
    [("128k", 96 * 1024, "True False BAD"), ("8g", 1024, "True True ok"), ("1g", 1024, "True True look")],
)
def test_a_spool_whose_disk_is_full_takes_nothing_and_the_doctor_says_so(
    tmp_path: Path, size: str, fill: int, said: str
) -> None:
    assert looked(tmp_path / "disk", size, fill) == said
