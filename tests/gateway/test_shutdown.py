"""Checks of the end of a process: whatever it was doing, it ends."""

import asyncio
import shutil
import sqlite3
import threading
from pathlib import Path

from gateway.app import create_service
from gateway.core.config.settings import Settings
from gateway.inbox.store import seal_delivery
from tests.worlds import whatsapp_bodies as bodies
from tests.worlds.scripted_engine import ScriptedEngine


async def end_while_it_stores(settings: Settings, database: Path, locked: threading.Event) -> None:
    """Begin to store a delivery in a locked file, and end before it is given up."""
    service = create_service(settings, ScriptedEngine())
    async with service.database.transaction() as session:
        await service.keyring.load(session)
    other = sqlite3.connect(database, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    locked.set()
    service.batcher.put(seal_delivery(service.keyring, service.channels["whatsapp"], bodies.body(bodies.message())))
    await asyncio.sleep(0.2)
    released = threading.Timer(2 * settings.storage_timeout, other.close)
    released.start()
    await service.close()
    released.join()


def test_who_ends_while_sqlite_is_locked_is_not_interrupted_twice_and_ends(
    migrated_sqlite: Path, tmp_path: Path
) -> None:
    database = Path(shutil.copy(migrated_sqlite, tmp_path / "neuvo.db"))
    settings = Settings(database_url=f"sqlite:///{database}", state_dir=tmp_path, storage_timeout=0.6)
    locked = threading.Event()
    ending = threading.Thread(target=asyncio.run, args=(end_while_it_stores(settings, database, locked),), daemon=True)
    ending.start()
    assert locked.wait(120)  # to read all words takes long beside other tests, and is not what this is about
    ending.join(20)

    assert not ending.is_alive()
