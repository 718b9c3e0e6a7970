"""HTTP: the middleware, in the order in which a request passes it."""

from urllib.parse import urlsplit

from fastapi import FastAPI

from gateway.core.config.settings import Settings
from gateway.core.http.bodies import BodyLimits
from gateway.core.http.clean_input import CleanInput
from gateway.core.http.headers import SecurityHeaders
from gateway.core.http.hosts import HostCheck, our_hosts
from gateway.core.http.rates import PageRate
from gateway.core.metrics import RequestMetrics

# The forms that carry a file; their routes read it after the person's session.
_SPREADSHEET = r"/content/spreadsheet$"
# Bytes; ours has some two million, and the proxies' examples take four.
SPREADSHEET_LIMIT = 4 * 1024 * 1024
_REPLY = r"/console/conversations/[0-9a-f-]{32,36}/reply$"


def install(app: FastAPI, settings: Settings) -> None:
    """Add the middleware, the last one outermost, so that refusals have the headers too."""
    app.add_middleware(CleanInput)
    larger = (
        ("/webhooks/", settings.webhook_size_limit),
        (_REPLY, settings.reply_form_size_limit),
        (_SPREADSHEET, SPREADSHEET_LIMIT),
    )
    app.add_middleware(BodyLimits, limit=settings.form_size_limit, larger=larger)
    app.add_middleware(PageRate, proxies=settings.proxies)
    app.add_middleware(HostCheck, hosts=our_hosts(settings), scheme=urlsplit(settings.public_url).scheme)
    app.add_middleware(SecurityHeaders, strict_transport=settings.environment == "production")
    app.add_middleware(RequestMetrics)
