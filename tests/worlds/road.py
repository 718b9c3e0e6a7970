"""The whole gateway and Meta's stand-in on real loopback ports, in one event loop."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass

import httpx2
import uvicorn
from fastapi import FastAPI

from gateway.app import create_app
from gateway.core.config.settings import Settings
from gateway.dialogue.engine import DialogueEngine
from gateway.ops.internal import create_internal
from gateway.service import Service
from simulator import (
    Citizen,
    Delays,
    Faults,
    GraphFault,
    MetaAccount,
    Platform,
    Simulator,
    SimulatorConfig,
    create_simulator,
)
from tests.worlds import whatsapp_bodies as bodies
from tests.worlds.ports import free_port as free_port

QUICK = Delays(sent=0.01, delivered=0.02, read=0.02)


@contextlib.asynccontextmanager
async def served(app: FastAPI, port: int, host: str = "127.0.0.1") -> AsyncIterator[None]:
    """An application on a port while the block runs."""
    server = uvicorn.Server(uvicorn.Config(app, host=host, port=port, log_level="warning", access_log=False, ws="none"))
    server.install_signal_handlers = lambda: None  # type: ignore[attr-defined]
    task = asyncio.create_task(server._serve())
    while not server.started:
        if task.done():
            await task
        await asyncio.sleep(0.01)
    try:
        yield
    finally:
        server.should_exit = True
        await task


@dataclass
class Road:
    """A running gateway, the stand-in beside it, and the settings of both."""

    settings: Settings
    app: FastAPI
    simulator: Simulator

    @property
    def service(self) -> Service:
        """The gateway's parts."""
        service: Service = self.app.state.service
        return service

    def citizen(
        self, name: str = "Aino", *, without_number: bool = False, platform: Platform = Platform.WHATSAPP
    ) -> Citizen:
        """A new phone."""
        phone = self.simulator.new_phone(name, without_number=without_number, platform=platform)
        return Citizen(self.simulator, phone.id)

    def fault(self, *graph: GraphFault, **others: object) -> None:
        """What goes wrong from now on."""
        self.simulator.faults.set(Faults.model_validate({"graph": list(graph), "seed": 7, **others}))

    async def post(self, content: bytes) -> int:
        """Deliver a body as Meta does; returns the HTTP status."""
        async with httpx2.AsyncClient(trust_env=False) as client:
            url = f"http://127.0.0.1:{self.settings.port}/webhooks/whatsapp"
            answer = await client.post(url, content=content, headers=bodies.signed(content, self.settings))
            return answer.status_code


@contextlib.asynccontextmanager
async def open_road(
    settings: Settings, engine: DialogueEngine | None, *, pair_limit: bool = True, messages_per_second: int = 80
) -> AsyncIterator[Road]:
    """Start both; everything ends with the block. Meta's limits may be lifted or lowered."""
    gateway_port, graph_port = free_port(), free_port()
    settings = settings.model_copy(
        update={
            "port": gateway_port,
            "graph_base_url": f"http://127.0.0.1:{graph_port}/graph",
            "messenger_graph_base_url": f"http://127.0.0.1:{graph_port}/messenger",
            "instagram_graph_base_url": f"http://127.0.0.1:{graph_port}/instagram",
            "simulator": False,
            **({} if pair_limit else {"pair_seconds": 0.0}),
        }
    )
    config = SimulatorConfig(
        webhook_url=f"http://127.0.0.1:{gateway_port}/webhooks/whatsapp",
        app_secret=settings.whatsapp_app_secret.get_secret_value(),
        access_token=settings.whatsapp_access_token.get_secret_value(),
        delays=QUICK,
        graph_versions=(settings.graph_version,),
        pair_limit=pair_limit,
        messages_per_second=messages_per_second,
        accounts=tuple(meta_accounts_of(settings)),
    )
    graph = create_simulator(config)
    app = create_app(settings, engine)
    async with served(graph, graph_port), served(app, gateway_port):
        yield Road(settings, app, graph.state.simulator)


def meta_accounts_of(settings: Settings) -> Iterator[MetaAccount]:
    """The Page and the account of the settings, where they have one."""
    platforms: dict[Platform, str] = {
        Platform.MESSENGER: settings.messenger_page_id,
        Platform.INSTAGRAM: settings.instagram_account_id,
    }
    for platform, account_id in platforms.items():
        if account_id:
            yield MetaAccount(
                platform=platform,
                id=account_id,
                webhook_url=f"http://127.0.0.1:{settings.port}/webhooks/{platform}",
                app_secret=getattr(settings, f"{platform}_app_secret").get_secret_value(),
                access_token=getattr(settings, f"{platform}_access_token").get_secret_value(),
                endpoint=settings.instagram_page_id if platform == "instagram" else "",
                app_id=settings.messenger_app_id or "998000000000001",
            )


async def until(true: Callable[[], Awaitable[bool]], seconds: float = 60.0) -> None:
    """Wait for something that happens by itself; raises `TimeoutError`."""
    async with asyncio.timeout(seconds):
        while not await true():
            await asyncio.sleep(0.02)


async def internal_health(app: FastAPI) -> httpx2.Response:
    """What the internal listener of this application says of its parts."""
    transport = httpx2.ASGITransport(app=create_internal(app))
    async with httpx2.AsyncClient(transport=transport, base_url="http://localhost", timeout=30) as client:
        return await client.get("/health/ready")
