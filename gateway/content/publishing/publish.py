"""Content, publishing: the steps from a draft to what is live: check, train, evaluate, compare, swap.

Words alone are checked and live; a bot is trained, examined and compared first, and a person has seen what got worse.

Each step leaves what it found in the job's row, so that a dead process's job goes on at the step that was cut off.
Nothing before `swap` touches what is live.
"""

import asyncio
import hashlib
import json
import shutil
import time
from pathlib import Path
from typing import Any, Final

from gateway.content.errors import ContentRefused
from gateway.content.models import ContentJob, JobKind, JobStep
from gateway.content.publishing import jobs
from gateway.content.publishing.approvals import require_approval
from gateway.content.publishing.findings import require_sound
from gateway.content.publishing.go_live import GoLive
from gateway.content.publishing.job_record import JobRecord
from gateway.content.publishing.manifest import model_key, read_manifest, same_model, trained_from, write_manifest
from gateway.content.publishing.rasa_process import RASA, rasa_environment, watched
from gateway.content.publishing.releases import Published, training_hash, write_files
from gateway.content.publishing.shadow import shadow_run
from gateway.content.repository.items import Item, base_of, items, with_authors
from gateway.content.repository.working_copy import WorkingCopy
from gateway.core.config.settings import PROJECT, Settings
from gateway.core.database import Database, now

# How long a training takes where nobody has seen one yet.
_SECONDS: Final = 300.0
_SHOWN_MESSAGES: Final = 400
# The kinds of test messages (evaluation/dataset.py) in which somebody may be in danger.
DANGERS: Final = ("emergencies", "crises")


class GateRefused(ContentRefused):
    """The new model understands less well: not published."""


