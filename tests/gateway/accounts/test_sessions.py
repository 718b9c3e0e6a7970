"""Checks of sessions: they end, lock, belong to one browser, and can be taken back."""

import datetime as dt

import pytest
import time_machine

from gateway.accounts import sessions
from gateway.core.actors import Role
from gateway.core.config.settings import Settings
from tests.worlds.staff import PASSWORD, browser, code, make_person, running, send_form, session_cookie, token_in

pytestmark = pytest.mark.anyio


def later(**durations: float) -> time_machine.travel:
    return time_machine.travel(dt.datetime.now(dt.UTC) + dt.timedelta(**durations))


async def test_a_stolen_cookie_in_another_browser_ends_the_session(settings: Settings) -> None:
    async with running(settings) as app:
        cookies = await session_cookie(app, await make_person(app.state.service, "olivia", Role.OFFICER))
        async with browser(app, cookies, "Another/1.0") as thief, browser(app, cookies) as owner:
            assert (await thief.get("/account")).status_code == 303
            assert (await owner.get("/account")).headers["location"].startswith("/sign-in")


async def test_who_is_idle_finds_the_page_locked_and_opens_it_with_the_password(settings: Settings) -> None:
    async with running(settings) as app:
        cookies = await session_cookie(app, await make_person(app.state.service, "olivia", Role.AUDITOR))
        async with browser(app, cookies) as client:
            with later(seconds=settings.staff_lock_seconds + 1):
                locked = await client.get("/audit?action=signed_in")
                assert locked.headers["location"] == "/unlock?next=%2Faudit%3Faction%3Dsigned_in"
                page = await client.get(locked.headers["location"])
                assert (await send_form(client, page, "/unlock", password="something else")).status_code == 401
                before = client.cookies["neuvo_session"]
                page = await client.get(locked.headers["location"])
                opened = await send_form(client, page, "/unlock", password=PASSWORD, next="/audit?action=signed_in")
                assert (opened.status_code, opened.headers["location"]) == (303, "/audit?action=signed_in")
                assert client.cookies["neuvo_session"] != before
                assert (await client.get("/audit")).status_code == 200


async def test_a_code_opens_a_locked_session_too(settings: Settings) -> None:
    async with running(settings) as app:
        cookies = await session_cookie(app, await make_person(app.state.service, "olivia", Role.OFFICER))
        async with browser(app, cookies) as client:
            page = await client.get("/account")
            await send_form(client, page, "/unlock/now")
            assert (await client.get("/account")).headers["location"].startswith("/unlock")
            page = await client.get("/unlock")
            assert (await send_form(client, page, "/unlock", code=code())).status_code == 303
            assert (await client.get("/account")).status_code == 200


async def test_a_locked_page_has_no_menu_that_leads_only_back_to_it(settings: Settings) -> None:
    async with running(settings) as app:
        cookies = await session_cookie(app, await make_person(app.state.service, "olivia", Role.OFFICER))
        async with browser(app, cookies) as client:
            asked = await client.get("/unlock")
            assert 'class="frame-places"' in asked.text, "a sensitive step is asked for, and every place is open"
            await send_form(client, asked, "/unlock/now")
            locked = await client.get("/unlock")
            assert "frame-places" not in locked.text
            assert 'action="/sign-out"' in locked.text


async def test_who_works_is_never_locked_and_a_page_that_asks_by_itself_does_not_count(settings: Settings) -> None:
    async with running(settings) as app:
        person = await make_person(app.state.service, "olivia", Role.OFFICER)
        cookies = await session_cookie(app, person)
        async with browser(app, cookies) as client:
            for minutes in (10, 20, 30):
                with later(minutes=minutes):
                    assert (await client.get("/account")).status_code == 200
            with later(minutes=30 + settings.staff_lock_seconds / 60 + 1):
                assert (await client.get("/account")).status_code == 303


async def test_a_session_ends_after_a_working_day_however_busy(settings: Settings) -> None:
    short = settings.model_copy(update={"staff_session_hours": 0.5})
    async with running(short) as app:
        cookies = await session_cookie(app, await make_person(app.state.service, "olivia", Role.OFFICER))
        async with browser(app, cookies) as client:
            for minutes in (10, 20, 29):
                with later(minutes=minutes):
                    assert (await client.get("/account")).status_code == 200
            with later(minutes=31):
                assert (await client.get("/account")).headers["location"].startswith("/sign-in")


async def test_a_session_that_nobody_used_for_long_is_not_unlocked_but_over(settings: Settings) -> None:
    async with running(settings) as app:
        cookies = await session_cookie(app, await make_person(app.state.service, "olivia", Role.OFFICER))
        async with browser(app, cookies) as client:
            with later(hours=settings.staff_idle_hours, seconds=1):
                assert (await client.get("/unlock")).headers["location"].startswith("/sign-in")


