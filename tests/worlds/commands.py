"""Runs a command of `python -m gateway` in this process: to import all of it anew costs two seconds each time."""

import contextlib
import io
import sys
from subprocess import CompletedProcess
from threading import Thread

import pytest

from gateway.cli import main
from tests.worlds.log_lines import configure_logs


def run_command(*words: str, **environment: str) -> CompletedProcess[str]:
    """What the command says and how it ends, with these variables beside those of the tests.

    It has a thread of its own, as it begins an event loop. Where the process itself is meant (its start, its signals,
    an output that somebody closes), a test starts one.
    """
    done: list[CompletedProcess[str]] = []
    thread = Thread(target=lambda: done.append(_run(words, environment)))
    thread.start()
    thread.join()
    return done[0]  # missing where the command ended with a traceback, which is shown


def _run(words: tuple[str, ...], environment: dict[str, str]) -> CompletedProcess[str]:
    output, errors = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["gateway", *words])
        patch.setattr("gateway.core.logs.configure_logs", configure_logs)
        for name, value in environment.items():
            patch.setenv(name, value)
        with contextlib.redirect_stdout(output), contextlib.redirect_stderr(errors):
            status = main()
    configure_logs(as_json=False)
    return CompletedProcess(words, status, output.getvalue(), errors.getvalue())
