"""Prometheus metrics of the road of a message, counted as things happen in this process; no label names a person.

Counters begin at zero when the process starts and never fall: ask for `rate` or `increase`, summed over processes.
"""

from prometheus_client import Counter, Histogram

from gateway.core.metrics import REGISTRY

_WAITS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800)

RECEIVED = Counter(
    "neuvo_events_received_total",
    "Updates of platforms that were stored or spooled, repeats included.",
    ["channel", "kind"],
    registry=REGISTRY,
)
SPOOLED = Counter(
    "neuvo_deliveries_spooled_total",
    "Deliveries that went to the spool, because the database did not take them.",
    ["channel"],
    registry=REGISTRY,
)
REFUSED = Counter(
    "neuvo_deliveries_refused_total",
    "Deliveries that neither database nor spool took; the platform repeats them.",
    ["channel"],
    registry=REGISTRY,
)
EVENTS_FAILED = Counter(
    "neuvo_events_failed_total", "Updates that could not be processed, by kind.", ["kind"], registry=REGISTRY
)
TURNS = Counter("neuvo_turns_total", "Turns that were written, by outcome.", ["channel", "outcome"], registry=REGISTRY)
DANGER = Counter(
    "neuvo_turns_with_danger_total", "Turns in which danger was found, by kind.", ["danger"], registry=REGISTRY
)
TURN_LATENCY = Histogram(
    "neuvo_turn_latency_seconds",
    "From the processing of a turn's oldest message to the written turn.",
    buckets=_WAITS,
    registry=REGISTRY,
)
SENT = Counter(
    "neuvo_replies_sent_total", "Replies that a platform accepted, by author.", ["channel", "author"], registry=REGISTRY
)
REPLY_LATENCY = Histogram(
    "neuvo_reply_latency_seconds",
    "From a reply's queueing to its acceptance by the platform.",
    ["channel"],
    buckets=_WAITS,
    registry=REGISTRY,
)
REPLY_FAILURES = Counter(
    "neuvo_reply_failures_total",
    "Attempts that failed, by class; final: no further attempt follows.",
    ["failure", "final"],
    registry=REGISTRY,
)
DROPPED = Counter(
    "neuvo_replies_dropped_total", "Queued replies whose author might not write any more.", registry=REGISTRY
)
STATUSES = Counter(
    "neuvo_statuses_total", "Delivery statuses that were processed.", ["channel", "status"], registry=REGISTRY
)
ENGINE_LATENCY = Histogram(
    "neuvo_engine_request_seconds",
    "Time of a request to a dialogue engine, by its number in the setting.",
    ["engine"],
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
    registry=REGISTRY,
)
ENGINE_FAILURES = Counter(
    "neuvo_engine_failures_total",
    "Requests to a dialogue engine without a complete answer, by reason.",
    ["engine", "reason"],
    registry=REGISTRY,
)
