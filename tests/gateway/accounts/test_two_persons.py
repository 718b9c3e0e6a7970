"""Checks that roles, recoveries and exports take two people, that who left opens nothing, and that owners are told."""

import re
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass

import httpx2
import pyotp
import pytest
from fastapi import FastAPI
from sqlalchemy import select, update

from gateway.accounts import approvals, people
from gateway.accounts.models import Approval, ApprovalKind, AuditEntry, StaffPerson
from gateway.core.actors import Role
from gateway.core.config.settings import Settings
from gateway.core.database import now
from tests.worlds.staff import (
    PASSWORD,
    browser,
    csrf_of,
    make_person,
    running,
    send_form,
    session_cookie,
    sign_in,
    token_in,
)

pytestmark = pytest.mark.anyio
OTHER = "another long sentence of hers"


@dataclass
class Office:
    """The application with two administrators and an officer."""

    app: FastAPI
    aada: StaffPerson
    aatu: StaffPerson
    olivia: StaffPerson

    async def press(self, person: StaffPerson, path: str, **fields: str | list[str]) -> httpx2.Response:
        cookies = await session_cookie(self.app, person)
        async with browser(self.app, cookies) as client:
            return await client.post(path, data={"csrf_token": csrf_of(self.app, cookies), **fields})

    async def page(self, who: StaffPerson, path: str) -> str:
        async with browser(self.app, await session_cookie(self.app, who)) as client:
            return (await client.get(path)).text

    async def waiting(self, who: StaffPerson) -> list[str]:
        return re.findall(r"/approvals/([0-9a-f-]{36})/approve", await self.page(who, "/approvals"))

    async def approve(self, who: StaffPerson) -> str:
        (request,) = await self.waiting(who)
        return (await self.press(who, f"/approvals/{request}/approve")).text

    async def person(self, login: str) -> StaffPerson:
        service = self.app.state.service
        async with service.database.transaction() as session:
            found = await people.by_login(session, service.keyring, login)
        assert found is not None
        return found

    async def enrol(self, link: str, word: str = "", password: str = OTHER) -> int:
        async with browser(self.app) as client:
            page, given = await client.get(link), {"code": link.partition("code=")[2], "word": word}
            first = await send_form(client, page, "/enrol", password=password, repeated=password, **given)
            if first.status_code != 303:
                return first.status_code
            page = await client.get("/enrol/factor")
            secret = re.search(r'id="secret">([A-Z2-7]+)<', page.text)
            assert secret
            answer = await send_form(client, page, "/enrol/code", code=pyotp.TOTP(secret[1]).now())
            return answer.status_code

    async def actions(self) -> list[str]:
        async with self.app.state.service.database.transaction() as session:
            return list(await session.scalars(select(AuditEntry.action).order_by(AuditEntry.number)))


@pytest.fixture
async def office(settings: Settings) -> AsyncIterator[Office]:
    async with running(settings) as app:
        service = app.state.service
        aada, aatu = [await make_person(service, login, Role.ADMINISTRATOR) for login in ("aada", "aatu")]
        yield Office(app, aada, aatu, await make_person(service, "olivia", Role.OFFICER))


def link_in(page: httpx2.Response) -> str:
    found = re.search(r"/enrol\?code=[\w-]+", page.text)
    assert found, page.text
    return found.group()


def _read(page: str) -> str:
    """The words of a page, without its tags."""
    return " ".join(re.sub(r"<[^>]+>", "", page).split())


def word_in(page: str) -> str:
    found = re.search(r'id="word">.*?<b class="code nowrap">([a-z0-9-]+)</b>', page, re.DOTALL)
    assert found, page
    return found[1]


async def test_an_invitation_opens_nothing_before_another_administrator_approves_and_without_their_word(
    office: Office,
) -> None:
    link = link_in(await office.press(office.aada, "/accounts", login="uuno", name="Uuno", roles=["officer"]))
    assert await office.waiting(office.aada) == [], "nobody approves their own"
    for word in ("", "aaaa-bbbb"):
        assert await office.enrol(link, word) == 401
    assert await office.enrol(link, "\x00") == 400
    word = word_in(await office.approve(office.aatu))
    assert await office.enrol(link) == 401, "who asked knows the link alone"
    assert await office.enrol(link, "aaaa-bbbb") == 401
    assert await office.enrol(link, f" {word.upper()} ") == 303
    assert await office.enrol(link, word) == 401
    assert [each for each in await office.actions() if each.startswith(("approval", "enrolled"))] == [
        "approval_asked",
        "approval_given",
        "enrolled",
    ]


