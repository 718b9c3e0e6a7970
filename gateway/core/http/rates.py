"""HTTP: a rate limit on page requests by IP address, in memory per process, so that a flood costs no query.

Webhooks are not limited: they are signed, come from many citizens through few addresses, and a refused one is a lost
message. Nor is the web chat: its own admission knows sessions, and lets danger through where many share an address.
"""

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.core.http.client_ip import client_address, network_of
from gateway.core.http.refusals import refuse
from gateway.core.networks import Networks
from gateway.core.rate_limit import MemoryBuckets, Rate

# Enough for a police station or a school class behind one address, each page with its files.
PAGES = Rate(600, 0.05)
_UNCOUNTED = ("/webhooks/", "/chat", "/health/", "/simulator/")
_TOO_MANY = 429


class PageRate:
    """429 for an address that requests more than people do."""

    def __init__(self, app: ASGIApp, proxies: Networks, rate: Rate = PAGES) -> None:
        self._app, self._proxies, self._rate = app, proxies, rate
        self._buckets = MemoryBuckets()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle the request, or refuse it."""
        if scope["type"] == "http" and not scope["path"].startswith(_UNCOUNTED):
            peer = scope["client"][0] if scope.get("client") else "?"
            address = client_address(peer, Headers(scope=scope).get("x-forwarded-for", ""), self._proxies)
            if not self._buckets.take(network_of(address), self._rate):
                await refuse(scope, receive, send, _TOO_MANY, {"retry-after": "10"})
                return
        await self._app(scope, receive, send)
