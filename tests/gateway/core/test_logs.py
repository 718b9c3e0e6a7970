"""Checks of log lines: they name no person."""

import asyncio
import gc
import json
import logging
from collections.abc import Iterator

import pytest
import structlog
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from gateway.core.database import Database
from gateway.core.logs import configure_logs, redact


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
    structlog.configure(cache_logger_on_first_use=False)
    logging.getLogger("uvicorn.error").setLevel(logging.NOTSET)  # a server of another test may have silenced it
    yield
    configure_logs(as_json=False)
    structlog.configure(cache_logger_on_first_use=False)


@pytest.mark.anyio
async def test_no_error_of_the_database_quotes_what_was_looked_for(database_url: str) -> None:
    database = Database(database_url)
    try:
        with pytest.raises(DBAPIError) as caught:
            await database.execute_autocommit(text("SELECT no_column FROM contact WHERE id = :who"), {"who": "Aino"})
    finally:
        await database.close()

    assert "Aino" not in str(caught.value)


def test_a_librarys_traceback_names_the_place_and_not_what_was_said(
    production_logs: None, capfd: pytest.CaptureFixture[str]
) -> None:
    try:
        raise ValueError("mun nimi on Aino")
    except ValueError:
        logging.getLogger("uvicorn.error").exception("Exception in ASGI application\n")
    event = json.loads(capfd.readouterr().out)

    assert (event["event"], event["logger"], event["error"]) == ("library", "uvicorn.error", "ValueError")
    assert event["where"].startswith("test_logs.py:")
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
