"""A copy of the project in which one defence at a time is missing, and its tests run there."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path

from gateway.core.config.settings import PROJECT
from tests.hostile.defence import Defence

_COPIED = (
    "gateway",
    "simulator",
    "screening",
    "scam_check",
    "answers",
    "bot",
    "actions",
    "tests",
    "data",
    "supply",
    "containers",
)
_FILES = ("pyproject.toml", ".env.example", "config.yml", "domain.yml", "endpoints.yml", "credentials.yml")
_LINKED = (".venv", ".cache")  # large, and nothing of ours stands in them
_TIME = 900  # seconds at most for one test on a machine with other work; those of Rasa train a small model first


class Outcome(StrEnum):
    """What became of a test."""

    PASSED = "passed"
    FAILED = "failed"
    BROKEN = "broken"  # it could not be run: the list of defences is out of date


_MISSED = re.compile(r"\b[1-9]\d* failed|\+{9,} Timeout \+{9,}")


def copy_project(folder: Path) -> Path:
    """What the tests need, in a folder of its own."""
    for name in _COPIED:
        shutil.copytree(PROJECT / name, folder / name)
    for name in _FILES:
        shutil.copy(PROJECT / name, folder / name)
    for name in _LINKED:
        if (PROJECT / name).exists():
            (folder / name).symlink_to((PROJECT / name).resolve())
    return folder


@contextmanager
def without(project: Path, defence: Defence) -> Iterator[None]:
    """The project without a defence while the block runs; raises `LookupError` when it is not where the list says."""
    path = project / defence.file
    whole = path.read_text("utf-8")
    path.write_text(defence.taken_from(whole), "utf-8")
    try:
        yield
    finally:
        path.write_text(whole, "utf-8")


def run_tests(project: Path, *tests: str, environment: str = "gateway", should_pass: bool = False) -> Outcome:
    """Run tests in the copy, by the Python of one environment; what fails and should not is printed."""
    # A module that is changed twice within a second would be taken from its compiled copy; a test that was skipped
    # because a busy database was slow to answer would be taken for one that passed.
    variables = {
        **os.environ,
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONPATH": str(project),
        "NEUVO_REQUIRE_SERVICES": "1",
    }
    python = sys.executable if environment == "gateway" else str(PROJECT / ".venv" / environment / "bin" / "python")
    command = [python, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "-o", f"timeout={_TIME}", *tests]
    try:
        run = subprocess.run(
            command, cwd=project, env=variables, capture_output=True, text=True, timeout=_TIME * max(len(tests) // 5, 1)
        )
    except subprocess.TimeoutExpired:
        print(f"{tests[0]} took too long.", file=sys.stderr)
        return Outcome.BROKEN
    if run.returncode == 0:
        return Outcome.PASSED
    # A fixture that breaks ends with 1 too, and says nothing about the defence. What then waits for ever is ended by
    # the test's own time-out, in a thread of its own, since the loop is what waits.
    if not should_pass and run.returncode == 1 and _MISSED.search(run.stdout + run.stderr):
        return Outcome.FAILED
    print(run.stdout[-3000:], run.stderr[-1500:], file=sys.stderr)
    return Outcome.BROKEN
