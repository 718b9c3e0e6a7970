"""Checks of the audit log: one chain across processes, and whatever is changed or removed is found."""

import ast
import asyncio
import csv
import datetime as dt
import io
import json
import re
import socket
from functools import partial
from pathlib import Path

import httpx2
import pytest
import time_machine
from fastapi import FastAPI
from hypothesis import HealthCheck, given
from hypothesis import settings as rule
from hypothesis import strategies as st
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from gateway.accounts import audit, audit_anchor, audit_chain, people
from gateway.accounts.models import AuditEntry, AuditHead
from gateway.accounts.routes_audit import _filtered, formula_safe
from gateway.accounts.wording import ACTIONS
from gateway.app import create_service
from gateway.core.actors import Role
from gateway.core.config.settings import PROJECT, Settings
from gateway.core.database import Database
from gateway.service import Service
from tests.worlds import tiers
from tests.worlds.commands import run_command
from tests.worlds.staff import browser, csrf_of, make_person, running, session_cookie

pytestmark = pytest.mark.anyio
# Where the action stands among the arguments.
ACTION_PLACES = {"record": 2, "record_about": 3}


async def write(service: Service, count: int, actor: str = "operator") -> None:
    for number in range(count):
        async with service.database.transaction() as session:
            await audit.record(session, actor, "tested", f"subject {number}", {"number": number, "ä": "ö"})


async def verdict(service: Service, noted: dict[int, str | None] | None = None) -> audit_chain.Verdict:
    async with service.database.transaction() as session:
        return await audit_chain.verify(session, noted)


async def tamper(database: Database, *statements: str) -> None:
    """What somebody can do who owns the database: take the triggers away, then change rows."""
    async with database.transaction() as session:
        if database.is_sqlite:
            for verb in ("update", "delete"):
                await session.execute(text(f"DROP TRIGGER IF EXISTS audit_entry_no_{verb}"))
        else:
            await session.execute(text("ALTER TABLE audit_entry DISABLE TRIGGER USER"))
        for statement in statements:
            await session.execute(text(statement))


async def test_an_untouched_log_is_whole(service: Service) -> None:
    assert (await verdict(service)).problem is None
    await write(service, 5)
    found = await verdict(service)
    assert (found.entries, found.problem) == (5, None)


@pytest.mark.parametrize("statement", ["UPDATE audit_entry SET actor = 'x'", "DELETE FROM audit_entry"])
async def test_the_database_itself_refuses_to_change_an_entry(service: Service, statement: str) -> None:
    await write(service, 2)
    with pytest.raises(DBAPIError, match="only grows"):
        async with service.database.transaction() as session:
            await session.execute(text(statement))
    assert (await verdict(service)).problem is None


@pytest.mark.parametrize(
    ("statements", "sentence"),
    [
        (["UPDATE audit_entry SET actor = 'x' WHERE number = 3"], "Entry 3 was changed"),
        (["UPDATE audit_entry SET details = '{}' WHERE number = 4"], "Entry 4 was changed"),
        (["UPDATE audit_entry SET action = 'nothing' WHERE number = 1"], "Entry 1 was changed"),
        (["DELETE FROM audit_entry WHERE number = 3"], "Entry 3 is missing"),
        (["DELETE FROM audit_entry WHERE number IN (2, 3)"], "Entry 2 to 3 is missing"),
        (["DELETE FROM audit_entry WHERE number = 1"], "Entry 1 is missing"),
        (["DELETE FROM audit_entry WHERE number >= 4"], "Entry 4 is missing: the log ends at entry 3, but 5"),
        (["DELETE FROM audit_entry"], "Entry 1 is missing: the log ends at entry 0, but 5"),
        (["DELETE FROM audit_head"], "The head row is missing"),
        (["UPDATE audit_head SET number = 4"], "The head row does not name the last entry"),
        (["UPDATE audit_entry SET number = 9 WHERE number = 5"], "Entry 5 to 8 is missing"),
    ],
)
async def test_the_first_broken_entry_is_named(service: Service, statements: list[str], sentence: str) -> None:
    await write(service, 5)
    await tamper(service.database, *statements)
    assert sentence in str((await verdict(service)).problem)


