"""Content, the last step: the chosen items on top of what is live at this moment, then the bot that was trained."""

import asyncio
from pathlib import Path

from gateway.content.errors import ContentRefused
from gateway.content.models import JobKind
from gateway.content.publishing.findings import require_sound
from gateway.content.publishing.follower import rasas_here
from gateway.content.publishing.job_record import JobRecord
from gateway.content.publishing.manifest import model_key, read_manifest, same_model
from gateway.content.publishing.model_swap import load_everywhere
from gateway.content.publishing.releases import Published, Release, write_files
from gateway.content.publishing.selection import onto_live
from gateway.content.publishing.sharing import Sharing
from gateway.content.publishing.stores import store_of
from gateway.content.repository.git import Editor
from gateway.content.repository.items import base_of
from gateway.content.repository.working_copy import WorkingCopy
from gateway.core.config.settings import Settings
from gateway.core.database import now


class GoLive:
    """Makes a job's release live, or leaves everything as it is; may be begun again after a crash."""

    def __init__(self, settings: Settings, record: JobRecord, work: Path) -> None:
        self._settings = settings
        self._record = record
        self._published = Published(settings)
        self._work = work
        self._store = store_of(settings, record.database)
        self._sharing = None if self._store is None else Sharing(settings, self._store)

    async def run(self) -> None:
        """Under the lock of what is published: the other lane waits some seconds. Raises `ContentRefused`."""
        try:
            async with self._published.locked():
                await self._run()
        finally:
            if self._store is not None:
                await self._store.close()

    async def _run(self) -> None:
        before = self._published.live()
        release = await self._release(before)
        model = Path(release.model)
        key = model_key(self._settings)
        if release.number == before.number:  # begun again after a crash
            before = next(iter(self._published.earlier()), before)
        same = release.model == before.model or await asyncio.to_thread(same_model, model, Path(before.model), key)
        # What somebody returns to was stored for a while; words on top of the live bot bring no model.
        if not same or self._record.kind == JobKind.ROLLBACK:
            await asyncio.to_thread(read_manifest, model, key)
        if "carried" not in self._record.result:
            carried = await asyncio.to_thread(self._published.carry, release)
            await self._record.keep(carried=[str(path) for path in carried])
        await self._switch(release)
        if not same:
            await self._load(model, before)
        for path in self._record.result["carried"]:
            Path(path).unlink(missing_ok=True)
        await self._record.keep(number=release.number)

    @property
    def _rasas(self) -> tuple[str, ...] | None:
        """The Rasas that are told here; with a shared store those of this machine: the others follow."""
        return None if self._sharing is None else rasas_here(self._settings)

    async def _switch(self, release: Release) -> None:
        """For all machines first: else the follower of this one would take the release before for news."""
        if self._sharing is not None:
            await self._sharing.share(release, self._record.result.get("carried", ()))
        await asyncio.to_thread(self._published.switch, release)

    async def _load(self, model: Path, before: Release) -> None:
        """Every process of Rasa takes the model, or all of them keep the one before."""
        try:
            loaded, seconds = await load_everywhere(self._settings, model, self._rasas)
        except ContentRefused:
            await self._switch(before)
            await load_everywhere(self._settings, Path(before.model), self._rasas)
            raise
        await self._record.keep(swap_seconds=round(seconds, 2))
        if loaded:
            await self._record.note("swapped", count=loaded, seconds=round(seconds, 2))
        else:
            await self._record.note("rasa_away")

    async def _release(self, live: Release) -> Release:
        if self._record.kind == JobKind.ROLLBACK:
            return self._published.release(int(self._record.result["to"]))
        stored = self._record.result.get("release")
        if stored and (stored["number"] == live.number or self._record.result["onto"] == live.number):
            release = Release(**stored)
        else:  # at the first time, or where something else went live between a crash and now
            release = await self._made(live)
            await self._record.keep(release=release.__dict__, onto=live.number)
        if not Path(release.content).exists():
            copy = await asyncio.to_thread(WorkingCopy, self._settings.content_folder)
            files = await asyncio.to_thread(copy.snapshot, release.commit)
            await asyncio.to_thread(self._published.stage, release, files)
        return release

    async def _made(self, live: Release) -> Release:
        words, result = self._record.kind == JobKind.WORDS, self._record.result
        if not words and result.get("compared_with", live.model) != live.model:
            raise ContentRefused("live_changed")
        copy = await asyncio.to_thread(WorkingCopy, self._settings.content_folder)
        editor = Editor(self._record.by, self._record.account)
        base = result.get("base") or base_of(copy, "")
        commit = await asyncio.to_thread(onto_live, copy, base, self._record.commit, live.commit, editor)
        if commit != self._record.commit:
            folder = self._work / "onto_live"
            files = await asyncio.to_thread(copy.snapshot, commit)
            await asyncio.to_thread(write_files, folder, files)
            await require_sound(self._settings, self._record, folder, words_only=True)
        await asyncio.to_thread(copy.mark_published, commit)
        model = live.model if words else str(result["model"])
        return self._published.next(
            commit, Path(model), now().isoformat(), self._record.by, tuple(result.get("items", ()))
        )
