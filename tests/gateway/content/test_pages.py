"""The editors' pages without script: every page is there in three languages, saves, meets other people, and refuses."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.settings import Settings
from tests.gateway.content.pages import Editors, editors

pytestmark = pytest.mark.anyio
PAGES = [
    "/content",
    "/content?show=stale",
    "/content/search?q=paketti",
    "/content/new-topic",
    "/content/topics/parcel_sms",
    "/content/topics/parcel_sms/examples?language=sv",
    "/content/topics/parcel_sms/tests",
    "/content/topics/parcel_sms/arrange",
    "/content/topics/emergency_now/arrange",
    "/content/contacts",
    "/content/contacts/new",
    "/content/contacts/riku",
    "/content/history",
    "/content/history?topic=parcel_sms",
    "/content/publishing",
    "/content/publishing/job",
    "/content/spreadsheet",
    "/content/try",
    "/content/inbox",
    "/content/guide",
]


@pytest.fixture
async def workshop(settings: Settings, template: Path) -> AsyncIterator[Editors]:
    async with editors(settings, template) as made:
        yield made


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
async def test_every_page_can_be_read(workshop: Editors, language: str) -> None:
    editor = await workshop.editor("elina", language)
    for path in PAGES:
        page = await editor.get(path)
        assert "Undefined" not in page
        assert not re.search(r">\s*None\s*<", page), path
