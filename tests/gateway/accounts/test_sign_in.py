"""Checks of signing in: both factors, each code once, throttled, and nothing told to who has no account."""

import asyncio
import datetime as dt

import httpx2
import pytest
import time_machine
from fastapi import FastAPI, Request
from sqlalchemy import select

from gateway.accounts import login_limits, passwords
from gateway.accounts.addresses import safe_path
from gateway.accounts.login_limits import Attempt, AttemptKind
from gateway.accounts.models import AuditEntry, StaffPerson, StaffSession
from gateway.core.actors import Role
from gateway.core.config.settings import Settings
from gateway.service import Service
from tests.worlds.staff import (
    PASSWORD,
    browser,
    code,
    csrf_of,
    give_cookies,
    make_person,
    running,
    send_form,
    session_cookie,
    sign_in,
    token_in,
)

pytestmark = pytest.mark.anyio


async def actions(app: FastAPI) -> list[tuple[str, str]]:
    async with app.state.service.database.transaction() as session:
        rows = (await session.scalars(select(AuditEntry).order_by(AuditEntry.number))).all()
    return [(row.action, row.details) for row in rows]


async def sessions_of(app: FastAPI) -> list[StaffSession]:
    async with app.state.service.database.transaction() as session:
        return list(await session.scalars(select(StaffSession)))


async def test_password_and_code_open_the_first_place_of_the_roles(settings: Settings) -> None:
    async with running(settings) as app, browser(app) as client:
        await make_person(app.state.service, "olivia", Role.ADMINISTRATOR)
        answer = await sign_in(client)
        assert (answer.status_code, answer.headers["location"]) == (303, "/accounts")
        page = await client.get("/accounts")
        assert page.status_code == 200
        assert "Olivia Example" in page.text
        assert page.headers["cache-control"] == "no-store"
        assert [action for action, _ in await actions(app)] == ["signed_in"]


async def test_the_password_alone_opens_nothing(settings: Settings) -> None:
    async with running(settings) as app, browser(app) as client:
        await make_person(app.state.service, "olivia", Role.ADMINISTRATOR)
        page = await client.get("/sign-in")
        answer = await send_form(client, page, "/sign-in", login="olivia", password=PASSWORD)
        assert answer.headers["location"] == "/sign-in/factor"
        assert (await client.get("/accounts")).headers["location"] == "/sign-in?next=%2Faccounts"
        assert await sessions_of(app) == []


async def test_the_language_chosen_at_sign_in_holds_for_the_second_factor(settings: Settings) -> None:
    async with running(settings) as app, browser(app) as client:
        await make_person(app.state.service, "olivia", Role.OFFICER)
        page = await client.get("/sign-in?lang=sv", headers={"accept-language": "en"})
        answer = await send_form(client, page, "/sign-in", login="olivia", password="wrong" * 4)
        assert '<html lang="sv">' in answer.text
        await send_form(client, answer, "/sign-in", login="olivia", password=PASSWORD)
        factor = await client.get("/sign-in/factor", headers={"accept-language": "en"})
        assert '<html lang="sv">' in factor.text
        assert '<html lang="en">' in (await client.get("/sign-in/factor?lang=en")).text, "chosen anew"


async def test_a_code_counts_once_even_when_two_browsers_send_it_at_once(settings: Settings) -> None:
    async with running(settings) as app, browser(app) as first, browser(app) as second:
        await make_person(app.state.service, "olivia", Role.OFFICER)
        for client in (first, second):
            page = await client.get("/sign-in")
            await send_form(client, page, "/sign-in", login="olivia", password=PASSWORD)
        pages = [await client.get("/sign-in/factor") for client in (first, second)]
        now = code()
        answers = await asyncio.gather(
            *(
                send_form(client, page, "/sign-in/code", code=now)
                for client, page in zip((first, second), pages, strict=True)
            )
        )
        assert sorted(answer.status_code for answer in answers) == [303, 401]
        assert len(await sessions_of(app)) == 1


async def test_a_wrong_password_and_an_unknown_name_get_the_same_page(settings: Settings) -> None:
    async with running(settings) as app, browser(app) as client:
        await make_person(app.state.service, "olivia", Role.OFFICER)
        pages = []
        for login in ("olivia", "nobody"):
            page = await client.get("/sign-in?lang=en")
            answer = await send_form(client, page, "/sign-in", login=login, password="wrong" * 4)
            assert answer.status_code == 401
            pages.append(answer.text.replace(login, "X").replace(token_in(answer), "T"))
        assert pages[0] == pages[1]


