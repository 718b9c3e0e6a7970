"""Dialogue, traces: the gateway names the trace of a message, and is told what Rasa measured of it.

OpenTelemetry's packages want a protobuf that TensorFlow forbids, so no span leaves from here: its id and times go back
in a header of the answer, and the gateway sends them with its own (`gateway/core/traces.py`).
"""

import re
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from sanic.request import Request
from structlog.contextvars import bound_contextvars

HEADER: Final = "neuvo-span"
_TRACEPARENT: Final = re.compile(r"00-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}")


@contextmanager
def traced(request: Request) -> Iterator[dict[str, str]]:
    """The headers of the answer, complete when the block ends; what is logged meanwhile names the trace.

    Without a `traceparent` that has the form of W3C Trace Context nothing is measured and nothing named.
    """
    headers: dict[str, str] = {}
    found = _TRACEPARENT.fullmatch(request.headers.get("traceparent", ""))
    if found is None:
        yield headers
        return
    began = time.time_ns()
    with bound_contextvars(trace=found[1]):
        yield headers
    headers[HEADER] = f"{secrets.token_hex(8)}-{began}-{time.time_ns()}"
