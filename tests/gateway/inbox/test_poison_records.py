"""Checks of the spool when one line alone is refused, and of health while the database is away."""

import asyncio

import httpx2
import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from gateway.channels.whatsapp.channel import WhatsApp
from gateway.conversations.messages import IncomingEvent
from gateway.conversations.models import InboxEvent
from gateway.core.config.settings import Settings
from gateway.inbox.poison_records import MAX_ATTEMPTS, MIN_DURATION
from gateway.inbox.receive import drain
from gateway.service import Service
from tests.worlds import whatsapp_bodies as bodies
from tests.worlds.outage import away
from tests.worlds.road import internal_health, open_road
from tests.worlds.scripted_engine import ScriptedEngine

pytestmark = pytest.mark.anyio


class Refusing(WhatsApp):
    """A channel one of whose bodies the database never takes."""

    def read(self, body: bytes) -> list[IncomingEvent]:
        if body == b"refused":
            raise OperationalError("INSERT", {}, Exception("program limit exceeded"))
        return super().read(body)


async def events(service: Service) -> int:
    async with service.database.transaction() as session:
        return await session.scalar(select(func.count()).select_from(InboxEvent)) or 0


async def test_a_line_that_alone_is_refused_is_set_aside_after_a_while_and_the_others_do_not_wait(
    service: Service, settings: Settings
) -> None:
    moment = 0.0
    service.poison_records.clock = lambda: moment
    service.channels = {"whatsapp": Refusing(settings)}
    for body in (bodies.body(bodies.message()), b"refused", bodies.body(bodies.message())):
        await service.spool.append("whatsapp", body)
    for _ in range(MAX_ATTEMPTS + 3):
        assert not await drain(service)
    assert await events(service) == 2
    assert service.spool.has_backlog()  # often enough, but not for long enough

    moment = MIN_DURATION
    await drain(service)
    assert not service.spool.has_backlog()
    (beside,) = settings.spool_folder.glob("set-aside-*")
    assert len(beside.read_bytes().splitlines()) == 1


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_while_nothing_can_be_written_no_line_is_blamed(service: Service, settings: Settings) -> None:
    moments = iter((0.0, MIN_DURATION, 2 * MIN_DURATION, 3 * MIN_DURATION))
    service.poison_records.clock = lambda: next(moments)
    await service.spool.append("whatsapp", bodies.body(bodies.message()))
    service.settings.storage_timeout = 0.3
    async with away(settings.database_url):
        for _ in range(MAX_ATTEMPTS):
            async with asyncio.timeout(20):
                assert not await drain(service)
        assert service.poison_records._failures == {}
    await drain(service)

    assert await events(service) == 1


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_a_proxy_keeps_a_process_that_spools_and_leaves_one_that_can_store_nowhere(
    settings: Settings, engine: ScriptedEngine
) -> None:
    async with open_road(settings, engine) as road, httpx2.AsyncClient(trust_env=False, timeout=30) as client:
        url = f"http://127.0.0.1:{road.settings.port}/health/ready"
        async with away(settings.database_url):
            spooling, parts = await client.get(url), await internal_health(road.app)
            for path in settings.spool_folder.iterdir():
                path.unlink()
            settings.spool_folder.rmdir()
            settings.spool_folder.write_text("not a folder")
            helpless = await client.get(url)

    assert (spooling.status_code, spooling.json()["status"]) == (200, "degraded")
    assert spooling.json() == {"status": "degraded"}  # to strangers the word alone
    assert parts.json()["parts"]["database"] == "down"
    assert parts.json()["engines"] == {"1": "ok"}
    assert (helpless.status_code, helpless.json()["status"]) == (503, "unavailable")
