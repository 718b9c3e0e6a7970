"""What a station says of a message once it is true: its metrics, and a line of the log by which it can be followed.

A line names opaque ids (event, message, conversation, turn, outbox) and never a word, number or name. At the level
`info` a message has one line, that of its turn; `NEUVO_LOG_LEVEL=debug` shows every station.
"""

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

import structlog

from gateway.core import road_metrics as metrics

log = structlog.get_logger()


def delivery_received(channel: str, kinds: Iterable[str], *, spooled: bool) -> None:
    """A delivery is safe: in the database, or on disk."""
    for kind in kinds:
        metrics.RECEIVED.labels(channel, kind).inc()
    if spooled:
        metrics.SPOOLED.labels(channel).inc()


def delivery_refused(channel: str) -> None:
    """Neither took it: the platform keeps it, and repeats it."""
    metrics.REFUSED.labels(channel).inc()


def message_processed(event: int | None, conversation: str) -> None:
    """An event has become a message of a conversation."""
    log.debug("message_processed", event_id=event, conversation=conversation)


def event_failed(event: int, kind: str, error: Exception) -> None:
    """An event could not be processed, and blocks no other."""
    metrics.EVENTS_FAILED.labels(kind).inc()
    log.error("event_not_processed", event_id=event, kind=kind, exc_info=error)


def turn_written(
    turn: str, conversation: str, messages: Sequence[int], channel: str, outcome: str, danger: str | None, waited: float
) -> None:
    """Messages have a turn; `waited` are the seconds since the oldest of them was processed."""
    metrics.TURNS.labels(channel, outcome).inc()
    metrics.TURN_LATENCY.observe(max(waited, 0))
    if danger is not None:
        metrics.DANGER.labels(danger).inc()
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
    metrics.SENT.labels(channel, author).inc()
    metrics.REPLY_LATENCY.labels(channel).observe(max(waited, 0))
    milliseconds = round(max(waited, 0) * 1000)
    log.debug("reply_sent", outbox_id=item, conversation=conversation, channel=channel, milliseconds=milliseconds)


def reply_failed(failure: str, *, final: bool) -> None:
    """An attempt failed; its line is logged where the class of the failure is known."""
    metrics.REPLY_FAILURES.labels(failure, "yes" if final else "no").inc()


def reply_dropped(item: str, conversation: str) -> None:
    """A queued reply will not go out: its author may not write any more."""
    metrics.DROPPED.inc()
    log.debug("reply_dropped", outbox_id=item, conversation=conversation)


def status_processed(event: int, item: str | None, channel: str, status: str, why: str | None) -> None:
    """A platform reported on a reply; `why` nothing changed, where nothing did."""
    metrics.STATUSES.labels(channel, status).inc()
    log.debug("status_processed", event_id=event, outbox_id=item, channel=channel, delivery=status, reason=why)


@contextmanager
def engine_request(engine: int) -> Iterator[None]:
    """A request to the dialogue engine of this number; a failure is counted by its class and raised."""
    began = time.perf_counter()
    try:
        yield
    except BaseException as error:
        metrics.ENGINE_FAILURES.labels(str(engine), type(error).__name__).inc()
        raise
    finally:
        metrics.ENGINE_LATENCY.labels(str(engine)).observe(time.perf_counter() - began)
