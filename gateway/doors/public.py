"""Beside the road: the short address of a door, for who reads it on a poster and types it."""

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse

from gateway.doors.codes import as_code
from gateway.pages import preferred_language

router = APIRouter(tags=["doors"])


@router.get("/d/{code}")
async def enter(request: Request, code: str) -> RedirectResponse:
    """To the web chat by this door; a code that was mistyped leads there too, by none."""
    found = as_code(code)
    by = f"source={found.lower()}&" if found else ""
    response = RedirectResponse(f"/chat?{by}lang={preferred_language(request)}", 303)
    response.headers.update({"cache-control": "no-store", "vary": "Accept-Language"})
    return response
