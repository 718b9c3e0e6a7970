"""Prometheus metrics of this process, without personal data: its version, requests and log events.

Those of the road are in `road_metrics`; what is stored is looked up behind the scrape (`gateway.ops.gauges`).
"""

import time
from collections.abc import MutableMapping
from functools import cache
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Info, PlatformCollector, ProcessCollector
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.core.version import version

REGISTRY = CollectorRegistry()
ProcessCollector(registry=REGISTRY)
PlatformCollector(registry=REGISTRY)

BUILD = Info("neuvo_build", "The release that this process runs.", registry=REGISTRY)
BUILD.info({"version": version()})
REQUESTS = Counter(
    "neuvo_requests_total", "Requests of the public listener.", ["method", "route", "status"], registry=REGISTRY
)
DURATION = Histogram(
    "neuvo_request_seconds",
    "Time until an answer began.",
    ["route"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
    registry=REGISTRY,
)
IN_PROGRESS = Gauge(
    "neuvo_requests_under_way", "Requests that are being answered, streams included.", registry=REGISTRY
)
EVENTS = Counter(
    "neuvo_log_events_total",
    "Warnings and errors of the log, by their name and the class of the error.",
    ["level", "event", "error"],
    registry=REGISTRY,
)
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_NAMED = frozenset({"warning", "error", "critical"})


class RequestMetrics:
    """Counts requests by the route that answered: the path itself could carry an id."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle the request and count it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, status, seconds = time.perf_counter(), 500, 0.0

        async def send_and_measure(message: Message) -> None:
            nonlocal status, seconds
            if message["type"] == "http.response.start":
                status, seconds = message["status"], time.perf_counter() - began
            await send(message)

        with requests_under_way():
            try:
                await self._app(scope, receive, send_and_measure)
            finally:
                method = scope["method"] if scope["method"] in _METHODS else "other"
                count_request(method, _route_of(scope), status, seconds or time.perf_counter() - began)


# Counts a request until it is answered.
requests_under_way = IN_PROGRESS.track_inprogress


def count_request(method: str, route: str, status: int, seconds: float) -> None:
    """Count a request that is answered; `seconds` are those until its answer began."""
    labelled(REQUESTS, method, route, str(status)).inc()
    labelled(DURATION, route).observe(seconds)


@cache
def labelled(metric: Any, *labels: str) -> Any:
    """A metric with these labels, each of a closed set; the library would look for it under a lock each time."""
    return metric.labels(*labels)


def _route_of(scope: Scope) -> str:
    path = getattr(scope.get("route"), "path", None)
    if path:
        return str(path)
    mounted = scope.get("app_root_path", scope.get("root_path", ""))
    return str(mounted) if mounted in ("/static", "/simulator") else "none"


def count_event(_: object, level: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A processor of the log: count warnings and errors by event and class of exception."""
    if level in _NAMED:
        EVENTS.labels(level, str(event.get("event", "")), str(event.get("error", ""))).inc()
    return event
