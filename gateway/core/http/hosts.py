"""HTTP: refuses requests for other hosts than ours.

A page requested under a foreign host name would build its links with it, and a foreign page could reach a service on
loopback by DNS rebinding. Names are compared without ports: a proxy may change those, and no other service of ours
shares the name.
"""

from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.core.config.settings import Settings
from gateway.core.http.refusals import refuse

# These names cannot point elsewhere; health checks and the simulator use them.
LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]"})
_MISDIRECTED = 421  # RFC 9110, 15.5.20


def our_hosts(settings: Settings) -> frozenset[str]:
    """The host names that we answer: the public one, those of `NEUVO_ALLOWED_HOSTS`, and loopback."""
    public = urlsplit(settings.public_url).hostname or ""
    more = (part.strip().lower() for part in settings.allowed_hosts.split(","))
    return frozenset(filter(None, (public, *more))) | LOOPBACK


def host_name(value: str) -> str:
    """The name of a `Host` header without its port."""
    if value.startswith("["):
        return value.partition("]")[0].lower() + "]"
    return value.partition(":")[0].lower()


class HostCheck:
    """421 for a host that is not ours, and for a request without exactly one `Host` header.

    `scheme` is the one under which citizens reach us: TLS ends at the proxy, and a redirect to the scheme of this
    connection would send a browser, with what it carries, over the net in clear.
    """

    def __init__(self, app: ASGIApp, hosts: frozenset[str], scheme: str = "http") -> None:
        self._app, self._hosts, self._scheme = app, hosts, scheme

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle the request, or refuse it."""
        if scope["type"] == "http":
            named = Headers(scope=scope).getlist("host")
            if len(named) != 1 or host_name(named[0]) not in self._hosts:
                await refuse(scope, receive, send, _MISDIRECTED)
                return
            scope["scheme"] = self._scheme
        await self._app(scope, receive, send)
