"""Content, the command `python -m gateway published`: this machine's folder and the store that all machines share."""

import argparse
import asyncio
import sys

from gateway.content.errors import ContentRefused
from gateway.content.publishing.blobs import PublishedStore, StoreFailed
from gateway.content.publishing.follower import LOOK_EVERY, Follower
from gateway.content.publishing.releases import Published
from gateway.content.publishing.sharing import RecordRefused, Sharing
from gateway.content.publishing.stores import store_of
from gateway.core.config.settings import Settings
from gateway.core.database import Database


def run(settings: Settings, chosen: argparse.Namespace) -> int:
    """Follow an order; 0 when it is done, 1 with a sentence when not."""
    if settings.published_store == "folder":
        print("neuvo: NEUVO_PUBLISHED_STORE is folder: what is published stays on this machine.", file=sys.stderr)
        return 1
    try:
        return asyncio.run(_run(settings, chosen.what))
    except (RecordRefused, StoreFailed) as error:
        print(f"neuvo: {error}", file=sys.stderr)
    except ContentRefused as refusal:
        print(f"neuvo: {refusal}", file=sys.stderr)
    except KeyboardInterrupt:
        return 0
    return 1


async def _run(settings: Settings, what: str) -> int:
    database = Database(settings.database_url)
    store = store_of(settings, database)
    assert store is not None
    try:
        if what == "follow":
            await _follow(settings, store)
        elif what == "share":
            await _share(settings, store)
        else:
            await _fetch(settings, store)
    finally:
        await store.close()
        await database.close()
    return 0


async def _fetch(settings: Settings, store: PublishedStore) -> None:
    """Once, before a process starts that reads the folder."""
    _link = Published(settings).link  # it exists from now on, whether anything is shared or not
    await Follower(settings, store).follow()
    print(f"Live here is release {Published(settings).live().number}.")


async def _follow(settings: Settings, store: PublishedStore) -> None:
    """For ever, beside a Rasa that has no gateway on its machine."""
    _link = Published(settings).link
    follower = Follower(settings, store)
    await follower.start()
    try:
        while True:
            await asyncio.sleep(LOOK_EVERY)
    finally:
        await follower.stop()


async def _share(settings: Settings, store: PublishedStore) -> None:
    """What is live here goes live everywhere: once, when a service moves from a folder to a store, or was restored."""
    published = Published(settings)
    async with published.locked():
        live = published.live()
        await Sharing(settings, store).share(live)
    print(f"Release {live.number} is live on every machine within {LOOK_EVERY:.0f} s and the time of loading.")
