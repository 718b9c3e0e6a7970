"""OpenTelemetry: spans leave by OTLP over HTTP, in batches, behind the service; loaded only where it is switched on.

A collector that is slow or away delays no message: spans wait in memory, and those over the limit are dropped.
"""

import structlog
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import Link, SpanContext, SpanKind, TraceFlags
from opentelemetry.trace.status import Status, StatusCode

from gateway.core.config.settings import Settings
from gateway.core.logs import redact
from gateway.core.traces import Span, Station
from gateway.core.version import version

log = structlog.get_logger()

PATH = "/v1/traces"
TIMEOUT = 5.0  # seconds of one request to the collector, repeats included
MOST_WAITING = 4096  # spans of this process that have not left yet
EVERY = 2000.0  # milliseconds between two batches
_SAMPLED = TraceFlags(TraceFlags.SAMPLED)
_SCOPE = InstrumentationScope("neuvo", version())
_KINDS = {Station.RECEIVE: SpanKind.SERVER, Station.ENGINE: SpanKind.CLIENT, Station.SEND: SpanKind.CLIENT}


class OtlpExport:
    """Gives spans to the collector of the settings; `process` is the id of this process."""

    def __init__(self, settings: Settings, process: str) -> None:
        headers = settings.otlp_headers.get_secret_value() if settings.otlp_headers else ""
        exporter = OTLPSpanExporter(
            endpoint=settings.otlp_endpoint.rstrip("/") + PATH,
            headers=headers_of(headers),
            timeout=TIMEOUT,
            compression=Compression.Gzip,
        )
        self._processor = BatchSpanProcessor(exporter, max_queue_size=MOST_WAITING, schedule_delay_millis=EVERY)
        self._below = int(settings.trace_ratio * 2**64)
        ours = {"service.namespace": "neuvo", "service.version": version()}
        self._gateway = Resource({**ours, "service.name": "neuvo-gateway", "service.instance.id": process})
        self._rasa = Resource({**ours, "service.name": "neuvo-rasa"})

    def __call__(self, span: Span) -> None:
        """Take a span; whether its trace is kept follows from the trace's id, so all processes say the same."""
        if int(span.within.trace[16:], 16) < self._below:
            self._processor.on_end(self._readable(span))

    def close(self) -> None:
        """Send what waits, within `TIMEOUT` seconds."""
        self._processor.force_flush(int(TIMEOUT * 1000))
        self._processor.shutdown()  # type: ignore[no-untyped-call]

    def _readable(self, span: Span) -> ReadableSpan:
        attributes = {
            name: redact(value) if isinstance(value, str) else value for name, value in span.attributes.items()
        }
        if span.error is not None:
            attributes["error.type"] = span.error
        kind = SpanKind.SERVER if span.by_rasa else _KINDS.get(Station(span.name), SpanKind.INTERNAL)
        return ReadableSpan(
            name=span.name,
            context=_context(span.within.trace, span.within.span),
            parent=None if span.parent is None else _context(span.within.trace, span.parent),
            resource=self._rasa if span.by_rasa else self._gateway,
            attributes=attributes,
            links=[Link(_context(*each)) for each in span.links],
            kind=kind,
            status=Status(StatusCode.UNSET if span.error is None else StatusCode.ERROR),
            start_time=span.within.began,
            end_time=max(span.ended, span.within.began),
            instrumentation_scope=_SCOPE,
        )


def headers_of(written: str) -> dict[str, str]:
    """The headers of a setting `name=value,name=value`, as a collector of a provider asks for."""
    pairs = (each.partition("=") for each in written.split(",") if each.strip())
    return {name.strip().lower(): value.strip() for name, _, value in pairs}


def _context(trace: str, span: str) -> SpanContext:
    return SpanContext(int(trace, 16), int(span, 16), is_remote=False, trace_flags=_SAMPLED)
