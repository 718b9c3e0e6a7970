"""Checks of the navigation that every page of the staff has."""

import uuid

import pytest
from fastapi import Request

from gateway.accounts import staff_page
from gateway.accounts.access import Person
from gateway.core.actors import Role
from gateway.core.config.settings import Settings
from gateway.core.locale import Language
from tests.worlds.staff import running

pytestmark = pytest.mark.anyio


async def test_the_places_of_an_application_are_looked_for_among_its_routes_once(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running(settings) as app:
        request = Request({"type": "http", "app": app})
        editor = Person(uuid.UUID(int=1), "Eeva", frozenset({Role.EDITOR}), Language.FI)
        officer = Person(uuid.UUID(int=2), "Olli", frozenset({Role.OFFICER}), Language.SV)
        first = [each.path for each in staff_page.places(request, editor)]

        monkeypatch.setattr(staff_page, "_exists", lambda *_: pytest.fail("the routes were gone through again"))

        assert [each.path for each in staff_page.places(request, editor)] == first
        assert {"/content", "/account"} <= set(first)
        assert staff_page.first_place(request, officer) == "/console"
