"""Checks of the last steps of publishing: a bot that understands less is refused, and all Rasas change or none does."""

import asyncio
import json
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI, Request, Response

from gateway.content.models import ContentJob, JobKind, JobStep
from gateway.content.publishing import jobs, releases
from gateway.content.publishing.manifest import model_key, read_manifest, write_manifest
from gateway.content.publishing.releases import Published
from gateway.content.publishing.runner import JobRunner
from gateway.content.repository.working_copy import WorkingCopy
from gateway.core.config.settings import Settings
from gateway.core.database import Database
from tests.worlds.road import free_port, served
from tests.worlds.small_content import MAIJA

pytestmark = pytest.mark.anyio
FIGURE = {"language": "sv", "name": "topics right", "before": 0.91, "now": 0.62, "of": 200, "lower_is_better": False}
WORSE = {"language": "sv", "kind": "topics", "label": "parcel_sms", "text": "ett paket", "before": "a", "now": "b"}
COMPARISON = {"common": 200, "better": [], "worse": [WORSE], "figures": [FIGURE], "refused": [FIGURE]}


class Rasa:
    """The one door of Rasa by which models are exchanged; remembers what it was told to load."""

    def __init__(self) -> None:
        self.port, self.loaded, self.refuses = free_port(), list[str](), ""
        self.app = FastAPI()
        self.app.put("/model")(self._load)

    async def _load(self, request: Request) -> Response:
        model = str((await request.json())["model_file"])
        if self.refuses and self.refuses in model:
            return Response(status_code=400)
        self.loaded.append(Path(model).name)
        return Response(status_code=204)


class Late:
    """A job that has come to one of its last steps; the model is a file that was sealed here."""

    def __init__(self, folder: Path, copy: WorkingCopy, rasas: list[Rasa]) -> None:
        urls = ",".join(f"http://127.0.0.1:{each.port}" for each in rasas)
        self.settings = Settings(
            database_url=f"sqlite:///{folder / 'neuvo.db'}", state_dir=folder, rasa_url=urls, content_four_eyes=False
        )
        self.copy, self.database, self.published = copy, Database(self.settings.database_url), Published(self.settings)
        self.published.models.mkdir(parents=True)
        self.model = self.published.models / "new.tar.gz"
        for path in (self.model, releases.FIRST_MODEL):
            path.write_text(path.name, "utf-8")
            write_manifest(path, model_key(self.settings), {"commit": "", "trained_from": path.name})

    async def go_on_at(self, step: JobStep, comparison: dict[str, Any] | None = None) -> ContentJob:
        result = {"model": str(self.model), "trained": True}
        async with self.database.transaction() as session:
            job = await jobs.enqueue(session, JobKind.PUBLISH, self.copy.head, MAIJA, result)
            job.step = step
        if comparison is not None:
            work = self.published.folder / "work" / job.id.hex
            work.mkdir(parents=True)
            (work / "comparison.json").write_text(json.dumps(comparison), "utf-8")
        assert await JobRunner(self.settings, self.database).run_next()
        async with self.database.transaction() as session:
            return await jobs.get(session, job.id)


@pytest.fixture
async def rasas() -> AsyncIterator[list[Rasa]]:
    both = [Rasa(), Rasa()]
    async with served(both[0].app, both[0].port), served(both[1].app, both[1].port):
        yield both


@pytest.fixture
async def late(
    copy: WorkingCopy, tmp_path: Path, migrated_sqlite: Path, rasas: list[Rasa], monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Late]:
    shutil.copy(migrated_sqlite, tmp_path / "neuvo.db")
    monkeypatch.setattr(releases, "FIRST_MODEL", tmp_path / "first.tar.gz")
    late = Late(tmp_path, copy, rasas)
    yield late
    await late.database.close()


async def test_a_bot_that_understands_less_is_refused_with_its_figures_and_messages_and_what_is_live_stays(
    late: Late, rasas: list[Rasa]
) -> None:
    job = await late.go_on_at(JobStep.COMPARE, COMPARISON)

    assert (job.state, job.log[-1]["key"]) == ("refused", "gate_refused")
    assert "sv topics right 0.910 → 0.620" in jobs.sentences(job, "fi")[-1]
    assert job.result["comparison"]["worse"] == [WORSE]
    assert (late.published.live().number, [each.loaded for each in rasas]) == (0, [[], []])


async def test_a_bot_that_understands_as_much_goes_into_every_rasa_and_carries_its_figures(
    late: Late, rasas: list[Rasa]
) -> None:
    job = await late.go_on_at(JobStep.COMPARE, {**COMPARISON, "refused": [], "worse": []})

    assert (job.state, job.log[-1]["key"]) == ("done", "published")
    assert [each.loaded for each in rasas] == [["new.tar.gz"], ["new.tar.gz"]]
    live = late.published.live()
    assert (live.number, live.model, live.commit) == (1, str(late.model), late.copy.head)
    assert read_manifest(late.model, model_key(late.settings))["figures"] == {"sv topics right": 0.62}
    assert late.published.before().number == 0


async def test_a_message_that_is_understood_worse_is_looked_at_by_a_person_first(late: Late, rasas: list[Rasa]) -> None:
    job = await late.go_on_at(JobStep.COMPARE, {**COMPARISON, "refused": []})

    assert (job.state, job.log[-1]["key"]) == ("refused", "look_first")
    assert [each.loaded for each in rasas] == [[], []]


async def test_when_one_rasa_refuses_all_return_to_the_old_bot_and_the_old_words(late: Late, rasas: list[Rasa]) -> None:
    rasas[1].refuses = "new"
    words = late.published.link.resolve()
    job = await late.go_on_at(JobStep.SWAP)

    assert (job.state, job.log[-1]["key"]) == ("refused", "swap_failed")
    assert [each.loaded for each in rasas] == [["new.tar.gz", "first.tar.gz"], ["first.tar.gz"]]
    assert (late.published.live().number, late.published.link.resolve()) == (0, words)


async def test_a_rasa_that_is_away_is_passed_over_and_finds_the_live_bot_when_it_starts(
    copy: WorkingCopy, late: Late, rasas: list[Rasa]
) -> None:
    late.settings = late.settings.model_copy(
        update={"rasa_url": f"http://127.0.0.1:{rasas[0].port},http://127.0.0.1:9"}
    )
    job = await asyncio.wait_for(late.go_on_at(JobStep.SWAP), 60)

    assert (job.state, rasas[0].loaded) == ("done", ["new.tar.gz"])
    assert late.published.live().model == str(late.model)