async def test_a_log_that_was_cut_together_with_its_head_is_found_by_a_hash_noted_elsewhere(service: Service) -> None:
    await write(service, 5)
    noted = await verdict(service)
    async with service.database.transaction() as session:
        fourth = await session.get_one(AuditEntry, 4)
    cut = f"UPDATE audit_head SET number = 4, hash = {_bytes(service, fourth.hash)}"
    await tamper(service.database, "DELETE FROM audit_entry WHERE number = 5", cut)
    assert (await verdict(service)).problem is None, "from inside it cannot be seen"
    assert "Entry 5, which was noted, is missing" in str((await verdict(service, {5: noted.head})).problem)
    await write(service, 1)
    assert "Entry 5 is not the one" in str((await verdict(service, {5: noted.head})).problem)


def _bytes(service: Service, value: bytes) -> str:
    return f"X'{value.hex()}'" if service.database.is_sqlite else f"'\\x{value.hex()}'::bytea"


async def test_many_writers_of_several_processes_make_one_chain(settings: Settings, service: Service) -> None:
    other = create_service(settings)
    await asyncio.gather(*(write(each, 10, f"writer {n}") for n, each in enumerate([service, other] * 4)))
    await other.close()
    found = await verdict(service)
    assert (found.entries, found.problem) == (80, None)


async def test_what_is_taken_back_leaves_no_entry_and_no_gap(service: Service) -> None:
    await write(service, 1)

    async def fail() -> None:
        async with service.database.transaction() as session:
            await audit.record(session, "operator", "never_happened", "x")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail()
    await write(service, 1)
    found = await verdict(service)
    assert (found.entries, found.problem) == (2, None)


async def prune(service: Service, days: int = 30) -> int:
    async with service.database.transaction() as session:
        return await audit_chain.prune(session, days)


async def grown_old(service: Service) -> None:
    """Three entries of two months ago, then two of now."""
    with time_machine.travel(dt.datetime.now(dt.UTC) - dt.timedelta(days=60)):
        await write(service, 3)
    await write(service, 2)


async def test_what_is_older_than_the_policy_goes_and_the_rest_can_still_be_verified(service: Service) -> None:
    await grown_old(service)
    noted = await verdict(service)
    assert await prune(service) == 3
    assert await prune(service) == 0
    async with service.database.transaction() as session:
        rows = list(await session.scalars(select(AuditEntry).order_by(AuditEntry.number)))
    assert [row.number for row in rows] == [4, 5, 6]
    assert (rows[-1].action, json.loads(rows[-1].details)["to"]) == ("audit_pruned", 3)
    found = await verdict(service, {2: "an entry of before", 5: noted.head})
    assert (found.entries, found.problem) == (6, None)
    with pytest.raises(DBAPIError, match="only grows"):
        async with service.database.transaction() as session:
            await session.execute(text("DELETE FROM audit_entry WHERE number = 4"))


@pytest.mark.parametrize(
    ("statements", "sentence"),
    [
        (["DELETE FROM audit_entry WHERE number = 4"], "Entry 4 is missing"),
        (["UPDATE audit_entry SET actor = 'x' WHERE number = 4"], "Entry 4 was changed"),
        (["UPDATE audit_head SET number = 0 WHERE id = 2"], "Entry 1 to 3 is missing"),
        (["DELETE FROM audit_head WHERE id = 2"], "Entry 1 to 3 is missing"),
    ],
)
async def test_after_that_what_is_broken_is_named_as_before(
    service: Service, statements: list[str], sentence: str
) -> None:
    await grown_old(service)
    await prune(service)
    await tamper(service.database, *statements)
    assert sentence in str((await verdict(service)).problem)


async def test_a_beginning_that_was_cut_off_without_the_policy_is_found(service: Service) -> None:
    await write(service, 5)
    async with service.database.transaction() as session:
        third = await session.get_one(AuditEntry, 3)
    base = f"INSERT INTO audit_head (id, number, hash) VALUES (2, 3, {_bytes(service, third.hash)})"
    await tamper(service.database, base, "DELETE FROM audit_entry WHERE number <= 3")
    assert "no entry says that their time was over" in str((await verdict(service)).problem)