async def test_an_unknown_name_costs_a_hash_as_a_known_one_does(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked: list[str] = []
    verify = passwords._verify

    def watched(given: str, kept: str) -> bool:
        checked.append(kept.rsplit("$", 2)[0])
        return verify(given, kept)

    monkeypatch.setattr(passwords, "_verify", watched)
    async with running(settings) as app, browser(app) as client:
        await make_person(app.state.service, "olivia", Role.OFFICER)
        for login in ("olivia", "nobody"):
            await send_form(client, await client.get("/sign-in"), "/sign-in", login=login, password="wrong" * 4)
    assert len(checked) == 2
    assert len(set(checked)) == 1, "the same parameters, so the same time"


async def test_the_sixth_try_must_wait_even_with_the_right_password(settings: Settings) -> None:
    async with running(settings) as app, browser(app) as client:
        await make_person(app.state.service, "olivia", Role.OFFICER)
        for _ in range(5):
            answer = await sign_in(client, password="not the right one")
            assert answer.status_code == 401
        assert client.cookies.get("neuvo_devices") is None
        answer = await sign_in(client)
        assert answer.status_code == 429
        assert "min" in answer.text
        with time_machine.travel(dt.datetime.now(dt.UTC) + dt.timedelta(seconds=31)):
            assert (await sign_in(client)).status_code == 303
        assert '{"source":' in (await actions(app))[0][1]


async def test_a_hundred_guesses_at_once_are_no_more_than_five_tries(service: Service) -> None:
    async def guess() -> float:
        async with service.database.transaction() as session:
            return await login_limits.begin_attempt(session, service.keyring, Attempt(AttemptKind.ACCOUNT, "olivia"))

    waits = await asyncio.gather(*(guess() for _ in range(100)))
    assert waits.count(0.0) == 5


async def test_an_address_that_tries_many_names_is_slowed_down_and_others_are_not(service: Service) -> None:
    async def guess(number: int, address: str) -> float:
        async with service.database.transaction() as session:
            tried = (Attempt(AttemptKind.ACCOUNT, f"name{number}"), Attempt(AttemptKind.ADDRESS, address))
            return await login_limits.begin_attempt(session, service.keyring, *tried)

    waits = [await guess(number, "192.0.2.1") for number in range(51)]
    assert waits[:50] == [0.0] * 50
    assert waits[50] > 25
    assert await guess(99, "192.0.2.2") == 0.0


async def test_waits_grow_and_end_with_a_quarter_of_an_hour(service: Service) -> None:
    tried, waits = Attempt(AttemptKind.FACTOR, "somebody"), []
    with time_machine.travel(dt.datetime.now(dt.UTC), tick=False) as clock:
        for _ in range(12):
            async with service.database.transaction() as session:
                wait = await login_limits.begin_attempt(session, service.keyring, tried)
            waits.append(wait)
            clock.shift(wait)
    assert [wait for wait in waits if wait] == [30, 60, 120, 240]
    assert login_limits.MAX_WAIT == 900


async def test_only_our_own_proxy_is_believed_about_the_address(settings: Settings) -> None:
    def seen(peer: str, proxies: str) -> str:
        scope = {"type": "http", "client": (peer, 1), "headers": [(b"x-forwarded-for", b"6.6.6.6, 203.0.113.9")]}
        return login_limits.address_of(Request(scope), settings.model_copy(update={"trusted_proxies": proxies}))

    assert seen("198.51.100.1", "") == "198.51.100.1"
    assert seen("10.0.0.1", "10.0.0.1") == "203.0.113.9"
    assert seen("10.0.0.1", "10.0.0.1,203.0.113.9") == "6.6.6.6"


async def test_the_token_is_another_after_signing_in(settings: Settings) -> None:
    async with running(settings) as app, browser(app) as client:
        person = await make_person(app.state.service, "olivia", Role.OFFICER)
        planted = await session_cookie(app, person)
        give_cookies(client, planted)
        await sign_in(client)
        assert client.cookies["neuvo_session"] not in planted.values()
        assert len(await sessions_of(app)) == 1, "the session that was there before is gone"


async def test_the_table_holds_no_token_that_opens_anything(settings: Settings) -> None:
    async with running(settings) as app, browser(app) as client:
        await make_person(app.state.service, "olivia", Role.OFFICER)
        await sign_in(client)
        token = client.cookies["neuvo_session"]
        (row,) = await sessions_of(app)
        async with app.state.service.database.transaction() as session:
            person = await session.get_one(StaffPerson, row.person_id)
        assert token.encode() not in row.token_hash + row.browser_hash
        for sealed in (person.name_sealed, person.login_sealed, person.code_secret_sealed):
            assert sealed is not None
            assert b"livia" not in sealed


@pytest.mark.parametrize("path", ["/sign-in/code", "/sign-in/passkey", "/enrol/code", "/enrol/passkey"])
async def test_a_second_factor_without_a_first_leads_back_to_the_beginning(settings: Settings, path: str) -> None:
    async with running(settings) as app, browser(app) as client:
        page = await client.get("/sign-in")
        answer = await send_form(client, page, path, code=code(), credential="{}")
        assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?problem=late")


async def test_a_form_of_another_site_or_without_the_token_is_refused(settings: Settings) -> None:
    async with running(settings) as app, browser(app) as client:
        await make_person(app.state.service, "olivia", Role.OFFICER)
        page = await client.get("/sign-in")
        fields = {"login": "olivia", "password": PASSWORD}
        assert (await client.post("/sign-in", data=fields)).status_code == 403
        fields["csrf_token"] = token_in(page)
        for origin in ("https://evil.example", "null"):
            assert (await client.post("/sign-in", data=fields, headers={"origin": origin})).status_code == 403
        good = await client.post("/sign-in", data=fields, headers={"origin": "http://localhost:8000"})
        assert good.status_code == 303


async def test_a_forged_form_changes_nothing_for_who_is_signed_in(settings: Settings) -> None:
    async with running(settings) as app:
        person = await make_person(app.state.service, "olivia", Role.OFFICER)
        cookies = await session_cookie(app, person)
        async with browser(app, cookies) as client:
            assert (await client.post("/sign-out")).status_code == 403
            other = await make_person(app.state.service, "oskar", Role.OFFICER)
            foreign = csrf_of(app, await session_cookie(app, other))
            assert (await client.post("/sign-out", data={"csrf_token": foreign})).status_code == 403
            assert (await client.get("/account")).status_code == 200
            given = {"x-csrf-token": csrf_of(app, cookies)}
            assert (await client.post("/account/here", headers=given)).status_code == 204


async def test_the_blocked_do_not_get_in_and_hear_no_more_than_others(settings: Settings) -> None:
    async with running(settings) as app, browser(app) as client:
        person = await make_person(app.state.service, "olivia", Role.OFFICER)
        async with app.state.service.database.transaction() as session:
            (await session.get_one(StaffPerson, person.id)).blocked_at = dt.datetime.now(dt.UTC)
        assert (await sign_in(client)).status_code == 401


@pytest.mark.parametrize(
    ("wanted", "path"),
    [
        ("/console?x=1", "/console?x=1"),
        ("//evil.example", ""),
        ("/\\evil.example", ""),
        ("https://evil.example", ""),
        ("/a\\b", ""),
        ("/a\nb", ""),
        ("javascript:alert(1)", ""),
    ],
)
async def test_signing_in_leads_to_our_own_pages_only(wanted: str, path: str) -> None:
    assert safe_path(wanted) == path


async def test_in_production_the_cookie_stays_on_this_host_and_on_tls(settings: Settings) -> None:
    over_tls = settings.model_copy(update={"public_url": "https://neuvo.example"})
    async with running(over_tls) as app, browser(app) as client:
        await make_person(app.state.service, "olivia", Role.OFFICER)
        client.base_url = httpx2.URL("https://neuvo.example")
        answer = await sign_in(client)
        cookie = next(each for each in answer.headers.get_list("set-cookie") if "session=" in each)
        assert cookie.startswith("__Host-neuvo_session=")
        for part in ("HttpOnly", "Secure", "SameSite=lax", "Path=/"):
            assert part in cookie
        assert "Domain" not in cookie


def from_address(app: FastAPI, address: str) -> httpx2.AsyncClient:
    client = browser(app)
    client._transport = httpx2.ASGITransport(app=app, client=(address, 1))
    return client


async def test_wrong_tries_of_others_keep_nobody_out(settings: Settings) -> None:
    async with running(settings) as app:
        await make_person(app.state.service, "olivia", Role.OFFICER)
        async with from_address(app, "192.0.2.1") as outsider, from_address(app, "198.51.100.1") as colleague:
            for _ in range(8):
                last = await sign_in(outsider, password="not the right one")
            assert last.status_code == 429
            assert (await sign_in(colleague)).status_code == 303


async def test_a_known_device_gets_in_while_the_whole_world_guesses(settings: Settings) -> None:
    async with running(settings) as app, from_address(app, "198.51.100.1") as desk:
        service = app.state.service
        person = await make_person(service, "olivia", Role.OFFICER)
        await make_person(service, "oskar", Role.OFFICER)
        assert (await sign_in(desk)).status_code == 303
        with time_machine.travel(dt.datetime.now(dt.UTC) + dt.timedelta(seconds=31)):
            assert (await sign_in(desk, "oskar")).status_code == 303, "a desk is shared"
        await _the_whole_world_guesses(service)
        async with from_address(app, "203.0.113.9") as stranger:
            assert (await sign_in(stranger)).status_code == 429
            mark = stranger.cookies.get("neuvo_devices")
            assert mark is None
            give_cookies(stranger, {"neuvo_devices": f"{person.id.hex}.forged.{'0' * 64}"})
            assert (await sign_in(stranger)).status_code == 429
        with time_machine.travel(dt.datetime.now(dt.UTC) + dt.timedelta(seconds=62)):
            await _the_whole_world_guesses(service)
            assert (await sign_in(desk)).status_code == 303


async def _the_whole_world_guesses(service: Service) -> None:
    for number in range(60):
        async with service.database.transaction() as session:
            tried = login_limits.attempts_of("olivia", 0, f"192.0.2.{number}", None)
            await login_limits.begin_attempt(session, service.keyring, *tried)


async def test_refused_tries_do_not_fill_the_log(settings: Settings) -> None:
    async with running(settings) as app:
        await make_person(app.state.service, "olivia", Role.OFFICER)
        for login in ("olivia", "nobody", "nobody else"):
            async with browser(app) as client:
                for _ in range(15):
                    await sign_in(client, login, password="not the right one")
        rows = [details for action, details in await actions(app) if action == "sign_in_failed"]
    assert len(rows) <= 10
    assert '"tries":8' in rows[3]


async def test_right_codes_at_once_after_a_wrong_one_are_one_session_and_no_error(settings: Settings) -> None:
    async with running(settings) as app, browser(app) as first, browser(app) as second:
        await make_person(app.state.service, "olivia", Role.OFFICER)
        for client in (first, second):
            await send_form(client, await client.get("/sign-in"), "/sign-in", login="olivia", password=PASSWORD)
        wrong = await send_form(first, await first.get("/sign-in/factor"), "/sign-in/code", code="000000")
        assert wrong.status_code == 401
        pages, now = [await client.get("/sign-in/factor") for client in (first, second)], code()
        sent = [(first, pages[0]), (second, pages[1]), (first, pages[0]), (second, pages[1])]
        answers = await asyncio.gather(*(send_form(client, page, "/sign-in/code", code=now) for client, page in sent))
        assert {answer.status_code for answer in answers} <= {303, 401, 429}
        assert len(await sessions_of(app)) == 1


async def test_a_success_that_ends_while_another_try_begins_is_no_error(service: Service) -> None:
    tried, reached = Attempt(AttemptKind.FACTOR, "somebody"), asyncio.Event()

    async def begin() -> float:
        async with service.database.transaction() as session:
            reached.set()
            return await login_limits.begin_attempt(session, service.keyring, tried)

    await begin()
    reached.clear()
    async with service.database.transaction() as session:
        await login_limits.begin_attempt(session, service.keyring, tried)
        await login_limits.record_success(session, service.keyring, tried)
        other = asyncio.create_task(begin())
        if not service.database.is_sqlite:
            await reached.wait()
            await asyncio.sleep(0.2)  # it waits for our lock now
    assert await other == 0.0


async def test_signing_out_clears_what_the_browser_keeps(settings: Settings) -> None:
    async with running(settings) as app:
        person = await make_person(app.state.service, "olivia", Role.OFFICER)
        async with browser(app, await session_cookie(app, person)) as client:
            gone = await send_form(client, await client.get("/account"), "/sign-out")
    assert gone.headers["clear-site-data"] == '"cache"'


async def test_a_path_that_no_database_stores_is_refused_and_recorded(settings: Settings) -> None:
    async with running(settings) as app:
        officer = await make_person(app.state.service, "olivia", Role.OFFICER)
        editor = await make_person(app.state.service, "eetu", Role.EDITOR)
        async with browser(app, await session_cookie(app, officer)) as client:
            assert (await client.get("/content/topics/%00")).status_code == 400
            assert (await client.get("/content/topics/a%0Ab")).status_code == 403
        async with browser(app, await session_cookie(app, editor)) as client:
            assert (await client.get("/content/topics/%00")).status_code == 400
            assert (await client.get("/content/topics/a%0Ab")).status_code in (404, 422)
        assert [action for action, _ in await actions(app)].count("access_refused") == 1
