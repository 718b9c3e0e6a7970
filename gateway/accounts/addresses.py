"""Accounts: addresses of this site's own pages, to which a browser is sent or shown a link."""

from urllib.parse import quote, urlsplit

from fastapi import Request

from gateway.accounts import sessions
from gateway.core.context import Context

_PLAIN = "/:@!$&'()*+,;=~"  # of a path; a `?` in one would begin a query


def safe_path(wanted: str) -> str:
    """The path if it is one of this site; empty for anything that a browser could read as another site."""
    good = wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and wanted.isprintable()
    return wanted if good and "\\" not in wanted else ""


def own_address(request: Request) -> str:
    """The path of this request with its query."""
    return quote(request.url.path, safe=_PLAIN) + (f"?{request.url.query}" if request.url.query else "")


def form_page(request: Request) -> str:
    """The page whose form this request is, with its query, as the browser says; empty where it is none of ours."""
    service: Context = request.app.state.service
    origin = urlsplit(request.headers.get("referer", ""))
    if f"{origin.scheme}://{origin.netloc}" not in sessions.trusted_origins(request, service.settings):
        return ""
    return origin.path + (f"?{origin.query}" if origin.query else "")
