"""No test message is an example, by whichever door it comes: what is learned by heart examines nothing."""

import html
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.content.editing.examination import change_tests, read_tests
from gateway.content.publishing.checks import check
from gateway.content.repository.examples import change_examples, read_examples
from gateway.core.config.settings import Settings
from tests.gateway.content.routes.test_pages import version_in
from tests.worlds.editors import Editors, editors, missed
from tests.worlds.small_content import OLLI

pytestmark = pytest.mark.anyio
TOPIC = "parcel_sms"
HERE = f"/content/topics/{TOPIC}"


@pytest.fixture
async def workshop(settings: Settings, template: Path) -> AsyncIterator[Editors]:
    async with editors(settings, template) as made:
        yield made


def said_otherwise(text: str) -> str:
    """The same words with other capitals and signs: the bot reads them alike."""
    return f"{text.upper()}!"


async def test_an_example_becomes_no_test_at_any_door(workshop: Editors) -> None:
    editor = await workshop.editor("elina")
    known = said_otherwise(read_examples(workshop.copy, TOPIC).texts["fi"][0])
    doors = {
        f"{HERE}/tests": {"language": "fi", "do": "add", "typed": known},
        "/content/try/test": {"text": known, "topic": TOPIC, "language": "fi"},
        f"/content/inbox/{await missed(workshop)}": {"topic": TOPIC, "purpose": "test", "typed": known},
    }
    head = workshop.copy.head
    for path, fields in doors.items():
        answer = await editor.post(path, **fields)
        assert answer.status_code == 422, path
        assert "is an example already" in html.unescape(answer.text), path
    assert workshop.copy.head == head


async def test_a_test_message_becomes_no_example_at_any_door(workshop: Editors) -> None:
    editor = await workshop.editor("elina")
    asked = said_otherwise(read_tests(workshop.copy, TOPIC)["fi"].messages[0])
    examples = read_examples(workshop.copy, TOPIC)
    version = version_in(await editor.get(f"{HERE}/examples"))
    texts = {f"{part}.{each}": f"Uusi {each}" for part in ("title", "answer") for each in ("fi", "sv", "en")}
    doors = {
        f"{HERE}/examples": {
            "language": "fi",
            "version": version,
            "do": "add",
            "typed": f"jotain aivan muuta\n{asked}",
        },
        f"/content/inbox/{await missed(workshop)}": {"topic": TOPIC, "purpose": "example", "typed": asked},
        "/content/new-topic": {"group": "scams", **texts, "examples.fi": asked},
    }
    head = workshop.copy.head
    for path, fields in doors.items():
        answer = await editor.post(path, **fields)
        assert answer.status_code == 422, path
        assert "is a test message already" in html.unescape(answer.text), path
    edit = {"do": "edit", "chosen": examples.texts["fi"][0], "edited": asked, "language": "fi", "version": version}
    assert (await editor.post(f"{HERE}/examples", **edit)).status_code == 422
    assert workshop.copy.head == head


async def test_what_was_written_by_hand_on_both_sides_is_refused_by_the_check(workshop: Editors) -> None:
    copy = workshop.copy
    text = "tämä viesti on esimerkki sekä testi"
    copy.save([change_tests(copy, TOPIC, "fi", add=[text])], OLLI, "test")
    seen = read_examples(copy, TOPIC)
    copy.save([change_examples(copy, TOPIC, "fi", seen.version, add=[text])], OLLI, "example")
    found = [each for each in check(copy.folder, workshop.settings.privacy_url) if each.refused]
    assert [(each.key, each.topic, text in each.sentence("fi")) for each in found] == [("example_is_test", TOPIC, True)]
