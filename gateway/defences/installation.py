"""Before the road: the defences in the order in which a request meets them."""

from fastapi import FastAPI

from gateway.defences.bodies import BodyLimits
from gateway.defences.hosts import HostCheck, our_hosts
from gateway.defences.rates import PageRate
from gateway.metrics import RequestMetrics
from gateway.security import SecurityHeaders
from gateway.settings import Settings


def install(app: FastAPI, settings: Settings) -> None:
    """Put them before the application, the last one added outermost: a refusal too carries the headers."""
    larger = (("/webhooks/", settings.webhook_size_limit),)
    app.add_middleware(BodyLimits, limit=settings.form_size_limit, larger=larger)
    app.add_middleware(PageRate, proxies=settings.proxies)
    app.add_middleware(HostCheck, hosts=our_hosts(settings))
    app.add_middleware(SecurityHeaders, strict_transport=settings.environment == "production")
    app.add_middleware(RequestMetrics)
