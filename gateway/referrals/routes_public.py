"""Referrals, the public short address that is printed on posters."""

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse

from gateway.core.http.pages import preferred_language
from gateway.referrals.codes import parse_code

router = APIRouter(tags=["referrals"])


@router.get("/d/{code}")
async def enter(request: Request, code: str) -> RedirectResponse:
    """Redirect to the web chat with this referral code; a malformed code leads there too, without one."""
    found = parse_code(code)
    by = f"source={found.lower()}&" if found else ""
    response = RedirectResponse(f"/chat?{by}lang={preferred_language(request)}", 303)
    response.headers.update({"cache-control": "no-store", "vary": "Accept-Language"})
    return response
