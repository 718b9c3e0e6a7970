"""Console: alarms on a browser with no page open: a page to set it up, the worker that receives, the app's manifest."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Final

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import FileResponse, HTMLResponse

from gateway.accounts.staff_page import language_of, staff_page
from gateway.console import wording
from gateway.console.officer import Reader, service_of
from gateway.core.errors import NothingWritten
from gateway.core.i18n import N_, gettext
from gateway.handover import push_alarms, web_push
from gateway.handover.web_push import PushAddress

router = APIRouter(prefix="/console", tags=["console"])
_WORKER: Final = Path(__file__).parents[1] / "static" / "staff" / "push-worker.js"
Part = Annotated[str, Form(min_length=1, max_length=2000)]

# What is said of alarms with no page open.
PUSH: Final[Mapping[str, str]] = {
    "on": N_("This browser is alarmed also when no page is open."),
    "on_call": N_("This browser is alarmed also when no page is open, and you are on call."),
    "off": N_("This browser is alarmed only while a page is open."),
    "unsupported": N_("This browser cannot be alarmed with no page open."),
    "denied": N_("The browser does not allow notifications. Allow them for this site in its settings."),
    "failed": N_("It did not work. Try again, or ask whether the network allows push."),
}


@router.get("/alarms", response_class=HTMLResponse)
async def alarms(request: Request, person: Reader) -> Response:
    """How alarms reach this person: sound, notifications, and push with no page open."""
    settings, language = service_of(request).settings, language_of(request)
    words = {code: gettext(language, message) for code, message in PUSH.items()}
    context = {
        "wording": wording,
        "push_key": web_push.public_key(settings),
        "push_words": words,
        "answer_minutes": round(settings.alarm_answer_minutes),
    }
    return staff_page(request, "console/alarms.html", context)


@router.get("/push-worker.js")
async def worker() -> FileResponse:
    """The script that receives a push; a browser fetches it without a session, and only for the console's addresses."""
    headers = {"service-worker-allowed": "/console/", "cache-control": "no-cache"}
    return FileResponse(_WORKER, media_type="text/javascript", headers=headers)


@router.post("/push", status_code=204)
async def subscribe(
    request: Request,
    person: Reader,
    endpoint: Part,
    p256dh: Part,
    auth: Part,
    on_call: Annotated[bool, Form()] = False,
) -> None:
    """Alarm this browser also with no page open; raises `NothingWritten` for an address of no known push service."""
    service, address = service_of(request), _usable(request, PushAddress(endpoint, p256dh, auth))
    async with service.database.transaction() as session:
        await push_alarms.subscribe(session, service, person.id, address, on_call=on_call)


@router.post("/push/renew", status_code=204)
async def renew(request: Request, old_endpoint: Part, old_auth: Part, endpoint: Part, p256dh: Part, auth: Part) -> None:
    """A browser has renewed its address, perhaps with no page open and nobody signed in: it proves that it had the old.

    Raises `NothingWritten` for a proof that is none.
    """
    service, address = service_of(request), _usable(request, PushAddress(endpoint, p256dh, auth))
    async with service.database.transaction() as session:
        if await push_alarms.renew(session, service, push_alarms.PushProof(old_endpoint, old_auth), address) is None:
            raise NothingWritten("This browser is not known.")


def _usable(request: Request, address: PushAddress) -> PushAddress:
    if not web_push.is_allowed(service_of(request).settings, address.endpoint):
        raise NothingWritten("This push service is not among those of NEUVO_PUSH_HOSTS.")
    try:
        web_push.encrypt(b"", address)
    except ValueError as error:
        raise NothingWritten("The keys of the browser cannot be read.") from error
    return address


@router.post("/push/state")
async def state(request: Request, person: Reader, endpoint: Part) -> dict[str, bool]:
    """Whether this browser is alarmed for this person, and whether they are on call there."""
    service = service_of(request)
    async with service.database.transaction() as session:
        on_call = await push_alarms.on_call_at(session, service, person.id, endpoint)
    return {"known": on_call is not None, "on_call": bool(on_call)}


@router.post("/push/remove", status_code=204)
async def unsubscribe(request: Request, person: Reader, endpoint: Part) -> None:
    """Alarm this browser no more."""
    service = service_of(request)
    async with service.database.transaction() as session:
        await push_alarms.unsubscribe(session, service, person.id, endpoint)
