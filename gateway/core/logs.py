"""Structured logs without personal data: no text, phone number, user id or wamid.

Each line carries the process's number and the release; an error its class, the database's SQLSTATE, and the frames of
our own code, never its message: that may quote a citizen or a row.
"""

import logging
import os
import re
import sys
from collections.abc import Callable, Mapping, MutableMapping
from pathlib import Path
from types import TracebackType
from typing import Any

import structlog

from gateway.core.log_repeats import LeaveOutRepeats
from gateway.core.metrics import count_event
from gateway.core.version import version

# A last redaction of every event, whoever logged it: long digit groups, wamids and
# business-scoped user ids (a wamid carries the phone number in base64).
_PERSONAL = re.compile(
    r"wamid\.[A-Za-z0-9+/=_-]+|\b[A-Z]{2}\.(?:ENT\.)?\w{6,}|(?<![0-9A-Za-z-])\+?\d[\d .-]{5,}\d(?![0-9A-Za-z-])"
)
# Fields of our own without personal data.
_SAFE = frozenset({"timestamp", "level", "event", "logger", "status", "milliseconds", "count", "port", "version"})
_PROJECT = f"{Path(__file__).resolve().parents[2]}{os.sep}"
_VERSION = version()
_FRAMES = 6  # of our own code, the innermost ones


def redact(text: str) -> str:
    """Replace what looks like a phone number, wamid or user id."""
    return _PERSONAL.sub("[hidden]", text)


def _redact_event(_: object, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for key, value in event.items():
        if key not in _SAFE and isinstance(value, str):
            event[key] = redact(value)
    return event


_report: Callable[[Mapping[str, Any]], None] | None = None


def report_errors_to(report: Callable[[Mapping[str, Any]], None] | None) -> None:
    """Give each line, redacted, to this function too, which must return at once; None: to nobody."""
    global _report
    _report = report


def _report_error(_: object, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    if _report is not None:
        _report(event)
    return event


def configure_logs(*, as_json: bool, level: int = logging.INFO) -> None:
    """One line per event on standard output: JSON in production, readable in development.

    In production a line that says again what one of the last ten seconds said is left out, and counted.
    """
    renderer: Any = (
        structlog.processors.JSONRenderer()
        if as_json
        else structlog.dev.ConsoleRenderer(
            colors=sys.stdout.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _name_exception,
            count_event,
            *([LeaveOutRepeats()] if as_json else []),
            _name_process,
            _redact_event,
            _report_error,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        # Each line in one piece: several processes share a pipe, and Python writes what it prints in two.
        logger_factory=structlog.WriteLoggerFactory(),
        cache_logger_on_first_use=True,
    )
    _configure_libraries()
    if as_json:
        sys.excepthook = _log_uncaught
    # Access logs would carry the handshake's token in their query string.
    logging.getLogger("uvicorn.access").disabled = True
    logging.getLogger("httpx2").setLevel(logging.WARNING)


class _ThroughStructlog(logging.Handler):
    """Warnings of libraries as events of ours, so that no traceback is written in another way than by this module."""

    def emit(self, record: logging.LogRecord) -> None:
        """Log the first line of the message (asyncio quotes an exception in the second) and the exception's place."""
        error = record.exc_info[1] if record.exc_info else None
        said = record.getMessage().partition("\n")[0]
        logger = structlog.get_logger().bind(logger=record.name, said=said)
        (logger.error if record.levelno >= logging.ERROR else logger.warning)("library", exc_info=error)


def _configure_libraries() -> None:
    root = logging.getLogger()
    root.handlers = [each for each in root.handlers if not isinstance(each, _ThroughStructlog)]
    root.addHandler(_ThroughStructlog(logging.WARNING))
    logging.lastResort = None


def _log_uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
        return
    structlog.get_logger().critical("process_ended", exc_info=error)


def _name_exception(_: object, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Log the class of an exception and where it was raised; its message may quote a citizen."""
    error = event.pop("exc_info", None)
    if error is True:
        error = sys.exc_info()[1]
    if isinstance(error, BaseException):
        event["error"] = type(error).__name__
        if (state := sqlstate_of(error)) is not None:
            event["sqlstate"] = state
        event["where"] = _where(error)
    return event


def sqlstate_of(error: BaseException) -> str | None:
    """PostgreSQL's SQLSTATE of an error or of what caused it, or SQLite's name for it; None where no database spoke."""
    seen: BaseException | None = error
    while seen is not None:
        for each in (seen, getattr(seen, "orig", None)):
            state = getattr(each, "sqlstate", None) or getattr(each, "sqlite_errorname", None)
            if isinstance(state, str):
                return state
        seen = seen.__cause__
    return None


def _where(error: BaseException) -> str:
    """Our own frames by file and line, from the outermost to the innermost, and the library's that raised it."""
    places, trace = [], error.__traceback__
    while trace is not None:
        places.append((trace.tb_frame.f_code.co_filename, trace.tb_lineno))
        trace = trace.tb_next
    own = [f"{file.removeprefix(_PROJECT)}:{line}" for file, line in places if _is_own(file)][-_FRAMES:]
    raised_by = [f"{file.rsplit(os.sep, 1)[-1]}:{line}" for file, line in places[-1:] if not _is_own(file)]
    return " > ".join(own + raised_by)


def _is_own(file: str) -> bool:
    return file.startswith(_PROJECT) and "site-packages" not in file


def _name_process(_: object, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    event["pid"], event["version"] = os.getpid(), _VERSION
    return event
