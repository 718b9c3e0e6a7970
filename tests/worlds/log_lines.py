"""Log lines of a test: as the real process writes them, and each test of a process its own."""

import logging

import structlog

from gateway.core.logs import configure_logs as configure_logs_of_a_process


def configure_logs(*, as_json: bool, level: int = logging.INFO) -> None:
    """As `gateway.core.logs.configure_logs`, without loggers that keep it: the next test sets its own."""
    configure_logs_of_a_process(as_json=as_json, level=level)
    structlog.configure(cache_logger_on_first_use=False)
