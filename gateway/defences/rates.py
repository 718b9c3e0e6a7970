"""Before the road: how many pages one address may ask for. In memory, per process, so that a flood asks nobody.

Webhooks are not counted: they are signed, come from many citizens through few addresses, and a lost one is a lost
message. Nor is the web chat: its own admission knows sessions, and lets danger through where an address is crowded.
"""

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.channels.webchat.admission import Buckets
from gateway.client_address import client_address, network_of
from gateway.conversations.pacing import Rate
from gateway.defences.refusals import refuse

# A police station or a school's class behind one address, each page with its files; a machine asks for more.
PAGES = Rate(600, 0.05)
_UNCOUNTED = ("/webhooks/", "/chat", "/health/", "/simulator/")
_TOO_MANY = 429


class PageRate:
    """429 with a kind sentence for an address that asks for more than people do."""

    def __init__(self, app: ASGIApp, proxies: frozenset[str], rate: Rate = PAGES) -> None:
        self._app, self._proxies, self._rate = app, proxies, rate
        self._buckets = Buckets()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let pass, or refuse."""
        if scope["type"] == "http" and not scope["path"].startswith(_UNCOUNTED):
            peer = scope["client"][0] if scope.get("client") else "?"
            address = client_address(peer, Headers(scope=scope).get("x-forwarded-for", ""), self._proxies)
            if not self._buckets.take(network_of(address), self._rate):
                await refuse(scope, receive, send, _TOO_MANY, {"retry-after": "10"})
                return
        await self._app(scope, receive, send)
