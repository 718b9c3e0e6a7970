"""Checks of the administrator's work: invitations, roles, blocking, recovery; and of passwords and demonstrations."""

import asyncio
import re
from functools import partial

import pyotp
import pytest
from fastapi import FastAPI
from hypothesis import given
from hypothesis import settings as rule
from hypothesis import strategies as st
from sqlalchemy import select

from gateway.accounts import demonstration, passwords, people
from gateway.accounts.models import AuditEntry
from gateway.core.actors import Role, clash
from gateway.core.config.settings import Settings, UnsafeSettings
from tests.worlds import tiers
from tests.worlds.commands import run_command
from tests.worlds.staff import (
    PASSWORD,
    browser,
    code,
    csrf_of,
    make_person,
    running,
    send_form,
    session_cookie,
    sign_in,
)

pytestmark = pytest.mark.anyio


async def as_administrator(app: FastAPI, path: str, **fields: str | list[str]) -> tuple[int, str]:
    """Send a form as an administrator who has just signed in; returns status and page."""
    service = app.state.service
    async with service.database.transaction() as session:
        boss = await people.by_login(session, service.keyring, "aada")
    boss = boss or await make_person(service, "aada", Role.ADMINISTRATOR)
    cookies = await session_cookie(app, boss)
    async with browser(app, cookies) as client:
        answer = await client.post(path, data={"csrf_token": csrf_of(app, cookies), **fields})
    return answer.status_code, answer.text


async def enrol(app: FastAPI, link: str, password: str = PASSWORD) -> tuple[int, str]:
    """Follow an invitation with a telephone; returns the last status and page."""
    async with browser(app) as client:
        page = await client.get(link)
        invitation = link.partition("code=")[2]
        answer = await send_form(client, page, "/enrol", code=invitation, password=password, repeated=password)
        if answer.status_code != 303:
            return answer.status_code, answer.text
        page = await client.get("/enrol/factor?lang=en")
        found = re.search(r'id="secret">([A-Z2-7]+)<', page.text)
        assert found
        answer = await send_form(client, page, "/enrol/code", code=pyotp.TOTP(found.group(1)).now())
        return answer.status_code, answer.headers.get("location", answer.text)


def link_in(page: str) -> str:
    found = re.search(r"/enrol\?code=[\w-]+", page)
    assert found, page
    return found.group()


async def test_an_invitation_works_once(settings: Settings) -> None:
    async with running(settings) as app:
        roles = ["officer", "editor"]
        status, page = await as_administrator(app, "/accounts", login="Uuno", name="Uuno Uusi", roles=roles)
        assert status == 200
        assert await enrol(app, link_in(page)) == (303, "/console")
        assert (await enrol(app, link_in(page)))[0] == 401
        async with app.state.service.database.transaction() as session:
            entry = await session.scalar(select(AuditEntry).where(AuditEntry.action == "person_invited"))
        assert entry is not None
        assert entry.details == '{"alone":true,"roles":["editor","officer"]}'


async def test_two_browsers_with_one_invitation_make_one_account(settings: Settings) -> None:
    async with running(settings) as app:
        _, page = await as_administrator(app, "/accounts", login="uuno", name="Uuno", roles=["officer"])
        outcomes = await asyncio.gather(*(enrol(app, link_in(page), f"{PASSWORD} {n}") for n in range(2)))
        assert sorted(where for _, where in outcomes) != ["/console", "/console"]
        assert "/console" in {where for _, where in outcomes}


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"login": "aada", "name": "Other", "roles": ["officer"]}, 409),
        ({"login": " AADA ", "name": "Other", "roles": ["officer"]}, 409),
        ({"login": "", "name": "Other", "roles": ["officer"]}, 422),
        ({"login": "x", "name": "Other"}, 422),
        ({"login": "x", "name": "Other", "roles": ["administrator", "officer"]}, 422),
        ({"login": "x", "name": "Other", "roles": ["auditor", "editor"]}, 422),
        ({"login": "x", "name": "Other", "roles": ["king"]}, 422),
    ],
)
async def test_an_impossible_invitation_is_refused(
    settings: Settings, fields: dict[str, str | list[str]], status: int
) -> None:
    async with running(settings) as app:
        assert (await as_administrator(app, "/accounts", **fields))[0] == status


async def test_recovery_forgets_every_secret_ends_sessions_and_invites_again(settings: Settings) -> None:
    async with running(settings) as app:
        person = await make_person(app.state.service, "olivia", Role.OFFICER)
        cookies = await session_cookie(app, person)
        status, page = await as_administrator(app, f"/accounts/{person.id}/reset")
        assert status == 200
        async with browser(app, cookies) as client:
            assert (await client.get("/account")).status_code == 303
            assert (await sign_in(client)).status_code == 401
        assert await enrol(app, link_in(page), "another long sentence of hers") == (303, "/console")


async def test_other_roles_and_blocking_end_the_sessions_at_once(settings: Settings) -> None:
    async with running(settings) as app:
        person = await make_person(app.state.service, "olivia", Role.OFFICER)
        for path, fields in (("roles", {"roles": ["editor"]}), ("block", {})):
            cookies = await session_cookie(app, person)
            assert (await as_administrator(app, f"/accounts/{person.id}/{path}", **fields))[0] == 303
            async with browser(app, cookies) as client:
                assert (await client.get("/account")).status_code == 303
        async with browser(app) as client:
            assert (await sign_in(client)).status_code == 401
        assert (await as_administrator(app, f"/accounts/{person.id}/unblock"))[0] == 303
        async with browser(app) as client:
            assert (await sign_in(client)).status_code == 303