async def test_one_administrator_cannot_take_over_an_officers_account(office: Office) -> None:
    link = link_in(await office.press(office.aada, f"/accounts/{office.olivia.id}/reset"))
    async with browser(office.app) as client:
        assert (await sign_in(client)).status_code == 303, "nothing has happened to it yet"
    assert await office.enrol(link) == 401
    word = word_in(await office.approve(office.aatu))
    async with browser(office.app) as client:
        assert (await sign_in(client)).status_code == 401
    assert await office.enrol(link) == 401
    assert await office.enrol(link, word) == 303
    assert "Your account was recovered" in await office.page(await office.person("olivia"), "/account")


async def test_roles_change_when_another_has_approved_and_not_when_refused(office: Office) -> None:
    path = f"/accounts/{office.olivia.id}/roles"
    asked = await office.press(office.aada, path, roles=["officer", "supervisor"])
    assert asked.headers["location"].endswith("?said=asked")
    assert (await office.person("olivia")).roles == ["officer"]
    (request,) = await office.waiting(office.aatu)
    for nobody in (office.aada, office.olivia):
        assert (await office.press(nobody, f"/approvals/{request}/approve")).status_code in (403, 409)
    await office.press(office.aatu, f"/approvals/{request}/refuse")
    assert (await office.press(office.aatu, f"/approvals/{request}/approve")).status_code == 409
    assert (await office.person("olivia")).roles == ["officer"]
    await office.press(office.aada, path, roles=["officer", "supervisor"])
    await office.approve(office.aatu)
    assert (await office.person("olivia")).roles == ["officer", "supervisor"]


async def test_the_approver_reads_from_which_roles_to_which_and_who_asks(office: Office) -> None:
    await office.press(office.aada, f"/accounts/{office.olivia.id}/roles", roles=["editor", "supervisor"])
    page = _read(await office.page(office.aatu, "/approvals"))
    assert "Change of roles · Olivia Example Officer → Editor Supervisor · asked by Aada Example, " in page


async def test_the_approver_reads_what_somebody_without_roles_gets_and_what_one_who_is_invited(office: Office) -> None:
    rolf = await make_person(office.app.state.service, "rolf")
    await office.press(office.aada, f"/accounts/{rolf.id}/roles", roles=["editor"])
    await office.press(office.aada, "/accounts", login="uuno", name="Uuno", roles=["officer"])
    page = _read(await office.page(office.aatu, "/approvals"))
    assert "Rolf Example no roles → Editor · asked by" in page
    assert "Invitation · Uuno Officer · asked by" in page


@pytest.mark.parametrize(
    ("notes", "said"), [(True, "Official duty · with notes · asked"), (False, "Official duty · asked")]
)
async def test_the_approver_of_a_conversations_export_reads_whether_the_notes_go_along(
    office: Office, notes: bool, said: str
) -> None:
    sanna = await make_person(office.app.state.service, "sanna", Role.SUPERVISOR)
    async with office.app.state.service.database.transaction() as session:
        content = {"ground": "duty", "notes": notes}
        await approvals.ask(session, ApprovalKind.TRANSCRIPT, office.olivia.id, "a conversation", content=content)
    assert said in _read(await office.page(sanna, "/approvals"))


async def test_nobody_approves_what_is_about_themselves(office: Office) -> None:
    await office.press(office.aada, f"/accounts/{office.aatu.id}/roles", roles=["editor", "administrator"])
    assert await office.waiting(office.aatu) == []


@pytest.mark.parametrize("how", ["block", "leave"])
async def test_who_takes_the_other_administrator_away_is_not_alone_by_it(office: Office, how: str) -> None:
    await office.press(office.aada, f"/accounts/{office.aatu.id}/{how}")
    await office.press(office.aada, f"/accounts/{office.olivia.id}/roles", roles=["supervisor"])
    link = link_in(await office.press(office.aada, f"/accounts/{office.olivia.id}/reset"))
    assert (await office.person("olivia")).roles == ["officer"]
    assert await office.enrol(link) == 401