async def test_an_anchor_outside_finds_a_log_that_was_rewritten_as_a_whole(
    settings: Settings, service: Service, tmp_path: Path
) -> None:
    kept = tmp_path / "anchors"
    anchored = settings.model_copy(update={"audit_anchor": str(kept)})
    service.settings = anchored
    await write(service, 3)
    await audit_anchor.write_anchor(service)
    await write(service, 1)
    await audit_anchor.write_anchor(service)
    key = audit_anchor.signing_key(settings).public_key()
    lines = kept.read_text("utf-8").splitlines()
    anchors = audit_anchor.read_anchors(["Nov 28 host neuvo-audit: " + lines[0], *lines[1:]], key)
    assert sorted(anchors) == [3, 4]
    assert (await verdict(service, anchors)).problem is None
    # Whoever owns the database writes the whole chain anew.
    start = f"UPDATE audit_head SET number = 0, hash = {_bytes(service, bytes(32))} WHERE id = 1"
    await tamper(service.database, "DELETE FROM audit_entry", start)
    await write(service, 4, "somebody else")
    assert (await verdict(service)).problem is None, "from inside it cannot be seen"
    assert "Entry 3 is not the one" in str((await verdict(service, anchors)).problem)


@pytest.mark.parametrize("wrong", ["no line", '{"number": 3}', "{}", None])
async def test_a_line_that_is_no_anchor_of_ours_is_named(settings: Settings, wrong: str | None) -> None:
    key = audit_anchor.signing_key(settings)
    line = audit_anchor.anchor_line(key, 3, bytes(32))
    changed = line.replace('"number": 3', '"number": 4') if wrong is None else wrong
    with pytest.raises(audit_anchor.AnchorWrong, match="Line 2"):
        audit_anchor.read_anchors([line, changed], key.public_key())


async def test_the_anchor_goes_to_a_syslog(service: Service, settings: Settings) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.settimeout(5)
        port = listener.getsockname()[1]
        service.settings = settings.model_copy(update={"audit_anchor": f"syslog:127.0.0.1:{port}"})
        await write(service, 2)
        await audit_anchor.write_anchor(service)
        heard = await asyncio.to_thread(listener.recv, 4096)
    line = heard.decode().rstrip("\x00")
    assert list(audit_anchor.read_anchors([line], audit_anchor.signing_key(settings).public_key())) == [2]


async def test_the_command_says_whole_or_the_broken_entry_and_its_status_tells(
    service: Service, settings: Settings
) -> None:
    await write(service, 3)
    run = partial(run_command, "audit", "verify", NEUVO_DATABASE_URL=settings.database_url)

    good = await asyncio.to_thread(run)
    assert (good.returncode, good.stdout[:34]) == (0, "The audit log is whole: 3 entries.")
    await tamper(service.database, "UPDATE audit_entry SET subject = 'y' WHERE number = 2")
    bad = await asyncio.to_thread(run)
    assert bad.returncode == 1
    assert bad.stdout.startswith("Entry 2 was changed after it was written (tested, ")


async def test_the_auditor_reads_filters_and_takes_along_what_no_spreadsheet_executes(settings: Settings) -> None:
    async with running(settings) as app:
        service = app.state.service
        auditor = await make_person(service, "auri", Role.AUDITOR)
        await write(service, 60)
        async with service.database.transaction() as session:
            await audit.record(session, "=cmd|' /C calc'!A0", "other", "+1")
        cookies = await session_cookie(app, auditor)
        async with browser(app, cookies) as client:
            page = await client.get("/audit")
            assert page.text.count("<tr>") == 51
            older = await client.get("/audit?before=12")
            assert older.text.count("<tr>") == 12
            assert (await client.get("/audit?action=other")).text.count("<tr>") == 2
            token = csrf_of(app, cookies)
            checked = await client.post("/audit/verify", data={"csrf_token": token})
            assert "The log is whole: 61 entries" in checked.text
            answer = await exported(app, client, token, action="other")
            rows = list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))
            assert [(row["actor"], row["subject"]) for row in rows] == [("'=cmd|' /C calc'!A0", "'+1")]
            whole = await exported(app, client, token)
            rows = list(csv.DictReader(io.StringIO(whole.text.removeprefix("\ufeff"))))
            assert [row["action"] for row in rows][-4:] == ["audit_exported", *EXPORT]
            assert json.loads(rows[0]["details"]) == {"number": 0, "ä": "ö"}


