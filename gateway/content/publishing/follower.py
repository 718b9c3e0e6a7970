"""Content, the follower: each machine looks every few seconds at what is live for all, and follows.

One process of a machine does so at a time, under the lock of its folder. Rasa of this machine, which has the same
folder, is told to load the model; without a process of Rasa the folder alone is switched.
"""

import asyncio
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import structlog

from gateway.content.errors import ContentRefused
from gateway.content.publishing.blobs import PublishedStore
from gateway.content.publishing.manifest import model_key, same_model
from gateway.content.publishing.model_swap import load_everywhere
from gateway.content.publishing.releases import Published, Release
from gateway.content.publishing.sharing import RecordRefused, Sharing
from gateway.core.config.settings import Settings
from gateway.core.tasks import cancel_once, end_if_cancelled

log = structlog.get_logger()

LOOK_EVERY: Final = 3.0  # seconds; a release is to be on every machine within 15
FIRST_LOOK: Final = 20.0  # seconds that a start waits for it at most


class Follower:
    """Keeps this machine's folder, and the Rasas that read it, at the release that is live for all."""

    def __init__(self, settings: Settings, store: PublishedStore | None) -> None:
        self._settings = settings
        self._store = store
        self._published = Published(settings)
        self._loop: asyncio.Task[None] | None = None
        self._pending: Path | None = None  # a model that Rasa has still to load

    async def start(self) -> None:
        """Follow once, as far as the store answers, and from then on behind."""
        if self._store is None:
            return
        try:
            async with asyncio.timeout(FIRST_LOOK):
                await self._look()
        except TimeoutError:
            log.error("published_not_followed", error="TimeoutError")
        self._loop = asyncio.create_task(self._follow(), name="follow what is published")

    async def stop(self) -> None:
        """End; what was begun is begun again at the next start."""
        if self._loop is not None:
            cancel_once(self._loop)
            await asyncio.gather(self._loop, return_exceptions=True)
        if self._store is not None:
            await self._store.close()

    async def follow(self) -> bool:
        """Take what is live for all, where it is something else than what is live here; returns whether it was."""
        if self._store is None:
            return False
        sharing = Sharing(self._settings, self._store)
        newest = await sharing.newest()
        live = self._published.live()
        if newest is None or (newest.number, newest.commit) == (live.number, live.commit):
            await self._load_pending()
            return False
        async with self._published.locked():
            live = self._published.live()
            newest = await sharing.newest()
            if newest is None or (newest.number, newest.commit) == (live.number, live.commit):
                return False  # another process of this machine was faster
            release = await sharing.take(newest)
            await self._switch(live, release)
            await asyncio.to_thread(sharing.tidy)
        log.info("published_followed", number=release.number)
        return True

    async def _switch(self, before: Release, release: Release) -> None:
        key = model_key(self._settings)
        same = await asyncio.to_thread(same_model, Path(release.model), Path(before.model), key)
        carried = [] if same else await asyncio.to_thread(self._published.carry, release)
        await asyncio.to_thread(self._published.switch, release)
        if not same:
            self._pending = Path(release.model)
            await self._load_pending()
        for path in carried:
            path.unlink(missing_ok=True)

    async def _load_pending(self) -> None:
        """Tell this machine's Rasas; one that refuses keeps its model, and is asked again at the next look."""
        if self._pending is None:
            return
        try:
            await load_everywhere(self._settings, self._pending, rasas_here(self._settings))
        except ContentRefused as refusal:
            log.error("published_model_not_loaded", why=refusal.key)
        else:
            self._pending = None

    async def _look(self) -> None:
        try:
            await self.follow()
        except RecordRefused as refusal:
            log.error("published_refused", why=str(refusal))
        except Exception as error:  # the next look may find the store again
            log.error("published_not_followed", exc_info=error)
            end_if_cancelled()

    async def _follow(self) -> None:
        while True:
            await asyncio.sleep(LOOK_EVERY)
            await self._look()


def rasas_here(settings: Settings) -> tuple[str, ...]:
    """The addresses of the Rasas that read this machine's folder."""
    return tuple(url for url in settings.rasa_urls if urlsplit(url).hostname in ("127.0.0.1", "localhost", "::1"))
