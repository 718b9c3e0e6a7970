"""Checks of a citizen's file over HTTP: the ground is asked for again where it is missing, and a lost file is told."""

import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import httpx2
import pytest
from fastapi import FastAPI
from sqlalchemy import select, update

from gateway.conversations.models import Message
from gateway.core.actors import Role
from gateway.core.config.settings import Settings
from tests.worlds import officers as desk
from tests.worlds.staff import browser, csrf_of, make_person, running, session_cookie

pytestmark = pytest.mark.anyio
NO_GROUND = "Nothing was done. Give a reason."
LOST = "The file could not be opened."


@asynccontextmanager
async def asked(app: FastAPI) -> AsyncIterator[tuple[httpx2.AsyncClient, str, dict[str, str]]]:
    """An officer's browser, the path of a citizen's picture in a waiting talk, and the token of the forms."""
    talk: uuid.UUID = await desk.waiting(app.state.service)
    await desk.writes(app.state.service, talk, "", kind="picture", media_id="12345")
    async with app.state.service.database.transaction() as session:
        message = await session.scalar(select(Message.id).where(Message.kind == "picture"))
    cookies = await session_cookie(app, await make_person(app.state.service, "olivia", Role.OFFICER))
    async with browser(app, cookies) as client:
        yield client, f"/console/conversations/{talk}/media/{message}", {"csrf_token": csrf_of(app, cookies)}


async def lose(app: FastAPI) -> None:
    async with app.state.service.database.transaction() as session:
        await session.execute(update(Message).values(content_sealed=None))


async def test_another_reason_without_words_is_asked_for_again_on_the_same_page(settings: Settings) -> None:
    async with running(settings) as app, asked(app) as (client, path, form):
        page = await client.post(path, data={**form, "ground": "other"})
        opened = await client.post(path, data={**form, "ground": "other", "more": "Because."})

    assert page.status_code == 422
    assert NO_GROUND in page.text
    assert f'<form method="post" action="{path}"' in page.text
    assert '<option value="other" selected>' in page.text
    assert f'name="next" value="{path}/ask"' in page.text
    assert opened.status_code == 303


async def test_a_file_that_is_no_longer_there_is_not_a_missing_ground(settings: Settings) -> None:
    async with running(settings) as app, asked(app) as (client, path, form):
        opened = await client.post(path, data={**form, "ground": "duty"})
        address = urlsplit(opened.headers["location"])
        shown = await client.get(f"{address.path}?{address.query}")
        await lose(app)
        pressed = await client.post(path, data={**form, "ground": "duty"})
        fetched = await client.get(f"{address.path}?{address.query}")

    assert shown.status_code == 200
    assert LOST in shown.text, "for the script, where the platform does not give it"
    for page in (pressed, fetched):
        assert page.status_code == 422
        assert LOST in page.text
        assert NO_GROUND not in page.text
        assert 'id="queue-pane"' in page.text