class Publishing:
    """Runs the steps of one job; each method is a step and may be begun again."""

    def __init__(self, settings: Settings, database: Database, job: ContentJob, config: Path | None = None) -> None:
        self._settings = settings
        self._record = JobRecord(database, job)
        self._config = config or PROJECT / "config.yml"
        self._published = Published(settings)
        self._work = self._published.folder / "work" / job.id.hex

    async def run(self, first: JobStep | None) -> tuple[str, dict[str, Any]]:
        """All steps, from `first` on; the sentence that ends the job, and its figures. Raises `ContentRefused`."""
        kind = self._record.kind
        steps = jobs.STEPS[kind]
        begin = steps.index(first) if first is not None and first in steps else 0
        for step in steps[begin:]:
            await self._record.enter(step)
            await getattr(self, f"_{step}")()
        endings = {JobKind.PUBLISH: "published", JobKind.WORDS: "published", JobKind.ROLLBACK: "returned"}
        if self._record.result.get("in_use"):
            return "examined_in_use", {name: self._record.result[name] for name in ("right", "examined")}
        return endings.get(kind, "job_ended"), {}

    def tidy(self) -> None:
        """Remove what the job kept for itself."""
        shutil.rmtree(self._work, ignore_errors=True)

    async def _check(self) -> None:
        copy = await asyncio.to_thread(WorkingCopy, self._settings.content_folder)
        folder = await asyncio.to_thread(self._content, copy)
        kind = self._record.kind
        found = await self._items(copy, folder) if kind in (JobKind.PUBLISH, JobKind.WORDS) else []
        await require_sound(self._settings, self._record, folder, words_only=kind == JobKind.WORDS)
        if found and self._settings.content_four_eyes:
            written = await asyncio.to_thread(with_authors, copy, found)
            async with self._record.database.transaction() as session:
                await require_approval(session, written)

    async def _items(self, copy: WorkingCopy, folder: Path) -> list[Item]:
        """What the job publishes: something, and words bring no topic."""
        live = await asyncio.to_thread(self._published.live)
        base = str(self._record.result.get("base") or await asyncio.to_thread(base_of, copy, live.commit))
        await self._record.keep(base=base)
        found = await asyncio.to_thread(items, copy, base, self._record.commit)
        wanted = training_hash(folder) if self._record.kind == JobKind.PUBLISH else None
        if not found and (wanted is None or trained_from(Path(live.model), model_key(self._settings)) == wanted):
            raise ContentRefused("nothing_to_publish")
        if self._record.kind == JobKind.WORDS and any(each.trains for each in found):
            raise ContentRefused("needs_training")
        await self._record.keep(items=[each.key for each in found])
        return found

    async def _train(self) -> None:
        folder = await self._folder()
        key = model_key(self._settings)
        wanted = await asyncio.to_thread(training_hash, folder)
        model = self._published.models / f"{wanted[:16]}.tar.gz"
        if await asyncio.to_thread(self._ready, model, wanted, key):
            await self._record.keep(model=str(model), trained=False)
            same = await asyncio.to_thread(same_model, model, Path(self._published.live().model), key)
            await self._record.note("no_training_needed" if same else "trained_already")
            return
        began = time.monotonic()
        built = await self._train_in_its_process(folder)
        seconds = round(time.monotonic() - began, 1)
        self._published.models.mkdir(parents=True, exist_ok=True)
        built.replace(model)
        manifest = {
            "commit": self._record.commit,
            "trained_from": wanted,
            "trained_at": now().isoformat(),
            "seconds": seconds,
        }
        await asyncio.to_thread(write_manifest, model, key, manifest)
        await self._record.keep(model=str(model), trained=True, train_seconds=seconds)
        await self._record.note("trained", seconds=seconds)

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
        built, reason = None, ""
        expected = await asyncio.to_thread(self._seconds_of_live)
        async with (
            self._record.moving(expected),
            watched([str(RASA), *arguments], self._environment(folder)) as process,
        ):
            async for step in process.steps():
                if step["event"] == "trained":
                    built = Path(str(step["model"]))
                elif step["event"] == "refused":
                    reason = str(step["reason"])
                else:
                    if step["event"] != "done":
                        key = "train_part" if step["event"] == "begun" else "train_part_kept"
                        await self._record.note(key, part=step["part"])
            status, last = await process.ended()
        if built is None or status != 0:
            raise ContentRefused("training_failed", reason=(reason or last or f"{status}")[:300])
        return built

    def _seconds_of_live(self) -> float:
        """How long the last training took: the parts are too unlike to be counted."""
        try:
            return float(read_manifest(Path(self._published.live().model), model_key(self._settings))["seconds"])
        except (ContentRefused, KeyError, TypeError, ValueError):
            return _SECONDS

    async def _evaluate(self) -> None:
        model, live = Path(self._record.result["model"]), Path(self._published.live().model)
        await self._record.keep(compared_with=str(live))
        folder, key = await self._folder(), model_key(self._settings)
        in_use = await asyncio.to_thread(same_model, model, live, key)
        if in_use and self._record.kind != JobKind.EVALUATE:
            return
        await self._record.keep(in_use=in_use)
        # The bot in use is examined by itself: nothing else tells the overview how well it understands.
        results = self._published.results(live if in_use else model)
        results.parent.mkdir(parents=True, exist_ok=True)
        arguments = ["-m", "evaluation.candidate", "--watched", "--content", str(folder), "--model", str(model)]
        arguments += ["--results", str(results), "--comparison", str(self._work / "comparison.json")]
        if not in_use and await asyncio.to_thread(trained_from, live, key) is not None:
            arguments += ["--live-model", str(live), "--live-results", str(self._published.results(live))]
            arguments += ["--live-content", self._published.live().content]
        async with watched([str(RASA), *arguments], self._environment(folder)) as process:
            async for step in process.steps():
                if step["event"] == "examined":
                    await self._record.keep(right=step["right"], examined=step["count"])
                if step["event"] in ("examined", "examined_talks"):
                    await self._record.note(str(step["event"]), right=step["right"], count=step["count"])
                elif step["event"] == "asked":
                    await self._record.progress(float(step["progress"]))
            status, last = await process.ended()
        if status != 0:
            raise ContentRefused("evaluation_failed", reason=(last or f"{status}")[:300])
        if not in_use:
            await self._shadow(live, model, self._environment(folder))

    async def _shadow(self, live: Path, model: Path, environment: dict[str, str]) -> None:
        """Where the force has switched it on: both bots on citizens' masked messages, for figures alone."""
        count = self._settings.content_shadow_messages
        if not count or await asyncio.to_thread(trained_from, live, model_key(self._settings)) is None:
            return
        await self._record.note("shadow")
        data_key = self._settings.data_key.get_secret_value()
        found = await shadow_run(self._record.database, data_key, count, (live, model), environment)
        if found is None:
            await self._record.note("shadow_without_figures")
        else:
            await self._record.keep(shadow=found)

    async def _compare(self) -> None:
        """The gate: refuses a model that understands less well than the live one, beyond chance."""
        path = self._work / "comparison.json"
        if not path.exists():  # begun again where nobody has examined it yet
            await self._evaluate()
        comparison = json.loads(path.read_text("utf-8")) if path.exists() else None
        if comparison is None:
            model, live = Path(self._record.result["model"]), Path(self._published.live().model)
            same = await asyncio.to_thread(same_model, model, live, model_key(self._settings))
            await self._record.note("same_bot" if same else "nothing_to_compare")
            return
        comparison["worse"].sort(key=lambda each: each["kind"] not in DANGERS)
        counts = {"better": len(comparison["better"]), "worse": len(comparison["worse"])}
        shown = {name: comparison[name][:_SHOWN_MESSAGES] for name in ("better", "worse")}
        await self._record.keep(comparison={**comparison, **shown, "counts": counts})
        await self._record.note("compared", **counts)
        model, key = Path(self._record.result["model"]), model_key(self._settings)
        figures = {f"{each['language']} {each['name']}": each["now"] for each in comparison["figures"]}
        manifest = await asyncio.to_thread(read_manifest, model, key)
        await asyncio.to_thread(write_manifest, model, key, {**manifest, "figures": figures})
        if self._record.kind == JobKind.PUBLISH:
            await self._require_consent(comparison)
        if comparison["refused"]:
            named = ", ".join(
                f"{each['language']} {each['name']} {each['before']:.3f} → {each['now']:.3f}"
                for each in comparison["refused"][:3]
            )
            raise GateRefused("gate_refused", figures=named)

    async def _require_consent(self, comparison: dict[str, Any]) -> None:
        """Nothing that got worse goes live before a person has seen it; a lost danger not without their consent."""
        lost = [each for each in comparison["worse"] if each["kind"] in DANGERS]
        seen = consent_to(comparison["worse"])
        await self._record.keep(consent_needed=seen, dangers_lost=len(lost))
        if comparison["worse"] and not comparison["refused"] and self._record.result.get("consent") != seen:
            raise ContentRefused("danger_lost" if lost else "look_first", count=len(lost or comparison["worse"]))

    async def _swap(self) -> None:
        await GoLive(self._settings, self._record, self._work).run()

    async def _folder(self) -> Path:
        copy = await asyncio.to_thread(WorkingCopy, self._settings.content_folder)
        return await asyncio.to_thread(self._content, copy)

    def _content(self, copy: WorkingCopy) -> Path:
        """The commit's files in a folder of the job's own: what editors write meanwhile does not reach it."""
        folder = self._work / "content"
        if not folder.exists():
            write_files(folder, copy.snapshot(self._record.commit))
        return folder

    def _environment(self, folder: Path) -> dict[str, str]:
        return {**rasa_environment(self._settings), "NEUVO_CONTENT_DIR": str(folder)}


def consent_to(worse: list[dict[str, Any]]) -> str:
    """The name of exactly these messages having got worse: what a person consents to."""
    told = [[each["language"], each["kind"], each["text"], each["now"]] for each in worse]
    return hashlib.sha256(json.dumps(told, ensure_ascii=False).encode()).hexdigest()
