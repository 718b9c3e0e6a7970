"""Errors as events of Sentry, for a force that has one; loaded only where NEUVO_SENTRY_DSN is set.

An event is made from the line of our log that is written anyway, and only from its fields named here: the name of the
event, classes, places in our own code, opaque ids. The SDK's own collecting (variables, requests, breadcrumbs, names of
machines, messages of exceptions) is off, because any of it may quote a citizen.
"""

from collections.abc import Mapping
from typing import Any, Final

import sentry_sdk
from sentry_sdk.transport import Transport

from gateway.core.logs import redact
from gateway.core.version import version

# Opaque ids and closed words of a line that an event may carry.
TAGS: Final = ("logger", "sqlstate", "trace", "conversation", "turn", "outbox_id", "event_id", "engine", "kind", "task")
LEVELS: Final = frozenset({"error", "critical"})
_FATAL: Final = {"critical": "fatal"}


class ErrorHook:
    """Sends each error of the log; `transport` replaces the SDK's own in tests."""

    def __init__(self, dsn: str, environment: str, transport: type[Transport] | None = None) -> None:
        self._client = sentry_sdk.Client(
            dsn=dsn,
            environment=environment,
            release=f"neuvo@{version()}",
            server_name="",
            transport=transport,
            default_integrations=False,
            auto_enabling_integrations=False,
            integrations=[],
            include_local_variables=False,
            include_source_context=False,
            max_breadcrumbs=0,
            auto_session_tracking=False,
            send_client_reports=False,
            before_send=_only_ours,
        )

    def __call__(self, line: Mapping[str, Any]) -> None:
        """A line of the log, after its redaction."""
        if line.get("level") in LEVELS:
            self._client.capture_event(event_of(line))

    def close(self) -> None:
        """Send what waits, within two seconds."""
        self._client.close(timeout=2.0)


def event_of(line: Mapping[str, Any]) -> Any:
    """The event of a line: nothing but what is named here."""
    tags = {name: redact(str(line[name])) for name in TAGS if line.get(name) is not None}
    event: dict[str, Any] = {
        "level": _FATAL.get(str(line["level"]), str(line["level"])),
        "logger": "neuvo",
        "message": redact(str(line.get("event", ""))),
        "tags": tags,
        "fingerprint": [str(line.get("event", "")), str(line.get("error", "")), str(line.get("where", ""))],
    }
    if (error := line.get("error")) is not None:
        frames = [_frame(each) for each in str(line.get("where", "")).split(" > ") if each]
        event["exception"] = {"values": [{"type": str(error), "value": "", "stacktrace": {"frames": frames}}]}
    return event


def _frame(place: str) -> dict[str, Any]:
    file, _, number = place.rpartition(":")
    return {"filename": file, "lineno": int(number) if number.isdecimal() else None, "in_app": "/" in file}


def _only_ours(event: Any, _: Any) -> Any:
    """What the SDK has added about this machine and its packages goes again."""
    for name in ("modules", "extra", "user", "request", "breadcrumbs", "server_name", "contexts", "threads"):
        event.pop(name, None)
    return event
