"""The sources of a contact without script: chosen by what they are, kept as they were, and added in words."""

import html
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from starlette.datastructures import FormData, UploadFile

from gateway.content.editing.preview import contacts_of
from gateway.content.editing.sources import read_sources
from gateway.content.routes.source_field import chosen_sources, written_sources
from gateway.core.config.settings import PROJECT, Settings
from tests.gateway.content.routes.test_pages import version_in
from tests.worlds.editors import Editors, editors

pytestmark = pytest.mark.anyio


@pytest.fixture
async def workshop(settings: Settings, template: Path) -> AsyncIterator[Editors]:
    async with editors(settings, template) as made:
        yield made


async def test_a_source_is_chosen_by_what_it_is_and_its_code_is_for_the_file_alone(workshop: Editors) -> None:
    editor = await workshop.editor("elina")
    known = read_sources(workshop.copy.folder)

    def stored() -> str:
        fact = contacts_of(workshop.copy.folder)["helper_en"].phone
        assert fact is not None
        return fact.source

    async def save(key: str, **fields: str | list[str]) -> None:
        version = version_in(await editor.get(f"/content/contacts/{key}"))
        names = {f"name.{each}": f"Helper {each}" for each in ("fi", "sv", "en")}
        number = {"phone.fi": "0295 000 001", "phone.status": "OK", "phone.date": "2026"}
        answer = await editor.post(f"/content/contacts/{key}", version=version, **{**names, **number, **fields})
        assert answer.status_code == 303

    empty = await editor.get("/content/contacts/new")
    assert empty.count("No source yet.") == 3
    assert f'<option value="S14">{html.escape(known["S14"].what)}' in empty
    await save("new", **{"phone.source.pick": "S14"})
    assert stored() == "S14"
    page = await editor.get("/content/contacts/helper_en")
    assert re.search(
        r'name="phone.source" value="S14" checked> <span>' + re.escape(html.escape(known["S14"].what)), page
    )
    assert ">S14<" not in re.sub(r"\s", "", page)
    other = {"phone.source.pick": "S88", "phone.source.other": "asked by telephone"}
    await save("helper_en", **{"phone.source": "S14", **other})
    assert stored() == "S14, S88, asked by telephone"
    await save("helper_en", **{"phone.source": ["S88", "asked by telephone"]})
    assert stored() == "S88, asked by telephone"


def test_what_nobody_touched_of_the_sources_stays_as_it_was() -> None:
    """Of every contact of ours: the ticks that stand there make the very text again."""
    contacts = contacts_of(PROJECT / "data")
    for contact in contacts.values():
        for fact in contact.facts.values():
            ticks: list[tuple[str, str | UploadFile]] = [
                ("phone.source", each.written) for each in chosen_sources(fact.source, {})
            ]
            assert written_sources(FormData(ticks), "phone") == fact.source
    assert any("," in fact.source for contact in contacts.values() for fact in contact.facts.values())