EXPORT = ["approval_asked", "approval_given", "audit_exported"]


async def exported(app: FastAPI, client: httpx2.AsyncClient, token: str, **chosen: str) -> httpx2.Response:
    """Ask for an export, let an administrator approve it, and fetch it."""
    asked = await client.post("/audit/export", data={"csrf_token": token, **chosen})
    assert asked.headers["location"] == "/approvals?said=asked"
    service = app.state.service
    async with service.database.transaction() as session:
        boss = await people.by_login(session, service.keyring, "aada")
    cookies = await session_cookie(app, boss or await make_person(service, "aada", Role.ADMINISTRATOR))
    async with browser(app, cookies) as other:
        found = re.search(r"/approvals/([0-9a-f-]{36})/approve", (await other.get("/approvals")).text)
        assert found
        fetched = {"csrf_token": token}
        assert (await client.post(f"/audit/export/{found[1]}", data=fetched)).status_code == 409
        await other.post(f"/approvals/{found[1]}/approve", data={"csrf_token": csrf_of(app, cookies)})
    answer = await client.post(f"/audit/export/{found[1]}", data=fetched)
    assert (await client.post(f"/audit/export/{found[1]}", data=fetched)).status_code == 409, "once"
    return answer


@rule(deadline=None, max_examples=tiers.examples(50), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text())
def test_no_cell_begins_a_formula_and_none_is_changed_otherwise(cell: str) -> None:
    safe = formula_safe(cell)
    assert not safe or safe[0] not in "=+-@\t\r"
    assert safe.removeprefix("'") == cell.removeprefix("'")


@rule(deadline=None, max_examples=tiers.examples(50), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(st.text(max_size=8), st.one_of(st.text(max_size=8), st.integers(), st.none(), st.booleans())))
def test_details_have_one_form(details: dict[str, object]) -> None:
    turned = dict(reversed(details.items()))
    assert audit.canonical(details) == audit.canonical(turned)
    assert json.loads(audit.canonical(details)) == details


async def test_the_head_row_exists_once(service: Service) -> None:
    async with service.database.transaction() as session:
        assert len((await session.scalars(select(AuditHead))).all()) == 1


def recorded_actions() -> set[str]:
    """Every action that the code writes into the log by a fixed name."""
    found = set()
    for path in (PROJECT / "gateway").rglob("*.py"):
        for call in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(call, ast.Call):
                continue
            name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
            given = [each.value for each in call.keywords if each.arg == "action" and name == "act"]
            place = ACTION_PLACES.get(name, len(call.args))
            given += [each for each in call.args[place : place + 1] if not isinstance(each, ast.JoinedStr)]
            found |= {each.value for one in given for each in ast.walk(one) if isinstance(each, ast.Constant)}
    return {each for each in found if isinstance(each, str) and " " not in each}  # the editors' git has a `record` too


def test_the_auditor_reads_each_action_in_words() -> None:
    actions = recorded_actions()
    some = {"signed_in", "number_shown", "conversation_opened", "note_written", "erased_by_citizen", "hours.saved"}
    assert some <= actions
    made = {f"legal_hold_{each}" for each in ("placed", "lifted")} | {
        f"bulletin.{each}" for each in ("published", "corrected", "published_alone", "corrected_alone")
    }
    assert (actions | made) - ACTIONS.keys() == set()


def test_a_day_of_the_filter_is_one_in_finland() -> None:
    asked = str(_filtered("", "", "2026-07-01", "2026-07-01").compile(compile_kwargs={"literal_binds": True}))
    assert "'2026-06-30 21:00:00" in asked
    assert "'2026-07-01 21:00:00" in asked
