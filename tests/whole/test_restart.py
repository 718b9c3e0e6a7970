"""Checks of restarts under load: nothing is lost or said twice, and nobody is told that nobody can answer.

A short form of `python -m tests.bench.restart --scripted`, whose judge is the log of Meta's stand-in.
"""

import asyncio
from pathlib import Path

import pytest

from tests.bench.restart import play, shown
from tests.worlds.services import need_postgres


@pytest.mark.timeout(900)
def test_while_engines_and_gateways_restart_under_load_everybody_is_answered_once(tmp_path: Path) -> None:
    need_postgres()
    run = asyncio.run(play(5.0, 5.0, tmp_path, ["every engine", "the gateways in turn"], rasas=0))
    report = shown(run)
    print(report)

    assert run.problems == [], report
    assert run.verdict.messages == run.written > 70, report