async def test_the_first_administrator_installs_alone_until_another_is_set_up(settings: Settings) -> None:
    async with running(settings) as app:
        boss = await make_person(app.state.service, "aada", Role.ADMINISTRATOR)
        office = Office(app, boss, boss, boss)
        second = link_in(
            await office.press(office.aada, "/accounts", login="aatu", name="Aatu", roles=["administrator"])
        )
        first = link_in(await office.press(office.aada, "/accounts", login="olivia", name="O", roles=["officer"]))
        assert await office.enrol(first) == 303
        assert await office.enrol(second) == 303
        third = link_in(await office.press(office.aada, "/accounts", login="oskar", name="Oskar", roles=["officer"]))
        assert await office.enrol(third) == 401
        async with app.state.service.database.transaction() as session:
            alone = await session.scalars(select(AuditEntry.details).where(AuditEntry.action == "person_invited"))
            assert ['"alone":true' in each for each in alone] == [True, True]


async def test_who_has_left_opens_nothing_and_is_still_named_in_the_log(office: Office) -> None:
    auditor = await make_person(office.app.state.service, "auri", Role.AUDITOR)
    async with browser(office.app) as client:
        assert (await sign_in(client)).status_code == 303
        assert (await client.get("/account")).status_code == 200
        gone = await office.press(office.aada, f"/accounts/{office.olivia.id}/leave")
        assert gone.headers["location"].endswith("?said=left")
        assert (await client.get("/account")).headers["location"].startswith("/sign-in")
        assert (await sign_in(client)).status_code == 401
    log = await office.page(auditor, "/audit")
    assert log.count("Olivia Example") >= 2
    again = await office.press(office.aada, "/accounts", login="olivia", name="Another", roles=["editor"])
    assert again.status_code == 200, "the name is free for somebody else"
    async with office.app.state.service.database.transaction() as session:
        left = await session.get_one(StaffPerson, office.olivia.id)
        assert (left.password_hash, left.code_secret_sealed, left.invitation_hash) == (None, None, None)


@pytest.mark.parametrize("how", ["leave", "block"])
async def test_an_invitation_of_who_left_or_is_blocked_is_worth_nothing(office: Office, how: str) -> None:
    link = link_in(await office.press(office.aada, "/accounts", login="uuno", name="Uuno", roles=["officer"]))
    word = word_in(await office.approve(office.aatu))
    await office.press(office.aada, f"/accounts/{(await office.person('uuno')).id}/{how}")
    assert await office.enrol(link, word) == 401


async def test_a_new_factor_and_a_new_password_are_told_to_their_owner_until_confirmed(office: Office) -> None:
    async with browser(office.app, await session_cookie(office.app, office.olivia)) as thief:
        page = await thief.get("/account/factor")
        secret = re.search(r'id="secret">([A-Z2-7]+)<', page.text)
        assert secret
        await send_form(thief, page, "/account/factor", code=pyotp.TOTP(secret[1]).now())
        mine = {"current": PASSWORD, "password": OTHER, "repeated": OTHER}
        await send_form(thief, await thief.get("/account"), "/account/password", **mine)
    async with browser(office.app, await session_cookie(office.app, office.olivia)) as owner:
        told = await owner.get("/console")
        assert "Codes of another phone were set up for your account." in told.text
        assert "The password of your account was changed." in told.text
        await owner.post("/account/notices/seen", data={"csrf_token": token_in(told)})
        assert "of your account was changed" not in (await owner.get("/console")).text
    assert {"factor_added", "password_changed", "notices_seen"} <= set(await office.actions())


async def test_a_supervisor_lets_somebody_in_whom_wrong_tries_keep_out(office: Office) -> None:
    service = office.app.state.service
    sanna = await make_person(service, "sanna", Role.SUPERVISOR)
    async with browser(office.app) as client:
        for _ in range(6):
            answer = await sign_in(client, password="not the right one")
        assert answer.status_code == 429
        await office.press(sanna, "/approvals/let-in", who=str(office.olivia.id))
        assert (await sign_in(client)).status_code == 303
    assert (await office.press(sanna, "/approvals/let-in", who=str(uuid.uuid4()))).status_code == 303


async def test_a_request_that_nobody_decides_ends(office: Office) -> None:
    await office.press(office.aada, f"/accounts/{office.olivia.id}/roles", roles=["supervisor"])
    (request,) = await office.waiting(office.aatu)
    async with office.app.state.service.database.transaction() as session:
        await session.execute(update(Approval).values(ends_at=now()))
    assert (await office.press(office.aatu, f"/approvals/{request}/approve")).status_code == 409
