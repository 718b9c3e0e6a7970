"""What a station says of a message once it is true: its metrics, and a line of the log by which it can be followed.

A line names the message's trace and opaque ids (event, message, conversation, turn, outbox), never a word, number or
name. At the level `info` a message has one line, that of its turn; `NEUVO_LOG_LEVEL=debug` shows every station. Where
traces are switched on, a station is a span too (`gateway.core.traces`).
"""

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

import structlog

from gateway.core import road_metrics as metrics
from gateway.core import traces
from gateway.core.metrics import labelled
from gateway.core.traces import Station, Within, span_of

log = structlog.get_logger()


def delivery_received(channel: str, events: Iterable[tuple[str, str | None]], began: int, *, spooled: bool) -> None:
    """A delivery that came at `began` is safe, in the database or on disk; `events`: each kind, a message's trace."""
    for kind, trace in events:
        labelled(metrics.RECEIVED, channel, kind).inc()
        if trace is not None and traces.is_on():
            span = Within(trace, span_of(trace, Station.RECEIVE), began)
            traces.record(Station.RECEIVE, span, None, {"channel": channel, "spooled": "yes" if spooled else "no"})
    if spooled:
        metrics.SPOOLED.labels(channel).inc()


def delivery_refused(channel: str) -> None:
    """Neither took it: the platform keeps it, and repeats it."""
    metrics.REFUSED.labels(channel).inc()


def message_processed(event: int | None, conversation: str, trace: str, began: int) -> None:
    """An event has become a message of a conversation."""
    if traces.is_on():
        span = Within(trace, span_of(trace, Station.PROCESS), began)
        parent = span_of(trace, Station.RECEIVE)
        traces.record(Station.PROCESS, span, parent, {"event_id": event, "conversation": conversation})
    log.debug("message_processed", event_id=event, conversation=conversation, trace=trace)


def event_failed(event: int, kind: str, error: Exception, trace: str | None = None) -> None:
    """An event could not be processed, and blocks no other."""
    metrics.EVENTS_FAILED.labels(kind).inc()
    log.error("event_not_processed", event_id=event, kind=kind, trace=trace, exc_info=error)


def turn_written(
    turn: str,
    conversation: str,
    messages: Sequence[int],
    channel: str,
    outcome: str,
    danger: str | None,
    waited: float,
    also: Sequence[str] = (),
) -> None:
    """Messages have a turn; `waited` are the seconds since the oldest of them was processed.

    `also` are the traces of the messages but the first, whose trace the turn belongs to.
    """
    labelled(metrics.TURNS, channel, outcome).inc()
    metrics.TURN_LATENCY.observe(max(waited, 0))
    if danger is not None:
        metrics.DANGER.labels(danger).inc()
    if traces.is_on() and (span := traces.current()) is not None:
        said: traces.Said = {"turn": turn, "conversation": conversation, "channel": channel, "outcome": outcome}
        whole = {**said, "messages": len(messages)}
        traces.record(Station.TURN, span, span_of(span.trace, Station.PROCESS), whole)
        for trace in also:
            joined = Within(trace, span_of(trace, Station.TURN), span.began)
            links = [(span.trace, span.span)]
            traces.record(Station.TURN, joined, span_of(trace, Station.PROCESS), said, links=links)
    milliseconds = round(max(waited, 0) * 1000)
    log.info(
        "turn_written",
        turn=turn,
        conversation=conversation,
        messages=list(messages),
        channel=channel,
        outcome=outcome,
        milliseconds=milliseconds,
    )


def reply_sent(item: str, conversation: str, channel: str, author: str, waited: float) -> None:
    """A platform accepted a reply; `waited` are the seconds since it was queued."""
    labelled(metrics.SENT, channel, author).inc()
    labelled(metrics.REPLY_LATENCY, channel).observe(max(waited, 0))
    _record_send(None, {"outbox_id": item, "conversation": conversation, "channel": channel, "author": author})
    milliseconds = round(max(waited, 0) * 1000)
    log.debug("reply_sent", outbox_id=item, conversation=conversation, channel=channel, milliseconds=milliseconds)


def reply_failed(failure: str, *, final: bool) -> None:
    """An attempt failed; its line is logged where the class of the failure is known."""
    metrics.REPLY_FAILURES.labels(failure, "yes" if final else "no").inc()
    _record_send(failure, {})


def _record_send(error: str | None, said: traces.Said) -> None:
    """An attempt to send as a span; outside one, as where a status told of the failure, there is nothing to record."""
    if traces.is_on() and (span := traces.current()) is not None:
        traces.record(Station.SEND, span, span_of(span.trace, Station.TURN), said, error=error)


def reply_dropped(item: str, conversation: str) -> None:
    """A queued reply will not go out: its author may not write any more."""
    metrics.DROPPED.inc()
    log.debug("reply_dropped", outbox_id=item, conversation=conversation)


def status_processed(
    event: int, item: str | None, channel: str, status: str, why: str | None, sent: tuple[str, str, int] | None = None
) -> None:
    """A platform reported on a reply; `why` nothing changed, where nothing did.

    `sent`: the trace of the reply, the span in which it was sent, and when the status was received.
    """
    labelled(metrics.STATUSES, channel, status).inc()
    trace, parent, received = sent or (None, None, 0)
    if trace is not None and traces.is_on():
        span = Within(trace, span_of(trace, Station.STATUS, event), received)
        said: traces.Said = {"event_id": event, "outbox_id": item, "channel": channel, "delivery": status}
        traces.record(Station.STATUS, span, parent, said)
    named = {"event_id": event, "outbox_id": item, "trace": trace}
    log.debug("status_processed", **named, channel=channel, delivery=status, reason=why)


@contextmanager
def engine_request(engine: int) -> Iterator[None]:
    """A request to the dialogue engine of this number; a failure is counted by its class and raised."""
    began = time.perf_counter()
    try:
        with traces.inner(Station.ENGINE, {"engine": engine}):
            yield
    except BaseException as error:
        metrics.ENGINE_FAILURES.labels(str(engine), type(error).__name__).inc()
        raise
    finally:
        labelled(metrics.ENGINE_LATENCY, str(engine)).observe(time.perf_counter() - began)
