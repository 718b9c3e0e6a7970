"""Checks of the whole service while everything breaks under load: nothing is lost and nothing is said twice.

A short form of `python -m tests.bench.faults`, with the same judge: the log of Meta's stand-in.
"""

import asyncio
from pathlib import Path

import pytest

from gateway.core.config.settings import PROJECT
from tests.bench.faults import Plan, play, shown
from tests.worlds.services import need_postgres

SHORT = Plan("postgresql", kills=8, seconds=40.0, rate=4.0, seed=3, lasts=3.0, pause=1.0, unknown_wait=5.0)


@pytest.mark.timeout(400)
def test_under_load_with_killed_processes_and_cut_wires_every_message_gets_one_reply(tmp_path: Path) -> None:
    need_postgres()
    if not (PROJECT / "models" / "neuvo.tar.gz").exists():
        pytest.fail("There is no trained model; run `make train` first.")
    stage, verdict = asyncio.run(play(SHORT, tmp_path))
    report = shown(stage, verdict)
    print(report)

    assert verdict.problems == [], report
    assert len(stage.weather.kills) == SHORT.kills, report
    assert verdict.messages > 0.9 * SHORT.seconds * SHORT.rate, report
    assert len({window.name for window in stage.weather.windows if not window.name.endswith("killed")}) >= 4, report
