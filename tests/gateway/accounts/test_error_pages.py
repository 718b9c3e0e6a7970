"""Checks of what a browser shows where there is no page: words in the reader's language, and a way on."""

import uuid

import httpx2
import pytest
from fastapi import FastAPI

from gateway.core.actors import Role
from gateway.core.config.settings import Settings
from tests.worlds.staff import (
    PASSWORD,
    browser,
    csrf_of,
    make_person,
    running,
    send_form,
    session_cookie,
    sign_in,
)

pytestmark = pytest.mark.anyio
ENGLISH = "There is no such page"
SOME = uuid.UUID(int=1)
ANOTHER_SITE = "https://evil.example/accounts"
HERE = "http://localhost:8000"


async def signed_in(app: FastAPI, *roles: Role, language: str = "en") -> tuple[httpx2.AsyncClient, str]:
    """A browser of somebody with these roles, and the token of its forms."""
    person = await make_person(app.state.service, f"o{uuid.uuid4().hex[:6]}", *roles, language=language)
    cookies = await session_cookie(app, person)
    return browser(app, cookies), csrf_of(app, cookies)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/nothing", 404),
        ("/console/nothing", 404),
        ("/account/language", 405),
        ("/accounts/abc", 422),
        (f"/accounts/{SOME}", 404),
    ],
)
async def test_a_page_that_is_not_there_is_a_page_with_a_way_on(settings: Settings, path: str, status: int) -> None:
    async with running(settings) as app:
        client, _ = await signed_in(app, Role.ADMINISTRATOR)
        async with client:
            page = await client.get(path)
            data = await client.get(path, headers={"accept": "application/json"})

    assert (page.status_code, data.status_code) == (status, status)
    assert f"<h1>{ENGLISH}</h1>" in page.text
    assert '<a href="/accounts">Go to your own view</a>' in page.text
    assert 'action="/sign-out"' in page.text, "whoever is signed in stays so"
    assert page.headers["cache-control"] == "no-store"
    assert {"detail", "error"} & data.json().keys()
    assert data.headers.get("allow") == page.headers.get("allow")


async def test_an_officer_too_and_a_value_of_a_form_is_no_page(settings: Settings) -> None:
    async with running(settings) as app:
        client, token = await signed_in(app, Role.OFFICER)
        async with client:
            page = await client.get("/console/conversations/abc")
            form = await client.post(
                "/account/language", data={"csrf_token": token}, headers={"referer": f"{HERE}/console"}
            )

    assert (page.status_code, form.status_code) == (422, 422)
    assert f"<h1>{ENGLISH}</h1>" in page.text
    assert ENGLISH not in form.text
    assert '<a class="button" href="/console">Open the page again</a>' in form.text


async def test_who_is_not_signed_in_reads_it_in_the_language_of_the_browser(settings: Settings) -> None:
    async with running(settings) as app, browser(app) as client:
        page = await client.get("/nothing?a=b", headers={"accept-language": "sv"})
        elsewhere = await client.get("//evil.example")
        citizens = await client.get("/chat/nothing")
        others = [await client.get(path) for path in ("/api/nothing", "/webhooks/nothing")]

    assert '<html lang="sv">' in page.text
    assert 'href="/sign-in"' in page.text
    assert 'href="/nothing?a=b&amp;lang=fi"' in page.text
    assert "//evil" not in elsewhere.text, "a link of ours leads to another site"
    assert citizens.status_code == 404
    assert "/sign-in" not in citizens.text.partition("<main")[2]
    assert [each.json() for each in others] == [{"detail": "Not Found"}] * 2


async def test_after_a_form_the_frame_comes_back_to_a_page_that_can_be_fetched(settings: Settings) -> None:
    async with running(settings) as app:
        client, token = await signed_in(app, Role.ADMINISTRATOR)
        async with client:
            form = {"csrf_token": token, "current": PASSWORD, "password": "a", "repeated": "a"}
            plain = await client.post("/account/password", data=form)
            told = await client.post("/account/password", data=form, headers={"referer": f"{HERE}/account?x=1"})
            foreign = await client.post("/account/password", data=form, headers={"referer": ANOTHER_SITE})
            sent = await client.post("/account/password", data=form, headers={"referer": f"{HERE}/account/password"})
            fetched = await client.get("/account?x=1&said=password")

    assert plain.status_code == 422
    assert 'name="next" value="/account"' in plain.text
    assert 'name="next" value="/account?x=1"' in told.text
    assert 'name="next" value="/account"' in foreign.text
    assert 'name="next" value="/account"' in sent.text
    assert 'name="next" value="/account?x=1"' in fetched.text, "what was done is not said again"


async def test_the_second_factor_can_be_read_in_another_language_after_a_wrong_code(settings: Settings) -> None:
    async with running(settings) as app, browser(app) as client:
        await make_person(app.state.service, "olivia", Role.OFFICER)
        wrong = await sign_in(client, password="wrong")
        page = await client.get("/sign-in?next=/console")
        again = await send_form(client, page, "/sign-in", login="olivia", password=PASSWORD)
        page = await client.get(again.headers["location"])
        wrong_code = await send_form(client, page, "/sign-in/code", code="000000")
        other = await client.get("/sign-in/factor?lang=sv")

    assert 'href="/sign-in?lang=sv"' in wrong.text
    assert wrong_code.status_code == 401
    assert 'href="/sign-in/factor?lang=sv"' in wrong_code.text
    assert other.status_code == 200


@pytest.mark.parametrize(("language", "words"), [("fi", "Sivu oli "), ("sv", "Sidan var "), ("en", "The page was ")])
async def test_an_old_form_is_told_in_the_persons_language_in_their_own_frame(
    settings: Settings, language: str, words: str
) -> None:
    async with running(settings) as app:
        client, _ = await signed_in(app, Role.OFFICER, language=language)
        async with client:
            path = f"/console/conversations/{SOME}/reply"
            referer = {"referer": f"{HERE}/console/conversations/{SOME}?show=side"}
            page = await client.post(path, data={"csrf_token": "old"}, headers=referer)
            quiet = await client.post(path, data={"csrf_token": "old"}, headers={"accept": "*/*", "x-live": "1"})

    assert (page.status_code, quiet.status_code) == (403, 403)
    assert quiet.json()["error"].startswith(words)
    assert f'<html lang="{language}">' in page.text
    assert 'action="/sign-out"' in page.text
    assert f'<a class="button" href="/console/conversations/{SOME}?show=side">' in page.text
    assert quiet.json()["error"] in page.text.replace("&#39;", "'")


async def test_an_old_form_has_its_own_heading_and_a_locked_session_shows_nobody(settings: Settings) -> None:
    async with running(settings) as app:
        client, token = await signed_in(app, Role.OFFICER)
        async with client:
            old = await client.post("/console/shift/start", data={"csrf_token": "old"})
            await client.post("/unlock/now", data={"csrf_token": token})
            locked = await client.post("/console/shift/start", data={"csrf_token": "old"})
            nothing = await client.get("/nothing")

    assert "<h1>The page was too old</h1>" in old.text
    assert '<a class="button" href="/console">Open the page again</a>' in old.text
    assert "You cannot go here" not in old.text
    for page in (locked, nothing):
        assert 'action="/sign-out"' not in page.text
