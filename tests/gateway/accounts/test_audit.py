"""Checks of the audit log: one chain across processes, and whatever is changed or removed is found."""

import ast
import asyncio
import csv
import io
import json
import subprocess
import sys

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as rule
from hypothesis import strategies as st
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from gateway.accounts import audit
from gateway.accounts.models import AuditEntry, AuditHead
from gateway.accounts.routes_audit import _filtered, formula_safe
from gateway.accounts.wording import ACTIONS
from gateway.app import create_service
from gateway.core.actors import Role
from gateway.core.config.settings import PROJECT, Settings
from gateway.core.database import Database
from gateway.service import Service
from tests.worlds import tiers
from tests.worlds.staff import browser, csrf_of, make_person, running, session_cookie

pytestmark = pytest.mark.anyio
# Where the action stands among the arguments.
ACTION_PLACES = {"record": 2, "record_about": 3}


async def write(service: Service, count: int, actor: str = "operator") -> None:
    for number in range(count):
        async with service.database.transaction() as session:
            await audit.record(session, actor, "tested", f"subject {number}", {"number": number, "ä": "ö"})


async def verdict(service: Service, *noted: object) -> audit.Verdict:
    async with service.database.transaction() as session:
        return await audit.verify(session, *noted)  # type: ignore[arg-type]


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
    assert "Entry 5, which was noted, is missing" in str((await verdict(service, 5, noted.head)).problem)
    await write(service, 1)
    assert "Entry 5 is not the one" in str((await verdict(service, 5, noted.head)).problem)


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


async def test_the_command_says_whole_or_the_broken_entry_and_its_status_tells(
    service: Service, settings: Settings
) -> None:
    await write(service, 3)
    environment = {"NEUVO_DATABASE_URL": settings.database_url, "PATH": "/usr/bin"}

    def run(*more: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "gateway", "audit", "verify", *more]
        return subprocess.run(command, env=environment, capture_output=True, text=True)

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
            answer = await client.post("/audit/export", data={"csrf_token": token, "action": "other"})
            rows = list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))
            assert [(row["actor"], row["subject"]) for row in rows] == [("'=cmd|' /C calc'!A0", "'+1")]
            whole = await client.post("/audit/export", data={"csrf_token": token})
            rows = list(csv.DictReader(io.StringIO(whole.text.removeprefix("\ufeff"))))
            assert [row["action"] for row in rows][-3:] == ["audit_verified", "audit_exported", "audit_exported"]
            assert json.loads(rows[0]["details"]) == {"number": 0, "ä": "ö"}


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
