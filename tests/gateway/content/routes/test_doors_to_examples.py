"""What Rasa reads as a label, a template or a command becomes no example, by whichever door it comes."""

import html
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.content.publishing.checks import check
from gateway.content.repository.examples import example_path, read_examples
from gateway.core.config.settings import Settings
from tests.gateway.content.routes.test_pages import version_in
from tests.worlds.editors import Editors, editors, missed

pytestmark = pytest.mark.anyio
TOPIC = "parcel_sms"
HERE = f"/content/topics/{TOPIC}"
MARKED = ("[kissa](elain) karkasi", "/restart", '[kissa]{"entity": "elain"}', "{{otsikko}} apua")


@pytest.fixture
async def workshop(settings: Settings, template: Path) -> AsyncIterator[Editors]:
    async with editors(settings, template) as made:
        yield made


@pytest.mark.parametrize("text", MARKED)
async def test_markup_becomes_no_example_at_any_door(workshop: Editors, text: str) -> None:
    editor = await workshop.editor("elina")
    first = read_examples(workshop.copy, TOPIC).texts["fi"][0]
    version = version_in(await editor.get(f"{HERE}/examples"))
    titles = {f"{part}.{each}": f"Uusi {each}" for part in ("title", "answer") for each in ("fi", "sv", "en")}
    here = {"language": "fi", "version": version}
    doors = [
        (f"{HERE}/examples", {**here, "do": "add", "typed": f"jotain aivan muuta\n{text}"}),
        (f"{HERE}/examples", {**here, "do": "edit", "chosen": first, "edited": text}),
        (f"/content/inbox/{await missed(workshop)}", {"topic": TOPIC, "purpose": "example", "typed": text}),
        ("/content/new-topic", {"group": "scams", **titles, "examples.fi": f"jotain aivan muuta\n{text}"}),
    ]
    head = workshop.copy.head
    for path, fields in doors:
        answer = await editor.post(path, **fields)
        assert answer.status_code == 422, (path, fields)
        assert f"'{text}' has marks that the program would read" in html.unescape(answer.text), (path, fields)
    assert workshop.copy.head == head


@pytest.mark.parametrize("text", MARKED)
async def test_markup_that_came_by_hand_or_from_a_remote_is_refused_by_the_check(workshop: Editors, text: str) -> None:
    copy = workshop.copy
    path = copy.folder / example_path(copy, TOPIC)
    first = read_examples(copy, TOPIC).texts["fi"][0]
    path.write_text(path.read_text("utf-8").replace(f"- {first}\n", f"- {first}\n    - {text}\n"), "utf-8")
    found = [each for each in check(copy.folder, workshop.settings.privacy_url) if each.refused]
    assert [(each.key, each.topic, text in each.sentence("fi")) for each in found] == [("example_markup", TOPIC, True)]