@pytest.mark.parametrize("what", ["roles", "block", "reset"])
async def test_nobody_changes_their_own_account(settings: Settings, what: str) -> None:
    async with running(settings) as app:
        boss = await make_person(app.state.service, "aada", Role.ADMINISTRATOR)
        cookies = await session_cookie(app, boss)
        async with browser(app, cookies) as client:
            answer = await client.post(f"/accounts/{boss.id}/{what}", data={"csrf_token": csrf_of(app, cookies)})
            assert answer.status_code == 409
            assert (await client.get("/accounts")).status_code == 200


async def test_the_last_factor_stays_and_another_can_be_added(settings: Settings) -> None:
    async with running(settings) as app:
        person = await make_person(app.state.service, "olivia", Role.OFFICER)
        async with browser(app, await session_cookie(app, person)) as client:
            page = await client.get("/account/factor")
            assert (await send_form(client, page, "/account/factor", code=code())).status_code == 401
            page = await client.get("/account")
            mine = {"current": PASSWORD}
            weak = await send_form(client, page, "/account/password", password="short", repeated="short", **mine)
            assert weak.status_code == 422
            other = "a second long sentence"
            new = {"password": other, "repeated": other}
            for wrong in ("", "not the right one"):
                refused = await send_form(client, page, "/account/password", current=wrong, **new)
                assert refused.status_code == 401
            done = await send_form(client, page, "/account/password", **new, **mine)
            assert done.headers["location"] == "/account?said=password"


@pytest.mark.parametrize(
    ("password", "weakness"),
    [
        ("elevenchars", "short"),
        ("x" * 257, "long"),
        ("aaaaaaaaaaaaaa", "simple"),
        ("OliviaVirta!1", "known"),
        ("neuvo-poliisi-1", "known"),
        ("Salasana12345", "known"),
        ("123456789012", "guessed"),
        ("qwerty123456", "guessed"),
        ("P@ssw0rd1234", "guessed"),
        ("Jalkapallo123", "guessed"),
        ("Rakkaus2026!", "guessed"),
        ("correct horse battery", None),
        ("kävin metsässä", None),
        ("PÄIVÄÄ PÄIVÄÄ 🌲", None),
    ],
)
def test_a_password_is_long_and_not_what_anybody_would_try(password: str, weakness: str | None) -> None:
    assert passwords.weakness(password, ("Olivia Virta", "olivia")) == weakness


@rule(deadline=None, max_examples=tiers.examples(100))
@given(st.text(min_size=12, max_size=256))
def test_no_kind_of_character_is_demanded(password: str) -> None:
    assert passwords.weakness(password, ()) in {None, "simple", "known", "short", "long", "guessed"}
    assert passwords.weakness(password, ()) == passwords.weakness(passwords.normalize(password), ())


async def test_what_looks_the_same_is_the_same_password() -> None:
    kept = await passwords.hash_password("kävin metsässä")
    assert await passwords.matches("ka\u0308vin metsa\u0308ssa\u0308", kept)
    assert not await passwords.matches("kavin metsassa", kept)
    assert not await passwords.matches("nobody has this password", None)


@given(st.frozensets(st.sampled_from(list(Role))))
def test_who_manages_accounts_never_reads_conversations_and_auditors_do_nothing_else(roles: frozenset[Role]) -> None:
    if not clash(roles):
        assert not (Role.ADMINISTRATOR in roles and roles & {Role.OFFICER, Role.SUPERVISOR, Role.AUDITOR})
        assert Role.AUDITOR not in roles or roles == {Role.AUDITOR}


async def test_demonstration_people_sign_in_in_development_and_stop_production(settings: Settings) -> None:
    await demonstration.make_people(settings)
    await demonstration.make_people(settings)
    async with running(settings) as app, browser(app) as client:
        page = await client.get("/sign-in")
        await send_form(client, page, "/sign-in", login="olivia", password=demonstration.PASSWORD)
        page = await client.get("/sign-in/factor")
        answer = await send_form(client, page, "/sign-in/code", code=demonstration.code("olivia"))
        assert answer.status_code == 303
    production = settings.model_copy(update={"environment": "production"})
    with pytest.raises(UnsafeSettings, match="demonstration people"):
        await demonstration.make_people(production)
    async with running(production) as app, browser(app) as client:
        client.headers["cookie"] = ""
        page = await client.get("/sign-in")
        name, _, rest = page.headers["set-cookie"].partition("=")
        client.headers["cookie"] = f"{name}={rest.partition(';')[0]}"
        answer = await send_form(client, page, "/sign-in", login="olivia", password=demonstration.PASSWORD)
        assert answer.status_code == 401
    assert await demonstration.forget_people(production) == len(demonstration.PEOPLE)
    await demonstration.make_people(production)


async def test_the_commands_invite_and_tell_codes(settings: Settings) -> None:
    run = partial(run_command, NEUVO_DATABASE_URL=settings.database_url)

    invited = await asyncio.to_thread(run, "invite", "aada", "Aada", "administrator")
    assert (invited.returncode, "/enrol?code=" in invited.stdout) == (0, True)
    again = await asyncio.to_thread(run, "invite", "aada", "Aada", "administrator")
    assert (again.returncode, "already" in again.stdout) == (1, True)
    digits = await asyncio.to_thread(run, "code", "olivia")
    assert re.match(r"\d{6} \(for \d+ s\)", digits.stdout)
    async with running(settings) as app:
        assert await enrol(app, link_in(invited.stdout)) == (303, "/accounts")
