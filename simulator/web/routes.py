"""The simulator's phone on a web page: what it shows, what it sends, and the event stream that updates it."""

from collections.abc import AsyncIterator
from contextlib import ExitStack
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, HTTPException, Request, Response
from fastapi.responses import HTMLResponse
from fastapi.sse import EventSourceResponse, ServerSentEvent
from fastapi.templating import Jinja2Templates

from simulator.control import MessageDraft, NewPhone, make_phone, send_from_phone
from simulator.core.models import Platform
from simulator.core.views import conversation_view, phone_view
from simulator.phone.media import picture
from simulator.simulator import Simulator
from simulator.web.wording import LANGUAGES, TEMPLATES, words_in

FIRST_PHONE = "Aino"
PLATFORMS = {Platform.WHATSAPP: "WhatsApp", Platform.MESSENGER: "Messenger", Platform.INSTAGRAM: "Instagram"}


def same_site(sec_fetch_site: Annotated[str, Header()] = "none") -> None:
    """Refuse what another web site makes a developer's browser send."""
    if sec_fetch_site not in ("same-origin", "none"):
        raise HTTPException(403, "Only the simulator's own page may do this.")


def page_router(simulator: Simulator) -> APIRouter:
    """The routes of the page; nothing here needs a token, and nothing here steers faults."""
    router = APIRouter(dependencies=[Depends(same_site)])
    templates = Jinja2Templates(directory=TEMPLATES)

    @router.get("/", response_class=HTMLResponse)
    async def page(request: Request, language: str = "fi") -> Response:
        if not simulator.state.phones:
            simulator.new_phone(FIRST_PHONE)
        language = language if language in LANGUAGES else LANGUAGES[0]
        content = {
            "language": language,
            "languages": LANGUAGES,
            "words": words_in(language),
            "platforms": {name: title for name, title in PLATFORMS.items() if _is_simulated(simulator, name)},
            "service": simulator.config.service_names[language],
            "base": request.scope.get("root_path", "").rstrip("/"),
        }
        return templates.TemplateResponse(request, "simulator/phone.html", content)

    _add_phones(router, simulator)
    _add_stream(router, simulator)
    return router


def _is_simulated(simulator: Simulator, platform: Platform) -> bool:
    return platform == Platform.WHATSAPP or simulator.config.account_on(platform) is not None


def _add_phones(router: APIRouter, simulator: Simulator) -> None:
    @router.get("/phones")
    async def phones() -> list[dict[str, Any]]:
        return [phone_view(simulator.state, phone) for phone in simulator.state.phones.values()]

    @router.post("/phones")
    async def new_phone(wanted: NewPhone) -> dict[str, Any]:
        return phone_view(simulator.state, make_phone(simulator, wanted))

    @router.get("/phones/{phone_id}")
    async def conversation(phone_id: str) -> dict[str, Any]:
        if phone_id not in simulator.state.phones:
            raise HTTPException(404, f"There is no phone {phone_id!r}.")
        typing = max(0.0, simulator.typing_until.get(phone_id, 0.0) - simulator.clock.now())
        return {"messages": conversation_view(simulator.state, phone_id), "typing": typing}

    @router.post("/phones/{phone_id}/messages")
    async def send(phone_id: str, draft: MessageDraft) -> dict[str, Any]:
        return {"id": send_from_phone(simulator, phone_id, draft)["id"]}

    @router.get("/wire")
    async def wire() -> list[dict[str, Any]]:
        return [asdict(record) for record in simulator.traffic.records]

    @router.get("/uploads/{media_id}")
    async def uploaded(media_id: str) -> Response:
        upload = simulator.state.uploads.get(media_id)
        if upload is None:
            raise HTTPException(404, "There is no such file.")
        headers = {"content-security-policy": "default-src 'none'; sandbox"}
        return Response(upload.content, media_type=upload.mime_type, headers=headers)

    @router.get("/samples/picture.png")
    async def sample_picture() -> Response:
        return Response(picture(), media_type="image/png")


def _add_stream(router: APIRouter, simulator: Simulator) -> None:
    @router.get("/events", response_class=EventSourceResponse)
    async def events(phone: str | None = None) -> AsyncIterator[ServerSentEvent]:
        """Every change from now on; while the stream is open the chat of `phone` is on the screen."""
        with ExitStack() as stack:
            changes = stack.enter_context(simulator.feed.listen())
            if phone in simulator.state.phones:
                stack.enter_context(simulator.opened(str(phone)))
            # A new stream has missed something: the page fetches everything when it sees this.
            yield ServerSentEvent(data={"kind": "refetch"}, retry=1000)
            while (change := await changes.get()) is not None:
                yield ServerSentEvent(data=change)
