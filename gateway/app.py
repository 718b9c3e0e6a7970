"""Before the road begins: the gateway as one application, its stations wired, its pages mounted."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from fastapi.staticfiles import StaticFiles

from gateway import away, desk_pages, health, pages
from gateway.accounts import installation as account_pages
from gateway.channels import webhook
from gateway.channels.base import Channel
from gateway.channels.instagram.channel import Instagram
from gateway.channels.messenger.channel import Messenger
from gateway.channels.pages import routes as page_routes
from gateway.channels.webchat import events as chat_events
from gateway.channels.webchat import routes as chat_routes
from gateway.channels.webchat.channel import WebChat
from gateway.channels.webchat.door import Door
from gateway.channels.whatsapp.channel import WhatsApp
from gateway.console import installation as console_pages
from gateway.console.doorbell import Doorbell
from gateway.content.pages import installation as content_pages
from gateway.content.releases import Published
from gateway.content.runner import JobRunner
from gateway.conversations.dialogue import DialogueEngine
from gateway.conversations.keys import Keyring
from gateway.conversations.lines import Lines
from gateway.conversations.spread import spread_rasa
from gateway.database import Database
from gateway.defences import installation as defences
from gateway.encryption import DataKeys
from gateway.errors import GatewayError, SignatureRejected
from gateway.service import Service
from gateway.settings import Settings
from gateway.signals import Signals
from gateway.worker import Worker

if TYPE_CHECKING:
    from gateway.channels.simulator import Place, Simulator

_STATIC = Path(__file__).parent / "static"


def create_service(settings: Settings, engine: DialogueEngine | None = None) -> Service:
    """The parts of one process; another engine than Rasa may be given."""
    database = Database(settings.database_url)
    content = Published(settings).link
    keyring = Keyring(DataKeys(settings.data_key.get_secret_value()))
    signals = Signals(database)
    channels: dict[str, Channel] = {
        "whatsapp": WhatsApp(settings),
        "web": WebChat(settings, database, keyring, signals),
    }
    if settings.messenger_page:
        channels["messenger"] = Messenger(settings)
    if settings.instagram_account:
        channels["instagram"] = Instagram(settings)
    return Service(
        settings=settings,
        database=database,
        keyring=keyring,
        channels=channels,
        content=content,
        signals=signals,
        lines=Lines(content, settings.privacy_url),
        engine=engine
        or spread_rasa(
            settings.rasa_urls,
            settings.rasa_token.get_secret_value(),
            settings.dialogue_timeout,
            settings.rasa_in_flight,
        ),
    )


def create_app(settings: Settings, engine: DialogueEngine | None = None) -> FastAPI:
    """The public listener: webhooks, pages, health, and in development the simulator."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        service = app.state.service = create_service(settings, engine)
        worker = app.state.worker = Worker(service)
        await worker.start()
        chat = app.state.webchat = Door.of(service)
        chat.start()
        runner = JobRunner(settings, service.database)
        runner.start()
        doorbell = app.state.doorbell = Doorbell(service.signals)
        doorbell.start()
        try:
            yield
        finally:
            await doorbell.stop()
            await runner.stop()
            await content_pages.close(app)
            await chat.stop()
            if (simulator := app.state.simulator) is not None:
                await simulator.close()  # the life of a mounted application is nobody else's
            await worker.stop()
            await service.close()

    app = FastAPI(title="Neuvo", lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)
    defences.install(app, settings)
    app.add_exception_handler(GatewayError, _answer_error)
    away.install(app)
    _mount_pages(app, settings)
    app.mount("/static", StaticFiles(directory=_STATIC), name="static")
    app.state.simulator = _mount_simulator(app, settings) if settings.simulator_enabled else None
    return app


def _mount_pages(app: FastAPI, settings: Settings) -> None:
    """Every route: the platforms', the citizens', the staff's."""
    for module in (webhook, page_routes, health, pages, chat_routes, chat_events):
        app.include_router(module.router)
    account_pages.install(app, settings)
    console_pages.install(app)
    content_pages.install(app)
    desk_pages.install(app)


def _mount_simulator(app: FastAPI, settings: Settings) -> "Simulator":
    # Imported here so that production does not even load it.
    from gateway.channels.simulator import SimulatorConfig, create_simulator
    from gateway.channels.whatsapp.templates import bodies_of

    numbers = {number: f"+358 9 000 {place:04d}" for place, number in enumerate(sorted(settings.business_numbers))}
    config = SimulatorConfig(
        webhook_url=f"http://{settings.host}:{settings.port}/webhooks/whatsapp",
        app_secret=settings.whatsapp_app_secret.get_secret_value(),
        access_token=settings.whatsapp_access_token.get_secret_value(),
        business_numbers=numbers,
        environment=settings.environment,
        graph_versions=(settings.graph_version,),
        log_path=settings.state_dir / "simulator.jsonl",
        templates=bodies_of(Published(settings).link),
        places=_simulated_places(settings),
    )
    mounted = create_simulator(config)
    app.mount("/simulator", mounted, name="simulator")
    simulator: Simulator = mounted.state.simulator
    return simulator


def _simulated_places(settings: Settings) -> "tuple[Place, ...]":
    from gateway.channels.simulator import Place

    doors = f"http://{settings.host}:{settings.port}/webhooks"
    messenger = Place(
        platform="messenger",
        id=settings.messenger_page,
        webhook_url=f"{doors}/messenger",
        app_secret=settings.messenger_app_secret.get_secret_value(),
        access_token=settings.messenger_access_token.get_secret_value(),
    )
    instagram = Place(
        platform="instagram",
        id=settings.instagram_account,
        webhook_url=f"{doors}/instagram",
        app_secret=settings.instagram_app_secret.get_secret_value(),
        access_token=settings.instagram_access_token.get_secret_value(),
        endpoint=settings.instagram_page_id,
    )
    return messenger, instagram


async def _answer_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, GatewayError)
    if isinstance(error, SignatureRejected):
        return Response(status_code=error.status)  # not a word: other gateways leak the expected digest here
    return JSONResponse({"error": str(error)}, status_code=error.status)
