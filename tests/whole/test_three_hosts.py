"""Three hosts with cables of their own: one is cut off under load and comes back, and all have what is published."""

import asyncio
import json
import shutil
import time
from pathlib import Path

import pytest

from gateway.content.publishing.blobs import DatabaseStore
from gateway.content.publishing.manifest import model_key, write_manifest
from gateway.content.publishing.releases import Release
from gateway.content.publishing.sharing import Sharing
from gateway.core.config.settings import PROJECT
from tests.bench.hosts import Stage, open_stage, run
from tests.bench.judging import Verdict
from tests.worlds.services import need_postgres

FOLLOWS_WITHIN = 15.0  # seconds


async def published_everywhere(stage: Stage, folder: Path) -> float:
    """Publish on the first host's folder; the seconds until the last host says other words."""
    content, model = folder / "content", folder / "model.tar.gz"
    shutil.copytree(PROJECT / "data", content)
    model.write_bytes(b"a model" * 400_000)
    write_manifest(model, model_key(stage.settings[0]), {"commit": "c" * 40, "trained_from": "x"})
    release = Release(1, "c" * 40, str(content), str(model), "2026-11-29T00:00:00+00:00", "Maija")
    began = time.monotonic()
    await Sharing(stage.settings[0], DatabaseStore(stage.database)).share(release)
    records = [settings.published_folder / "live.json" for settings in stage.settings]
    async with asyncio.timeout(FOLLOWS_WITHIN * 2):
        while not all(each.exists() for each in records):
            await asyncio.sleep(0.1)
    for each in records:
        live = json.loads(each.read_text("utf-8"))["current"]
        assert Path(live["model"]).read_bytes() == model.read_bytes()
        assert Path(live["model"]).is_relative_to(each.parent)
    return time.monotonic() - began


@pytest.mark.timeout(600)
def test_a_host_that_is_cut_off_and_comes_back_loses_and_doubles_nothing(tmp_path: Path) -> None:
    need_postgres()

    async def play() -> tuple[Stage, float, Verdict]:
        async with open_stage(tmp_path) as stage:
            seconds = await published_everywhere(stage, tmp_path)
            return stage, seconds, await run(stage, seconds=30.0, rate=5.0)

    stage, seconds, verdict = asyncio.run(play())
    print(f"published after {seconds:.1f} s; {stage.balancer.given}; {verdict}")

    assert verdict.problems == []
    assert verdict.messages > 120
    assert verdict.doubles == []
    assert all(stage.balancer.given.values()), stage.balancer.given
    assert seconds < FOLLOWS_WITHIN