async def test_signing_out_ends_the_sessions_of_every_device(settings: Settings) -> None:
    async with running(settings) as app:
        person = await make_person(app.state.service, "olivia", Role.OFFICER)
        desk, phone = [await session_cookie(app, person) for _ in range(2)]
        async with browser(app, desk) as first, browser(app, phone) as second:
            page = await first.get("/account")
            gone = await send_form(first, page, "/sign-out")
            assert gone.status_code == 200
            assert "Max-Age=0" in gone.headers["set-cookie"]
            assert (await second.get("/account")).headers["location"].startswith("/sign-in")


async def test_one_session_can_be_ended_from_another_and_nobody_elses(settings: Settings) -> None:
    async with running(settings) as app:
        person = await make_person(app.state.service, "olivia", Role.OFFICER)
        other = await make_person(app.state.service, "oskar", Role.OFFICER)
        desk, phone, foreign = [await session_cookie(app, each) for each in (person, person, other)]
        async with app.state.service.database.transaction() as session:
            theirs = [row.id for row in await sessions.list_sessions(session, other.id)]
            ours = [row.id for row in await sessions.list_sessions(session, person.id)]
        async with browser(app, desk) as first, browser(app, phone) as second, browser(app, foreign) as third:
            page = await first.get("/account")
            assert page.text.count("/end") == 1, "the present session has no such button"
            for doomed in (*theirs, *ours):
                if str(doomed) in page.text or doomed in theirs:
                    await send_form(first, page, f"/account/sessions/{doomed}/end")
            assert (await first.get("/account")).status_code == 200
            assert (await second.get("/account")).status_code == 303
            assert (await third.get("/account")).status_code == 200


async def test_a_sensitive_step_wants_a_fresh_proof_and_then_goes_on(settings: Settings) -> None:
    async with running(settings) as app:
        cookies = await session_cookie(app, await make_person(app.state.service, "aada", Role.ADMINISTRATOR))
        async with browser(app, cookies) as client:
            with later(seconds=settings.staff_fresh_seconds + 1):
                page = await client.get("/accounts")
                referer = {"referer": "http://localhost:8000/accounts", "accept": "text/html"}
                fields = {"csrf_token": token_in(page), "login": "uusi", "name": "Uusi", "roles": "officer"}
                asked = await client.post("/accounts", data=fields, headers=referer)
                assert (asked.status_code, asked.headers["location"]) == (303, "/unlock?next=%2Faccounts")
                page = await client.get(asked.headers["location"])
                await send_form(client, page, "/unlock", code=code(), next="/accounts")
                page = await client.get("/accounts")
                fields["csrf_token"] = token_in(page)
                assert "/enrol?code=" in (await client.post("/accounts", data=fields)).text


async def test_a_script_is_told_in_json_where_to_go(settings: Settings) -> None:
    async with running(settings) as app, browser(app) as client:
        answer = await client.get("/account", headers={"accept": "application/json"})
        assert (answer.status_code, answer.json()["go"]) == (401, "/sign-in")


async def test_a_stream_learns_that_its_session_is_over(settings: Settings) -> None:
    async with running(settings) as app:
        service = app.state.service
        person = await make_person(service, "olivia", Role.OFFICER)
        await session_cookie(app, person)
        async with service.database.transaction() as session:
            (row,) = await sessions.list_sessions(session, person.id)
            assert await sessions.state_of(session, row.id, settings) == sessions.SessionState.OPEN
            with later(seconds=settings.staff_lock_seconds + 1):
                assert await sessions.state_of(session, row.id, settings) == sessions.SessionState.LOCKED
            await sessions.end(session, person.id)
            assert await sessions.state_of(session, row.id, settings) == sessions.SessionState.OVER


async def test_what_has_ended_is_deleted(settings: Settings) -> None:
    async with running(settings) as app:
        service = app.state.service
        person = await make_person(service, "olivia", Role.OFFICER)
        await session_cookie(app, person)
        with later(hours=13):
            async with service.database.transaction() as session:
                await sessions.delete_expired_sessions(session)
        async with service.database.transaction() as session:
            assert await sessions.end(session, person.id) == 0


def test_a_device_is_named_as_people_know_it() -> None:
    from fastapi import Request

    def named(agent: str) -> str:
        return sessions.device(Request({"type": "http", "headers": [(b"user-agent", agent.encode())]}))

    assert named("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537 Chrome/140 Safari/537 Edg/140") == "Edge, Windows"
    assert named("Mozilla/5.0 (iPhone; CPU iPhone OS 19 like Mac OS X) Version/19 Safari/604") == "Safari, iPhone"
    assert named("curl/8") == "?"
