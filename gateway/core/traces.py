"""Traces: the road of one message as spans, and the id by which every line of the log names that message.

The id of a trace follows from the keyed hash under which the message is stored, so any process knows it at any station,
after a restart too, and no column is needed for it. The ids of the spans that others refer to follow from it as well.
A span carries opaque ids and closed words (`ATTRIBUTES`), never a text, topic, danger, number or name. Nothing is
recorded, and OpenTelemetry is not even loaded, until `export_to` is called (`gateway.core.otlp`).
"""

import hashlib
import re
import secrets
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from structlog.contextvars import bound_contextvars

# What a span may say. Ids are opaque; every other value is a word of a closed set, or a count.
ATTRIBUTES: Final = frozenset(
    f"neuvo.{name}"
    for name in (
        "author", "channel", "conversation", "delivery", "engine", "event_id", "kind", "messages", "outbox_id",
        "outcome", "spooled", "turn",
    )
)  # fmt: skip
_SPAN_HEADER: Final = re.compile(r"([0-9a-f]{16})-(\d{1,19})-(\d{1,19})")
_SECOND: Final = 1_000_000_000
type Said = Mapping[str, str | int | None]


class Station(StrEnum):
    """The stations of the road that have a span of their own."""

    RECEIVE = "receive"
    PROCESS = "process"
    TURN = "turn"
    ENGINE = "engine"
    SEND = "send"
    STATUS = "status"


@dataclass(frozen=True)
class Within:
    """The span in which the program is: the ids of its trace and of itself, in hexadecimal, and its begin."""

    trace: str
    span: str  # empty while no spans are recorded
    began: int  # nanoseconds since 1970


@dataclass(frozen=True)
class Span:
    """A span that has ended; times are nanoseconds since 1970."""

    name: str
    within: Within
    ended: int
    parent: str | None = None
    attributes: Mapping[str, str | int] = field(default_factory=dict)
    error: str | None = None  # its class
    links: Sequence[tuple[str, str]] = ()  # trace and span of what belongs to it elsewhere
    by_rasa: bool = False


_within: ContextVar[Within | None] = ContextVar("trace", default=None)
_export: Callable[[Span], None] | None = None


def export_to(export: Callable[[Span], None] | None) -> None:
    """Record spans from now on, and give each to this function, which must return at once; None: record none."""
    global _export
    _export = export


def is_on() -> bool:
    """Whether spans are recorded."""
    return _export is not None


def trace_of(stored_under: bytes) -> str:
    """The id of the trace of what is stored under this keyed hash, or of a reply by its own id; 32 hexadecimal digits.

    It does not lead back: whoever receives traces learns nothing by which a row could be looked up.
    """
    return hashlib.blake2b(stored_under, digest_size=16, person=b"neuvo trace").hexdigest()


def span_of(trace: str, station: Station, *which: object) -> str:
    """The id of a station's span in a trace, which others may name before it has ended; 16 hexadecimal digits."""
    named = " ".join(map(str, (station, *which)))
    return hashlib.blake2b(f"{trace} {named}".encode(), digest_size=8, person=b"neuvo span").hexdigest()


def current() -> Within | None:
    """The span in which the program is, or None outside all traces."""
    return _within.get()


@contextmanager
def within(trace: str, station: Station, *which: object) -> Iterator[Within]:
    """What happens here belongs to this station of a trace; lines of the log name the trace.

    No span is recorded yet: what has happened is known later (`record`), once it is true.
    """
    span = span_of(trace, station, *which) if _export is not None else ""
    entered = Within(trace, span, time.time_ns())
    token = _within.set(entered)
    try:
        with bound_contextvars(trace=trace):
            yield entered
    finally:
        _within.reset(token)


def record(
    station: Station,
    span: Within,
    parent: str | None,
    said: Said,
    *,
    error: str | None = None,
    links: Sequence[tuple[str, str]] = (),
) -> None:
    """A span that ends now, with what it says by the names of `ATTRIBUTES`; does nothing while off."""
    if _export is None:
        return
    attributes = {f"neuvo.{name}": value for name, value in said.items() if value is not None}
    if unknown := attributes.keys() - ATTRIBUTES:
        raise ValueError(f"No span may say {sorted(unknown)}.")
    _export(Span(station, span, time.time_ns(), parent, attributes, error, links))


@contextmanager
def inner(station: Station, said: Said) -> Iterator[None]:
    """A span within the current one, recorded when it ends, with the class of what it raised; outside: nothing."""
    outer = _within.get()
    if outer is None or _export is None:
        yield
        return
    entered = Within(outer.trace, secrets.token_hex(8), time.time_ns())
    token, error = _within.set(entered), None
    try:
        yield
    except BaseException as raised:
        error = type(raised).__name__
        raise
    finally:
        _within.reset(token)
        record(station, entered, outer.span, said, error=error)


def traceparent() -> str | None:
    """The header by which whoever is asked knows the trace (W3C Trace Context); None while off or outside a trace."""
    here = _within.get()
    return None if here is None or _export is None else f"00-{here.trace}-{here.span}-01"


def record_of_rasa(header: str | None) -> None:
    """The span that Rasa measured for the request that was just answered: `<id>-<begin>-<end>` (`bot/traces.py`).

    One that cannot be true, as its request was sent later or a day ago, is left out.
    """
    here, found = _within.get(), _SPAN_HEADER.fullmatch(header or "")
    if here is None or _export is None or found is None:
        return
    span, began, ended = found[1], int(found[2]), int(found[3])
    if began <= ended and abs(began - here.began) < 86_400 * _SECOND:
        _export(Span(Station.ENGINE, Within(here.trace, span, began), ended, here.span, by_rasa=True))


def nanoseconds(timestamp: float) -> int:
    """A timestamp in seconds since 1970 as a span has it."""
    return int(timestamp * _SECOND)
