"""Checks of log lines: they name no person."""

import asyncio
import gc
import json
import logging
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from gateway.core.config.settings import PROJECT
from gateway.core.database import Database
from gateway.core.log_repeats import QUIET
from gateway.core.logs import redact
from gateway.core.version import version
from tests.worlds.log_lines import configure_logs


@pytest.mark.parametrize(
    "secret",
    ["wamid.HBgLMTY1MDM4Nzk0MzkVAgA=", "+358 40 123 4567", "358401234567", "FI.13491208655302741918", "09 2525 0111"],
)
def test_a_log_line_never_shows_a_number_or_an_id_of_a_person(secret: str) -> None:
    assert redact(f"went to {secret} today") == "went to [hidden] today"


def test_a_log_line_keeps_our_own_ids_and_small_numbers() -> None:
    line = "outbox 7f1c9a34-1b1f-4b8e-8a57-0d3f6f0b7c22 code 131047 after 250"

    assert redact(line) == line


@pytest.fixture
def production_logs() -> Iterator[None]:
    configure_logs(as_json=True)
    for name in ("uvicorn", "uvicorn.error"):  # a server of another test may have taken them for itself
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate, logger.disabled = [], True, False
        logger.setLevel(logging.NOTSET)
    yield
    configure_logs(as_json=False)


@pytest.mark.anyio
async def test_no_error_of_the_database_quotes_what_was_looked_for(database_url: str) -> None:
    database = Database(database_url)
    question, sought = text("SELECT no_column FROM contact WHERE id = :who"), {"who": "Aino"}
    try:
        with pytest.raises(DBAPIError) as alone:
            await database.execute_autocommit(question, sought)
        with pytest.raises(DBAPIError) as on_a_page:
            async with database.transaction() as session:
                await session.execute(question, sought)
    finally:
        await database.close()

    assert "Aino" not in f"{alone.value} {on_a_page.value}"


def test_a_librarys_traceback_names_the_place_and_not_what_was_said(
    production_logs: None, capfd: pytest.CaptureFixture[str]
) -> None:
    try:
        raise ValueError("mun nimi on Aino")
    except ValueError:
        logging.getLogger("uvicorn.error").exception("Exception in ASGI application\n")
    event = json.loads(capfd.readouterr().out)

    assert (event["event"], event["logger"], event["error"]) == ("library", "uvicorn.error", "ValueError")
    assert event["where"].startswith("tests/gateway/core/test_logs.py:")
    assert "Aino" not in json.dumps(event)


def test_a_task_that_nobody_waits_for_does_not_say_what_broke_it(
    production_logs: None, capfd: pytest.CaptureFixture[str]
) -> None:
    async def broken() -> None:
        raise ValueError("mun nimi on Aino")

    async def nobody_waits() -> None:
        task = asyncio.create_task(broken())
        await asyncio.wait({task})
        del task
        gc.collect()

    asyncio.run(nobody_waits())
    said = capfd.readouterr()

    assert "never retrieved" in said.out
    assert "Aino" not in said.out + said.err


def lines(capfd: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capfd.readouterr().out.splitlines() if line.startswith("{")]


def test_every_line_says_which_process_of_which_release_wrote_it(
    production_logs: None, capfd: pytest.CaptureFixture[str]
) -> None:
    structlog.get_logger().info("hello")
    logging.getLogger("some.library").warning("of a library")

    for line in lines(capfd):
        assert (line["pid"], line["version"]) == (os.getpid(), version())


def test_a_line_is_written_in_one_piece_so_that_two_processes_share_a_pipe() -> None:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)  # a datagram for each write
    says = (
        "import structlog; from gateway.core.logs import configure_logs; configure_logs(as_json=True);"
        "structlog.get_logger().info('hello')"
    )
    with ours, theirs:
        subprocess.run([sys.executable, "-u", "-c", says], stdout=theirs.fileno(), cwd=PROJECT, check=True)
        written = ours.recv(65536)

    assert json.loads(written)["event"] == "hello"
    assert written.endswith(b"}\n")


@pytest.mark.anyio
async def test_an_error_of_the_database_says_its_state_and_our_frames_and_nothing_of_the_row(
    database_url: str, production_logs: None, capfd: pytest.CaptureFixture[str]
) -> None:
    database = Database(database_url)
    try:
        await database.execute_autocommit(
            text("INSERT INTO suspended_number (channel, business_number) VALUES (:one, 'Aino 0401234567')"),
            {"one": "whatsapp"},
        )
    except DBAPIError as error:
        structlog.get_logger().error("not_written", exc_info=error)
    finally:
        await database.close()
    (line,) = lines(capfd)

    assert line["sqlstate"] in {"23502", "SQLITE_CONSTRAINT_NOTNULL"}
    assert line["error"] == "IntegrityError"
    assert re.fullmatch(
        r"tests/gateway/core/test_logs\.py:\d+ > gateway/core/database\.py:\d+( > gateway/core/\w+\.py:\d+)*"
        r"( > \w+\.py:\d+)?",
        line["where"],
    )
    assert not re.search("Aino|0401|suspended", json.dumps(line))


def test_what_is_said_again_and_again_is_said_once_and_counted_and_what_has_an_id_each_time(
    production_logs: None, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = 100.0
    monkeypatch.setattr("gateway.core.log_repeats.time.monotonic", lambda: clock)
    log = structlog.get_logger()
    for _ in range(20):
        log.error("step_failed", station="inbox")
    log.error("step_failed", station="outbox")
    for number in range(3):
        log.warning("reply_failed", outbox_id=f"id-{number}")
        log.info("turn_written", turn="same")
    clock += QUIET
    log.error("step_failed", station="inbox")

    said = lines(capfd)
    inbox = [line.get("repeated", 0) for line in said if line.get("station") == "inbox"]
    assert inbox == [0, 19]
    assert [line["outbox_id"] for line in said if line["event"] == "reply_failed"] == ["id-0", "id-1", "id-2"]
    assert len([line for line in said if line["event"] == "turn_written"]) == 3
    assert len([line for line in said if line.get("station") == "outbox"]) == 1
