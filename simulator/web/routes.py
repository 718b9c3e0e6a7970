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
from simulator.current import Current
from simulator.phone.media import picture
from simulator.simulator import Simulator
from simulator.web.wording import LANGUAGES, TEMPLATES, words_in

FIRST_PHONE = "Aino"
PLATFORMS = {Platform.WHATSAPP: "WhatsApp", Platform.MESSENGER: "Messenger", Platform.INSTAGRAM: "Instagram"}


def same_site(sec_fetch_site: Annotated[str, Header()] = "none") -> None:
    """Refuse what another web site makes a developer's browser send."""
    if sec_fetch_site not in ("same-origin", "none"):
        raise HTTPException(403, "Only the simulator's own page may do this.")


# Nothing here needs a token, and nothing here steers faults.
router = APIRouter(dependencies=[Depends(same_site)])
templates = Jinja2Templates(directory=TEMPLATES)


@router.get("/", response_class=HTMLResponse)
async def page(simulator: Current, request: Request, language: str = "fi") -> Response:
    """The page."""
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


def _is_simulated(simulator: Simulator, platform: Platform) -> bool:
    return platform == Platform.WHATSAPP or simulator.config.account_on(platform) is not None


@router.get("/phones")
async def phones(simulator: Current) -> list[dict[str, Any]]:
    """Every phone, as the page shows it."""
    return [phone_view(simulator.state, phone) for phone in simulator.state.phones.values()]


@router.post("/phones")
async def new_phone(simulator: Current, wanted: NewPhone) -> dict[str, Any]:
    """Make a phone."""
    return phone_view(simulator.state, make_phone(simulator, wanted))


@router.get("/phones/{phone_id}")
async def conversation(simulator: Current, phone_id: str) -> dict[str, Any]:
    """A phone's messages, and whether somebody types."""
    if phone_id not in simulator.state.phones:
        raise HTTPException(404, f"There is no phone {phone_id!r}.")
    typing = max(0.0, simulator.typing_until.get(phone_id, 0.0) - simulator.clock.now())
    return {"messages": conversation_view(simulator.state, phone_id), "typing": typing}


@router.post("/phones/{phone_id}/messages")
async def send(simulator: Current, phone_id: str, draft: MessageDraft) -> dict[str, Any]:
    """Send from a phone."""
    return {"id": send_from_phone(simulator, phone_id, draft)["id"]}


@router.get("/wire")
async def wire(simulator: Current) -> list[dict[str, Any]]:
    """What has gone over the wire."""
    return [asdict(record) for record in simulator.traffic.records]


@router.get("/uploads/{media_id}")
async def uploaded(simulator: Current, media_id: str) -> Response:
    """A file that the service has uploaded."""
    upload = simulator.state.uploads.get(media_id)
    if upload is None:
        raise HTTPException(404, "There is no such file.")
    headers = {"content-security-policy": "default-src 'none'; sandbox"}
    return Response(upload.content, media_type=upload.mime_type, headers=headers)


@router.get("/samples/picture.png")
async def sample_picture(simulator: Current) -> Response:
    """The picture that a phone sends."""
    return Response(picture(), media_type="image/png")


@router.get("/events", response_class=EventSourceResponse)
async def events(simulator: Current, phone: str | None = None) -> AsyncIterator[ServerSentEvent]:
    """Every change from now on; while the stream is open the chat of `phone` is on the screen."""
    with ExitStack() as stack:
        changes = stack.enter_context(simulator.feed.listen())
        if phone in simulator.state.phones:
            stack.enter_context(simulator.opened(str(phone)))
        # A new stream has missed something: the page fetches everything when it sees this.
        yield ServerSentEvent(data={"kind": "refetch"}, retry=1000)
        while (change := await changes.get()) is not None:
            yield ServerSentEvent(data=change)
