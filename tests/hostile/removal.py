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

from gateway.settings import PROJECT
from tests.hostile.defences import Defence

_COPIED = ("gateway", "answers", "tests", "data", "pyproject.toml", ".env.example")
_TIME = 120


class Outcome(StrEnum):
    """What became of a test."""

    PASSED = "passed"
    FAILED = "failed"
    BROKEN = "broken"  # it could not be run: the list of defences is out of date


def copy_project(folder: Path) -> Path:
    """What the gateway's tests need, in a folder of its own."""
    for name in _COPIED:
        source = PROJECT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__", "evaluation", "nlu"))
        else:
            shutil.copy(source, folder / name)
    return folder


@contextmanager
def without(project: Path, defence: Defence) -> Iterator[None]:
    """The project without a defence while the block runs; raises `LookupError` when it is not where the list says."""
    path = project / defence.file
    whole = path.read_text("utf-8")
    if whole.count(defence.source) != 1:
        raise LookupError(f"{defence.file} holds {whole.count(defence.source)} times what is {defence.name!r}.")
    path.write_text(whole.replace(defence.source, defence.without), "utf-8")
    try:
        yield
    finally:
        path.write_text(whole, "utf-8")


def run_tests(project: Path, *tests: str) -> Outcome:
    """Run tests in the copy."""
    # A module that is changed twice within a second would be taken from its compiled copy.
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": str(project)}
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *tests]
    run = subprocess.run(
        command, cwd=project, env=environment, capture_output=True, text=True, timeout=_TIME * max(len(tests) // 10, 1)
    )
    if run.returncode == 0:
        return Outcome.PASSED
    # A fixture that breaks ends with 1 too, and says nothing about the defence.
    if run.returncode == 1 and re.search(r"\b[1-9]\d* failed", run.stdout):
        return Outcome.FAILED
    print(run.stdout[-1500:], run.stderr[-1500:], file=sys.stderr)
    return Outcome.BROKEN
