"""Content, publishing: the steps from a draft to what is live: check, train, evaluate, compare, swap.

Each step leaves what it found in the job's row, so that a dead process's job goes on at the step that was cut off.
Nothing before `swap` touches what is live.
"""

import asyncio
import json
import shutil
import sys
import time
from pathlib import Path
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncSession

from gateway.content.errors import ContentRefused
from gateway.content.models import ContentJob, JobKind, JobStep
from gateway.content.publishing import jobs
from gateway.content.publishing.approvals import require_approval, to_approve
from gateway.content.publishing.manifest import model_key, read_manifest, same_model, trained_from, write_manifest
from gateway.content.publishing.model_swap import load_everywhere
from gateway.content.publishing.rasa_process import RASA, lower_priority, rasa_environment, watched
from gateway.content.publishing.releases import Published, Release, training_hash, write_files
from gateway.content.repository.working_copy import WorkingCopy
from gateway.core.config.settings import PROJECT, Settings
from gateway.core.database import Database, now

# Trainable parts of config.yml and the policies; a share of progress each.
_PARTS: Final = 8
_SHOWN_MESSAGES: Final = 400


class GateRefused(ContentRefused):
    """The new model understands less well: not published."""


class Publishing:
    """Runs the steps of one job; each method is a step and may be begun again."""

    def __init__(self, settings: Settings, database: Database, job: ContentJob, config: Path | None = None) -> None:
        self._settings = settings
        self._database = database
        self._job = job.id
        self._process = job.leased_by
        self._kind = job.kind
        self._commit = job.commit
        self._by = job.name
        self._result: dict[str, Any] = dict(job.result)
        self._config = config or PROJECT / "config.yml"
        self._published = Published(settings)
        self._work = self._published.folder / "work" / job.id.hex

    async def run(self, first: JobStep | None) -> str:
        """All steps, from `first` on; the key of the sentence that ends the job. Raises `ContentRefused`."""
        steps = jobs.STEPS[self._kind]
        begin = steps.index(first) if first is not None and first in steps else 0
        for step in steps[begin:]:
            await self._enter(step)
            await getattr(self, f"_{step}")()
        return {JobKind.PUBLISH: "published", JobKind.ROLLBACK: "returned"}.get(self._kind, "job_ended")

    def tidy(self) -> None:
        """Remove what the job kept for itself."""
        shutil.rmtree(self._work, ignore_errors=True)

    async def _enter(self, step: JobStep) -> None:
        async with self._database.transaction() as session:
            job = await self._row(session)
            if job.step != step:  # a step that is begun again keeps count of how often
                job.step, job.attempts = step, 1
            job.progress = 0.0
            jobs.add_log(job, f"step_{step}")

    async def _check(self) -> None:
        copy = await asyncio.to_thread(WorkingCopy, self._settings.content_folder)
        folder = await asyncio.to_thread(self._content, copy)
        if self._kind == JobKind.PUBLISH and await asyncio.to_thread(self._is_live, folder):
            raise ContentRefused("nothing_to_publish")
        findings = await self._findings(folder)
        refused = sum(each["refused"] for each in findings)
        await self._keep(findings=findings)
        if refused:
            raise ContentRefused("check_refused", count=refused)
        await self._note("check_passed", count=len(findings))
        if self._kind == JobKind.PUBLISH and self._settings.content_four_eyes:
            wanted = await asyncio.to_thread(to_approve, copy, self._published.live().commit, self._commit)
            async with self._database.transaction() as session:
                await require_approval(session, wanted)

    def _is_live(self, folder: Path) -> bool:
        """Whether the live words and bot are the draft's; a program that trains otherwise makes another bot of it."""
        live = self._published.live()
        same = live.commit == self._commit
        return same and trained_from(Path(live.model), model_key(self._settings)) == training_hash(folder)

    async def _train(self) -> None:
        folder = await self._folder()
        key = model_key(self._settings)
        wanted = await asyncio.to_thread(training_hash, folder)
        model = self._published.models / f"{wanted[:16]}.tar.gz"
        if await asyncio.to_thread(self._ready, model, wanted, key):
            await self._keep(model=str(model), trained=False)
            same = await asyncio.to_thread(same_model, model, Path(self._published.live().model), key)
            await self._note("no_training_needed" if same else "trained_already")
            return
        began = time.monotonic()
        built = await self._train_in_its_process(folder)
        seconds = round(time.monotonic() - began, 1)
        self._published.models.mkdir(parents=True, exist_ok=True)
        built.replace(model)
        manifest = {"commit": self._commit, "trained_from": wanted, "trained_at": now().isoformat(), "seconds": seconds}
        await asyncio.to_thread(write_manifest, model, key, manifest)
        await self._keep(model=str(model), trained=True, train_seconds=seconds)
        await self._note("trained", seconds=seconds)

    def _ready(self, model: Path, wanted: str, key: str) -> bool:
        """Whether a model of the same data is there; the project's own is copied, lest `make train` overwrite it."""
        live = Path(self._published.live().model)
        if trained_from(model, key) != wanted and trained_from(live, key) == wanted:
            self._published.models.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(live, model)
            write_manifest(model, key, read_manifest(live, key))
        return trained_from(model, key) == wanted

    async def _train_in_its_process(self, folder: Path) -> Path:
        arguments = ["-m", "bot.train", "--content", str(folder), "--output", str(self._work / "model")]
        arguments += ["--name", "model", "--config", str(self._config), "--watched"]
        done, built, reason = 0, None, ""
        async with watched([str(RASA), *arguments], self._environment(folder)) as process:
            async for step in process.steps():
                if step["event"] == "trained":
                    built = Path(str(step["model"]))
                elif step["event"] == "refused":
                    reason = str(step["reason"])
                else:
                    done += step["event"] != "begun"
                    await self._progress(min(done / _PARTS, 0.95))
                    if step["event"] != "done":
                        key = "train_part" if step["event"] == "begun" else "train_part_kept"
                        await self._note(key, part=step["part"])
            status, last = await process.ended()
        if built is None or status != 0:
            raise ContentRefused("training_failed", reason=(reason or last or f"{status}")[:300])
        return built

    async def _evaluate(self) -> None:
        model, live = Path(self._result["model"]), Path(self._published.live().model)
        folder = await self._folder()
        if await asyncio.to_thread(same_model, model, live, model_key(self._settings)):
            return
        arguments = ["-m", "evaluation.candidate", "--watched", "--content", str(folder), "--model", str(model)]
        arguments += ["--results", str(_results(model)), "--comparison", str(self._work / "comparison.json")]
        if await asyncio.to_thread(trained_from, live, model_key(self._settings)) is not None:
            arguments += ["--live-model", str(live), "--live-results", str(self._results_of_live(live))]
        async with watched([str(RASA), *arguments], self._environment(folder)) as process:
            async for step in process.steps():
                if step["event"] == "examined":
                    await self._keep(right=step["right"], examined=step["count"])
                    await self._note("examined", right=step["right"], count=step["count"])
                elif step["event"] == "asked":
                    await self._progress(float(step["progress"]))
            status, last = await process.ended()
        if status != 0:
            raise ContentRefused("evaluation_failed", reason=(last or f"{status}")[:300])

    async def _compare(self) -> None:
        """The gate: refuses a model that understands less well than the live one, beyond chance."""
        path = self._work / "comparison.json"
        if not path.exists():  # begun again where nobody has examined it yet
            await self._evaluate()
        comparison = json.loads(path.read_text("utf-8")) if path.exists() else None
        if comparison is None:
            model, live = Path(self._result["model"]), Path(self._published.live().model)
            same = await asyncio.to_thread(same_model, model, live, model_key(self._settings))
            await self._note("same_bot" if same else "nothing_to_compare")
            return
        counts = {"better": len(comparison["better"]), "worse": len(comparison["worse"])}
        shown = {name: comparison[name][:_SHOWN_MESSAGES] for name in ("better", "worse")}
        await self._keep(comparison={**comparison, **shown, "counts": counts})
        await self._note("compared", **counts)
        model, key = Path(self._result["model"]), model_key(self._settings)
        figures = {f"{each['language']} {each['name']}": each["now"] for each in comparison["figures"]}
        manifest = await asyncio.to_thread(read_manifest, model, key)
        await asyncio.to_thread(write_manifest, model, key, {**manifest, "figures": figures})
        if comparison["refused"]:
            named = ", ".join(
                f"{each['language']} {each['name']} {each['before']:.3f} → {each['now']:.3f}"
                for each in comparison["refused"][:3]
            )
            raise GateRefused("gate_refused", figures=named)

    async def _swap(self) -> None:
        before = self._published.live()
        release = await self._release()
        model = Path(release.model)
        await asyncio.to_thread(read_manifest, model, model_key(self._settings))
        if release.number == before.number:  # begun again after a crash
            before = next(iter(self._published.earlier()), before)
        if "carried" not in self._result:
            carried = await asyncio.to_thread(self._published.carry, release)
            await self._keep(carried=[str(path) for path in carried])
        await asyncio.to_thread(self._published.switch, release)
        same = await asyncio.to_thread(same_model, model, Path(before.model), model_key(self._settings))
        if not same:
            await self._load(model, before)
        for path in self._result["carried"]:
            Path(path).unlink(missing_ok=True)
        await self._keep(number=release.number)

    async def _load(self, model: Path, before: Release) -> None:
        """Every process of Rasa takes the model, or all of them keep the one before."""
        try:
            loaded, seconds = await load_everywhere(self._settings, model)
        except ContentRefused:
            await asyncio.to_thread(self._published.switch, before)
            await load_everywhere(self._settings, Path(before.model))
            raise
        await self._keep(swap_seconds=round(seconds, 2))
        if loaded:
            await self._note("swapped", count=loaded, seconds=round(seconds, 2))
        else:
            await self._note("rasa_away")

    async def _release(self) -> Release:
        if self._kind == JobKind.ROLLBACK:
            return self._published.release(int(self._result["to"]))
        if "release" not in self._result:
            at = now().isoformat()
            release = self._published.next(self._commit, Path(self._result["model"]), at, self._by)
            await self._keep(release=release.__dict__)
        release = Release(**self._result["release"])
        if not Path(release.content).exists():
            copy = await asyncio.to_thread(WorkingCopy, self._settings.content_folder)
            files = await asyncio.to_thread(copy.snapshot, self._commit)
            await asyncio.to_thread(self._published.stage, release, files)
        return release

    def _results_of_live(self, live: Path) -> Path:
        kept = self._published.models
        kept.mkdir(parents=True, exist_ok=True)
        return _results(live) if live.parent == kept else kept / f"{_digest_name(live)}.results.json"

    async def _folder(self) -> Path:
        copy = await asyncio.to_thread(WorkingCopy, self._settings.content_folder)
        return await asyncio.to_thread(self._content, copy)

    def _content(self, copy: WorkingCopy) -> Path:
        """The commit's files in a folder of the job's own: what editors write meanwhile does not reach it."""
        folder = self._work / "content"
        if not folder.exists():
            write_files(folder, copy.snapshot(self._commit))
        return folder

    async def _findings(self, folder: Path) -> list[dict[str, Any]]:
        arguments = [sys.executable, "-m", "gateway.content.publishing.checks", str(folder), self._settings.privacy_url]
        process = await asyncio.create_subprocess_exec(
            *arguments, cwd=PROJECT, stdout=asyncio.subprocess.PIPE, start_new_session=True
        )
        lower_priority(process.pid)
        try:
            output, _ = await process.communicate()
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        found: list[dict[str, Any]] = json.loads(output)
        return found

    def _environment(self, folder: Path) -> dict[str, str]:
        return {**rasa_environment(self._settings), "NEUVO_CONTENT_DIR": str(folder)}

    async def _keep(self, **found: Any) -> None:
        self._result = {**self._result, **found}
        async with self._database.transaction() as session:
            (await self._row(session)).result = self._result

    async def _note(self, key: str, **parameters: object) -> None:
        async with self._database.transaction() as session:
            jobs.add_log(await self._row(session), key, **parameters)

    async def _progress(self, share: float) -> None:
        async with self._database.transaction() as session:
            (await self._row(session)).progress = share

    async def _row(self, session: AsyncSession) -> ContentJob:
        return await jobs.get_leased(session, self._job, self._process)


def _results(model: Path) -> Path:
    return model.with_name(model.name.removesuffix(".tar.gz") + ".results.json")


def _digest_name(model: Path) -> str:
    status = model.stat()
    return f"first-{status.st_size}-{int(status.st_mtime)}"
