"""What Sentry gets to see: nothing but the names, classes, places and opaque ids of our own log."""

import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from sentry_sdk.envelope import Envelope
from sentry_sdk.transport import Transport

from gateway.core import logs
from gateway.core.config.settings import PROJECT
from gateway.core.error_hook import ErrorHook
from tests.worlds.log_lines import configure_logs

WORDS = "salaisuus jonka kukaan ei saa tietää"
NUMBER = "+358401234567"
_DSN = "https://public@sentry.example/1"


class Envelopes(Transport):
    """Keeps what would be sent, as it would be sent."""

    seen: list[bytes] = []

    def capture_envelope(self, envelope: Envelope) -> None:
        self.seen.append(envelope.serialize())


@pytest.fixture
def hook() -> Iterator[None]:
    Envelopes.seen.clear()
    configure_logs(as_json=True)
    made = ErrorHook(_DSN, "production", Envelopes)
    logs.report_errors_to(made)
    yield
    logs.report_errors_to(None)
    made.close()
    configure_logs(as_json=False)


def events() -> list[dict[str, Any]]:
    return [json.loads(each.splitlines()[2]) for each in Envelopes.seen]


def fail(text: str) -> None:
    name, number = "Aino Salainen", NUMBER  # noqa: F841  # variables that a tracker would collect
    raise ValueError(f"{text} {number}")


def test_an_error_is_reported_with_class_place_and_ids_and_no_word_of_a_person(hook: None) -> None:
    log = structlog.get_logger()
    try:
        fail(WORDS)
    except ValueError as error:
        log.error("event_not_processed", event_id=17, conversation="ab" * 16, text=WORDS, to=NUMBER, exc_info=error)

    (event,) = events()
    whole = b"".join(Envelopes.seen).decode()
    for each in (WORDS, "salaisuus", "Aino", NUMBER, NUMBER[1:], "0401234567"):
        assert each not in whole
    (exception,) = event["exception"]["values"]
    assert (event["message"], exception["type"], exception["value"]) == ("event_not_processed", "ValueError", "")
    assert exception["stacktrace"]["frames"][-1]["filename"] == "tests/gateway/core/test_error_hook.py"
    assert event["tags"]["event_id"] == "17"
    assert event["tags"]["conversation"] == "ab" * 16
    assert not {"contexts", "modules", "server_name", "user", "request", "breadcrumbs", "extra"} & event.keys()
    assert "vars" not in whole


def test_what_is_no_error_is_not_reported(hook: None) -> None:
    structlog.get_logger().warning("connection_slow")
    structlog.get_logger().info("turn_written", text=WORDS)
    assert events() == []


def test_an_error_of_a_library_is_reported_without_what_it_says(hook: None) -> None:
    import logging

    logging.getLogger("asyncio").error("Task exception was never retrieved: %s %s", WORDS, NUMBER)
    (event,) = events()
    assert event["tags"]["logger"] == "asyncio"
    assert WORDS not in b"".join(Envelopes.seen).decode()
    assert NUMBER not in b"".join(Envelopes.seen).decode()


def test_a_number_in_an_id_is_blackened(hook: None) -> None:
    structlog.get_logger().error("reply_failed", conversation=NUMBER, kind=f"to {NUMBER}")
    (event,) = events()
    assert NUMBER[1:] not in json.dumps(event)
    assert event["tags"]["conversation"] == "[hidden]"


def test_a_storm_of_one_error_is_reported_once(hook: None) -> None:
    for _ in range(50):
        structlog.get_logger().error("database_away")
    assert len(events()) == 1


def test_the_service_reports_only_where_an_address_is_set() -> None:
    code = (
        "import asyncio, sys\n"
        "from gateway.core.config.settings import Settings\n"
        "from gateway.core.observers import observed\n"
        "async def main(dsn):\n"
        "    async with observed(Settings(sentry_dsn=dsn), 'p'):\n"
        "        return 'sentry_sdk' in sys.modules\n"
        f"assert not asyncio.run(main(None)) and asyncio.run(main({_DSN!r}))"
    )
    run = subprocess.run([sys.executable, "-c", code], cwd=PROJECT, check=False, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
