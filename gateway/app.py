"""The gateway as one ASGI application: its parts are created, its routes mounted, the simulator in development."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.responses import JSONResponse
from fastapi.staticfiles import StaticFiles

from gateway.accounts import error_pages, unavailable
from gateway.accounts import install as account_pages
from gateway.analytics import routes_answers as analytics_answers
from gateway.analytics import routes_public as analytics_public
from gateway.analytics import routes_staff as analytics_staff
from gateway.api import access as api_access
from gateway.api import openapi as api_document
from gateway.api import routes as api_routes
from gateway.bulletins import routes_public as bulletins_public
from gateway.bulletins import routes_staff as bulletins_staff
from gateway.channels import webhooks
from gateway.channels.base import Channel
from gateway.channels.instagram.channel import Instagram
from gateway.channels.messenger.channel import Messenger
from gateway.channels.webchat.channel import WebChat
from gateway.channels.webhook_door import Gateway
from gateway.channels.whatsapp.channel import WhatsApp
from gateway.console import install as console_pages
from gateway.console.live_events import LiveEvents
from gateway.content.publishing.follower import Follower
from gateway.content.publishing.releases import Published
from gateway.content.publishing.runner import JobRunner
from gateway.content.publishing.stores import store_of
from gateway.content.routes import install as content_pages
from gateway.conversations.kinds import ChannelName
from gateway.core import i18n
from gateway.core.config.settings import Settings
from gateway.core.crypto import DataKeys
from gateway.core.database import Database
from gateway.core.errors import GatewayError, SignatureRejected
from gateway.core.http import clean_input, middleware
from gateway.core.keyring import Keyring
from gateway.core.lines import Lines
from gateway.core.observers import observed
from gateway.core.pubsub import Signals
from gateway.dialogue.engine import DialogueEngine
from gateway.dialogue.engine_pool import rasa_pool
from gateway.hours import routes as hours_staff
from gateway.ops import health
from gateway.ops import routes as health_staff
from gateway.ops.parts import Parts
from gateway.privacy import routes as privacy_pages
from gateway.referrals import routes_public as referrals_public
from gateway.referrals import routes_staff as referrals_staff
from gateway.service import Service
from gateway.webchat import files as chat_files
from gateway.webchat import live_events as chat_events
from gateway.webchat import routes as chat_routes
from gateway.webchat.service import ChatService
from gateway.worker import Worker

if TYPE_CHECKING:
    from simulator import MetaAccount, Simulator

_FEATURE_PAGES = (
    bulletins_public,
    bulletins_staff,
    hours_staff,
    analytics_staff,
    analytics_answers,
    analytics_public,
    referrals_staff,
    referrals_public,
    api_routes,
    api_document,
    health_staff,
)
_STATIC = Path(__file__).parent / "static"
_WITHOUT_ITS_DESCRIPTION = {"docs_url": None, "redoc_url": None, "openapi_url": None}


def create_service(settings: Settings, engine: DialogueEngine | None = None) -> Service:
    """The parts of one process; another engine than Rasa may be given."""
    database = Database(settings.database_url)
    content = Published(settings).link
    keyring = Keyring(DataKeys(settings.data_key.get_secret_value()))
    direct_url = settings.direct_database_url
    signals = Signals(database, direct_url.get_secret_value() if direct_url else "")
    channels: dict[str, Channel] = {
        ChannelName.WHATSAPP: WhatsApp(settings),
        ChannelName.WEB: WebChat(settings, database, keyring, signals),
    }
    if settings.messenger_page:
        channels[ChannelName.MESSENGER] = Messenger(settings)
    if settings.instagram_account:
        channels[ChannelName.INSTAGRAM] = Instagram(settings)
    return Service(
        settings=settings,
        database=database,
        keyring=keyring,
        channels=channels,
        content=content,
        signals=signals,
        lines=Lines(content, settings.privacy_url),
        engine=engine
        or rasa_pool(
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
        parts = app.state.parts = Parts(service, worker)
        follower = Follower(settings, store_of(settings, service.database))
        await follower.start()  # before anybody is answered: with what is live on the other machines
        await worker.start()
        service.spawn(asyncio.to_thread(i18n.load))
        chat = app.state.webchat = ChatService.of(service)
        chat.start()
        runner = JobRunner(settings, service.database)
        runner.start()
        live_events = app.state.live_events = LiveEvents(service.signals)
        live_events.start()
        await parts.begin()
        try:
            async with observed(settings, service.process):
                yield
        finally:
            await live_events.stop()
            await runner.stop()
            await follower.stop()
            await content_pages.close(app)
            await chat.stop()
            if (simulator := app.state.simulator) is not None:
                await simulator.close()  # a mounted application has no lifespan of its own
            await asyncio.gather(parts.close(), worker.stop())
            await service.close()

    routes = [*webhooks.RECEIVERS, *_pages().routes]
    app = Gateway(settings, title="Neuvo", lifespan=lifespan, routes=routes, **_WITHOUT_ITS_DESCRIPTION)
    _install(app, settings)
    app.mount("/static", StaticFiles(directory=_STATIC), name="static")
    app.state.simulator = _mount_simulator(app, settings) if settings.simulator_enabled else None
    return app


def _install(app: FastAPI, settings: Settings) -> None:
    """What stands around the routes, and what answers errors."""
    middleware.install(app, settings)
    app.add_exception_handler(GatewayError, _answer_error)
    unavailable.install(app)
    error_pages.install(app)
    clean_input.install(app)
    account_pages.install(app, settings)
    api_access.install(app)
    content_pages.install(app)


@cache
def _pages() -> APIRouter:
    """Every route: of the platforms, the citizens and the staff.

    They know no settings, so all applications of a process share them: to prepare them is most of what one costs.
    """
    pages = APIRouter()
    for router in (
        *(module.router for module in (webhooks, health, privacy_pages, chat_routes, chat_events, chat_files)),
        *account_pages.ROUTERS,
        *console_pages.ROUTERS,
        *content_pages.ROUTERS,
        *(module.router for module in _FEATURE_PAGES),
    ):
        pages.include_router(router)
    return pages


def _mount_simulator(app: FastAPI, settings: Settings) -> "Simulator":
    # Imported here so that production does not load it.
    from gateway.channels.whatsapp.templates import bodies_of
    from simulator import SimulatorConfig, create_simulator

    numbers = {number: f"+358 9 000 {index:04d}" for index, number in enumerate(sorted(settings.business_numbers))}
    config = SimulatorConfig(
        webhook_url=f"http://{settings.host}:{settings.port}/webhooks/whatsapp",
        app_secret=settings.whatsapp_app_secret.get_secret_value(),
        access_token=settings.whatsapp_access_token.get_secret_value(),
        business_numbers=numbers,
        environment=settings.environment,
        graph_versions=(settings.graph_version,),
        log_path=settings.state_dir / "simulator.jsonl",
        templates=bodies_of(Published(settings).link),
        accounts=_simulated_accounts(settings),
    )
    mounted = create_simulator(config)
    app.mount("/simulator", mounted, name="simulator")
    simulator: Simulator = mounted.state.simulator
    return simulator


def _simulated_accounts(settings: Settings) -> "tuple[MetaAccount, ...]":
    from simulator import MetaAccount, Platform

    webhooks_url = f"http://{settings.host}:{settings.port}/webhooks"
    messenger = MetaAccount(
        platform=Platform.MESSENGER,
        id=settings.messenger_page,
        webhook_url=f"{webhooks_url}/messenger",
        app_secret=settings.messenger_app_secret.get_secret_value(),
        access_token=settings.messenger_access_token.get_secret_value(),
    )
    instagram = MetaAccount(
        platform=Platform.INSTAGRAM,
        id=settings.instagram_account,
        webhook_url=f"{webhooks_url}/instagram",
        app_secret=settings.instagram_app_secret.get_secret_value(),
        access_token=settings.instagram_access_token.get_secret_value(),
        endpoint=settings.instagram_page_id,
    )
    return messenger, instagram


async def _answer_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, GatewayError)
    if isinstance(error, SignatureRejected):
        return Response(status_code=error.status)  # an empty body: a text could leak the expected digest
    if error_pages.is_staff_page(request):
        return await error_pages.error_page(request, error.status)
    return JSONResponse({"error": str(error)}, status_code=error.status)
