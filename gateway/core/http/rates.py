"""HTTP: a rate limit on page requests by IP address, in memory per process, so that a flood costs no query.

Webhooks are not limited: they are signed, come from many citizens through few addresses, and a refused one is a lost
message. Nor are messages of the web chat: its own admission knows sessions, and lets danger through where many share an
address. Its page, and health, which asks the database and the engines, have a bucket of their own.
"""

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.core.http.client_ip import client_address, network_of
from gateway.core.http.refusals import refuse
from gateway.core.networks import Networks
from gateway.core.rate_limit import MemoryBuckets, Rate

# Enough for a police station or a school class behind one address, each page with its files.
PAGES = Rate(600, 0.05)
_UNCOUNTED = ("/webhooks/", "/simulator/")
_CHAT, _HEALTH = "/chat", "/health/"
_OWN_BUCKETS = (_CHAT, _HEALTH)
_TOO_MANY = 429


class PageRate:
    """429 for an address that requests more than people do."""

    def __init__(self, app: ASGIApp, proxies: Networks, rate: Rate = PAGES) -> None:
        self._app, self._proxies, self._rate = app, proxies, rate
        self._buckets = MemoryBuckets()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle the request, or refuse it."""
        if scope["type"] == "http" and _is_counted(scope["method"], scope["path"]):
            peer = scope["client"][0] if scope.get("client") else "?"
            address = client_address(peer, Headers(scope=scope).get("x-forwarded-for", ""), self._proxies)
            bucket = next((own for own in _OWN_BUCKETS if scope["path"].startswith(own)), "")
            if not self._buckets.take(f"{bucket} {network_of(address)}", self._rate):
                await refuse(scope, receive, send, _TOO_MANY, {"retry-after": "10"})
                return
        await self._app(scope, receive, send)


def _is_counted(method: str, path: str) -> bool:
    if path.startswith(_CHAT):
        return method in ("GET", "HEAD")
    return not path.startswith(_UNCOUNTED)
