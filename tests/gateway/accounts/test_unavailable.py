"""Checks of pages while the database is away: 503 in the reader's words, and a bug stays a 500."""

import sqlite3
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

from gateway.accounts.unavailable import RETRY_AFTER
from gateway.core.actors import Role
from gateway.core.config.settings import Settings
from gateway.core.crypto import DataKeys
from gateway.core.database import Database
from gateway.core.db_errors import is_database_unavailable
from gateway.core.errors import StorageUnavailable
from gateway.core.keyring import Keyring
from gateway.service import Service
from gateway.worker import Worker
from tests.worlds import officers as desk
from tests.worlds.outage import away, read_only
from tests.worlds.staff import browser, csrf_of, make_person, running, session_cookie, token_in

pytestmark = pytest.mark.anyio
only_postgres = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
TITLES = {
    "fi": "Palvelu on hetken poissa",
    "sv": "Tjänsten är borta en stund",
    "en": "The service is away for a moment",
}
PUBLIC = {
    "fi": "Sivua ei saada juuri nyt näkyviin",
    "sv": "Sidan kan inte visas just nu",
    "en": "This page cannot be shown right now",
}


@only_postgres
@pytest.mark.parametrize("language", TITLES)
async def test_the_staff_read_in_their_language_that_the_database_is_away(settings: Settings, language: str) -> None:
    async with running(settings) as app:
        login = f"o{uuid.uuid4().hex[:6]}"
        person = await make_person(app.state.service, login, Role.OFFICER, language=language)
        talk = await desk.owned(app.state.service, desk.SARI)
        cookies = await session_cookie(app, person)
        async with browser(app, cookies) as client:
            client.headers["accept-language"] = "de"
            before = await client.get("/console")
            form = {"csrf_token": token_in(before), "text": "Hei!", "form_id": str(uuid.uuid4())}
            path = f"/console/conversations/{talk}/reply"
            async with away(settings.database_url):
                opened = await client.get("/console?language=fi")
                sent = await client.post(path, data=form)
                quiet = await client.post(path, data=form, headers={"x-live": "1", "accept": "*/*"})
            after = await client.get("/console")

    assert [each.status_code for each in (before, opened, sent, quiet, after)] == [200, 503, 503, 503, 200]
    for page in (opened, sent):
        assert f"<h1>{TITLES[language]}</h1>" in page.text
        assert f'<html lang="{language}">' in page.text
        assert page.headers["retry-after"] == str(RETRY_AFTER)
        assert page.headers["cache-control"] == "no-store"
        assert "psycopg" not in page.text
    assert 'href="/console?language=fi"' in opened.text
    assert path not in sent.text, "what was sent cannot be fetched"
    assert quiet.json()["error"].endswith(("uudelleen.", "en stund.", "in a moment."))


@only_postgres
@pytest.mark.parametrize("path", ["/bulletins", "/figures"])
async def test_citizens_read_it_too_and_112_first(settings: Settings, path: str) -> None:
    async with running(settings) as app, browser(app) as client, away(settings.database_url):
        for language, title in PUBLIC.items():
            page = await client.get(f"{path}?lang={language}")
            assert page.status_code == 503
            assert title in page.text
            assert page.text.index("112") < page.text.index('class="page-lead"')
        feed = await client.get("/bulletins.atom", headers={"accept": "application/atom+xml"})
        assert (feed.status_code, feed.headers["content-type"]) == (503, "application/json")


@only_postgres
async def test_what_the_database_refuses_because_of_us_is_a_bug_and_what_it_cannot_do_now_is_none(
    settings: Settings,
) -> None:
    database = Database(settings.database_url)

    async def failing(statement: str) -> DBAPIError:
        with pytest.raises(DBAPIError) as caught:
            async with database.transaction() as session:
                await session.execute(text(statement))
        return caught.value

    assert not is_database_unavailable(await failing("SELECT * FROM no_such_table"))
    assert not is_database_unavailable(
        await failing("INSERT INTO audit_head (id, number, hash) SELECT 1, 1, '' FROM audit_head")
    )
    assert not is_database_unavailable(await failing("SELECT 1/0"))
    async with read_only(settings.database_url):
        assert is_database_unavailable(await failing("CREATE TABLE anything (id int)"))
    async with away(settings.database_url):
        assert is_database_unavailable(await failing("SELECT 1"))
    await database.close()


@pytest.fixture
def held(tmp_path: Path) -> Iterator[Path]:
    """A database file that somebody else writes to."""
    other = sqlite3.connect(tmp_path / "held.db", isolation_level=None)
    other.execute("CREATE TABLE one (id INTEGER PRIMARY KEY)")
    other.execute("BEGIN IMMEDIATE")
    yield tmp_path / "held.db"
    other.close()


def test_a_locked_file_is_away_and_a_wrong_question_is_not(held: Path, tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{held}", connect_args={"timeout": 0})
    for statement, expected in (("INSERT INTO one VALUES (1)", True), ("SELECT * FROM no_such_table", False)):
        with pytest.raises(DBAPIError) as caught, engine.begin() as connection:
            connection.execute(text(statement))
        assert is_database_unavailable(caught.value) is expected, statement
    engine.dispose()
    nowhere = create_engine(f"sqlite:///{tmp_path}/nowhere/neuvo.db")
    with pytest.raises(DBAPIError) as caught, nowhere.begin():
        pass
    assert is_database_unavailable(caught.value)
    assert not is_database_unavailable(ValueError("anything else"))


def test_keys_that_were_never_read_are_the_databases_fault() -> None:
    keyring = Keyring(DataKeys(Settings().data_key.get_secret_value()))
    with pytest.raises(StorageUnavailable):
        keyring.fingerprint("login", "olivia")
    with pytest.raises(StorageUnavailable):
        keyring.current_inbox_key()


async def test_the_language_is_kept_by_the_browser_and_no_script_reads_it(settings: Settings) -> None:
    async with running(settings) as app:
        person = await make_person(app.state.service, "olivia", Role.OFFICER, language="sv")
        cookies = await session_cookie(app, person)
        async with browser(app, cookies) as client:
            first = await client.get("/account")
            again = await client.get("/account")
            await client.post("/account/language", data={"csrf_token": csrf_of(app, cookies), "language": "fi"})
            changed = await client.get("/account")
    assert "neuvo_language=sv" in first.headers["set-cookie"]
    assert "HttpOnly" in first.headers["set-cookie"]
    assert "set-cookie" not in again.headers
    assert "neuvo_language=fi" in changed.headers["set-cookie"]


async def test_a_postgresql_that_was_told_not_to_tidy_up_by_itself_is_warned_of(service: Service) -> None:
    told_not_to = False
    if not service.database.is_sqlite:
        told_not_to = (await service.database.execute_autocommit(text("SHOW autovacuum")))[0][0] == "off"
    worker = Worker(service)
    with structlog.testing.capture_logs() as logs:
        await worker.start()
        await worker.stop()

    assert ("autovacuum_off" in {each["event"] for each in logs}) is told_not_to
