"""Checks of an upgrade with a migration under load: old code on new tables, then new code, and everybody answered once.

A short form of `python -m tests.bench.upgrade --scripted`, whose judge is the log of Meta's stand-in.
"""

import asyncio
from pathlib import Path

import pytest

from tests.bench.upgrade import play, shown
from tests.worlds.services import need_postgres


@pytest.mark.timeout(600)
def test_while_the_next_release_migrates_and_takes_over_everybody_is_answered_once(tmp_path: Path) -> None:
    need_postgres()
    run = asyncio.run(play(2.0, 5.0, tmp_path, rasas=False, reboots=False))
    report = shown(run)
    print(report)

    assert run.problems == [], report
    assert run.verdict.messages == run.written > 40, report
