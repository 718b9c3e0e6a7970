"""Two editors on one page: each is told of the other while they write, and of nothing else."""

import datetime as dt
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from gateway.content.editing.unsaved import WRITES_NOW
from gateway.content.models import UnsavedForm
from gateway.core.config.settings import Settings
from gateway.core.database import now
from tests.worlds.editors import Editor, Editors, editors

pytestmark = pytest.mark.anyio
HERE = "/content/topics/parcel_sms"


@pytest.fixture
async def workshop(settings: Settings, template: Path) -> AsyncIterator[Editors]:
    async with editors(settings, template) as made:
        yield made


async def types(editor: Editor, page: str = HERE) -> Any:
    headers = {"x-csrf-token": editor.token}
    answer = await editor.client.put("/content/unsaved", params={"page": page}, json={"t": ["x"]}, headers=headers)
    return answer.json()


async def opens(editor: Editor, page: str = HERE) -> Any:
    return (await editor.client.get("/content/unsaved", params={"page": page})).json()


async def test_who_else_writes_on_the_page_is_told_while_they_write(workshop: Editors) -> None:
    elina, ester = await workshop.editor("elina"), await workshop.editor("ester")
    assert await types(elina) == {}
    assert await opens(ester) == {"others": ["Elina Example"]}, "the name, and nothing of the words"
    assert await types(ester) == {"others": ["Elina Example"]}
    assert await types(elina) == {"others": ["Ester Example"]}
    assert await opens(ester, "/content/topics/sextortion") == {}

    async with workshop.service.database.transaction() as session:
        long_ago = now() - WRITES_NOW - dt.timedelta(seconds=1)
        await session.execute(update(UnsavedForm).values(saved_at=long_ago))
    assert "others" not in await opens(ester)
