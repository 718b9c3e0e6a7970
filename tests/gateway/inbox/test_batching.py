"""Checks of gathering: what becomes of a delivery whose sender has left."""

import asyncio
import gc
from typing import Any

import pytest

from gateway.app import create_service
from gateway.core.config.settings import Settings
from gateway.inbox.store import seal_delivery
from tests.worlds import whatsapp_bodies as bodies
from tests.worlds.outage import away
from tests.worlds.scripted_engine import ScriptedEngine

pytestmark = pytest.mark.anyio


async def test_an_error_that_nobody_waits_for_any_more_is_no_fault_of_the_process(settings: Settings) -> None:
    if settings.database_url.startswith("sqlite"):
        pytest.skip("SQLite waits for its lock longer than a delivery does, and is given up instead.")
    said: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: said.append(context))
    service = create_service(settings.model_copy(update={"storage_timeout": 30.0}), ScriptedEngine())
    async with service.database.transaction() as session:
        await service.keyring.load(session)

    async with away(settings.database_url):
        delivery = seal_delivery(service.keyring, service.channels["whatsapp"], bodies.body(bodies.message()))
        failed = asyncio.Event()
        service.batcher.put(delivery).add_done_callback(lambda _: failed.set())
        await asyncio.wait_for(failed.wait(), 30)
    gc.collect()
    await service.close()

    assert said == []
