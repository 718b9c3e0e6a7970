"""From draft to approved: who reads says what is missing beside the text, and the author's next wording answers it."""

import datetime as dt
import html
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import select

from gateway.content.editing.examination import change_tests
from gateway.content.models import ContentComment, JobState
from gateway.content.publishing import comments
from gateway.core.config.settings import Settings
from gateway.core.database import now
from tests.gateway.content.routes.test_items_on_pages import (
    HERE,
    anyio_backend,
    approve,
    name_in,
    publish_words,
    retitle,
)
from tests.worlds.editors import Editor, Editors, editors
from tests.worlds.small_content import MAIJA

__all__ = ["anyio_backend"]
pytestmark = pytest.mark.anyio
KEY = "answer:parcel_sms"
EXAMPLES = (
    "my dog ran away yesterday",
    "the cat has not come home",
    "we cannot find our rabbit anywhere",
    "who collects stray animals",
    "a parrot flew out of the window",
    "found a tortoise in the park",
    "how do I report a missing puppy",
    "somebody took my kitten from the yard",
    "where are lost hamsters kept",
    "a strange dog follows me",
    "is there a list of found animals",
    "the horse broke out at night",
)


@pytest.fixture
async def workshop(settings: Settings, template: Path) -> AsyncIterator[Editors]:
    async with editors(settings, template) as workshop:
        yield workshop


async def comment(editor: Editor, text: str) -> int:
    fields = {"comment": name_in(await editor.get(HERE), KEY), f"said:{KEY}": text}
    return (await editor.post(f"{HERE}/order", **fields)).status_code


def state_in(page: str) -> str:
    item = page[page.index(f'data-item="{KEY}"') :]
    found: list[str] = re.findall(r'<span class="badge [^"]*">([^<]+)</span>', item)
    return found[0]


async def test_draft_in_review_comment_a_better_wording_approved(workshop: Editors) -> None:
    elina, ester = await workshop.editor("elina"), await workshop.editor("ester")
    retitle(workshop, elina, "sv", "Pakket")
    assert state_in(await ester.get(HERE)) == "draft"
    await elina.post(f"{HERE}/order", review=name_in(await elina.get(HERE), KEY))
    assert state_in(await ester.get(HERE)) == "in review"

    assert await comment(ester, "Paket stavas med ett k.\n<b>Se SAOL</b>") == 303
    page = await elina.get(HERE)
    assert "Ester Example" in page
    assert "Paket stavas med ett k.\n&lt;b&gt;Se SAOL&lt;/b&gt;" in page
    assert "about an earlier wording" not in page
    assert state_in(page) == "in review", "a comment decides nothing"

    retitle(workshop, elina, "sv", "Paket")
    page = await ester.get(HERE)
    assert "about an earlier wording" in page
    assert state_in(page) == "draft", "another wording needs another look"
    await elina.post(f"{HERE}/order", review=name_in(page, KEY))
    assert await comment(elina, "Ändrat, tack!") == 303
    assert await approve(ester, KEY) == 303
    page = html.unescape(await elina.get(HERE))
    assert state_in(page) == "approved"
    assert page.index("Paket stavas") < page.index("Ändrat, tack!")

    assert (await publish_words(workshop, ester, KEY)).state == JobState.DONE
    retitle(workshop, elina, "sv", "Nytt")
    assert "Paket stavas" not in await elina.get(HERE), "that was said of what is live by now"


async def test_whoever_can_approve_what_was_asked_for_sees_it_on_the_overview_and_in_the_menu(
    workshop: Editors,
) -> None:
    elina, ester = await workshop.editor("elina"), await workshop.editor("ester")
    notice = re.compile(r'<p class="notice warn"><a href="/content/publishing">1 change waits for your approval</a>')
    mark = re.compile(r'<a href="/content/publishing"[^>]*>Publishing <span class="badge warn"[^>]*>1</span>')
    retitle(workshop, elina, "sv", "Pakket")
    assert not notice.search(await ester.get("/content")), "nobody has asked yet"
    await elina.post(f"{HERE}/order", review=name_in(await elina.get(HERE), KEY))
    assert notice.search(await ester.get("/content"))
    assert mark.search(await ester.get("/content/contacts"))
    own = await elina.get("/content")
    assert not notice.search(own), "another editor approves it"
    assert not mark.search(own)
    assert await approve(ester, KEY) == 303
    page = await ester.get("/content")
    assert not notice.search(page)
    assert not mark.search(page)


async def test_a_new_topic_is_shown_once_and_whole_and_says_which_lines_are_tests(workshop: Editors) -> None:
    elina = await workshop.editor("elina")
    texts = {f"{part}.{each}": f"{part} in {each}" for part in ("title", "answer") for each in ("fi", "sv", "en")}
    examples = {f"examples.{each}": "\n".join(EXAMPLES[:12]) + f"\n{each}" for each in ("fi", "sv", "en")}
    made = await elina.post("/content/new-topic", group="police_service", **texts, **examples)
    assert made.status_code == 303, html.unescape(made.text)[-900:]
    topic = made.headers["location"].split("/")[3].split("?")[0]
    tests = [change_tests(workshop.copy, topic, "fi", add=["kissa on kadonnut"])]
    workshop.copy.save(tests, MAIJA, "tests")
    page = html.unescape(await elina.get(HERE))
    item = page[page.index(f'data-item="topic:{topic}"') :].split("</details>")[0]
    assert len(re.findall("answer in sv", item)) == 1
    assert len(re.findall("title in sv", item)) == 1
    assert len(re.findall("<li>", item)) == 3 * 13 + 1, "whoever approves it has read all of it"
    assert {"Examples · Added (39)", "Test messages · Added (1)"} <= set(re.findall(r'change-place">([^<]+)</p>', item))
    assert "Reviewed on" not in item
    assert not re.search(r'<div class="diff"[^>]*></div>', item), "nothing is shown of what is empty"


async def test_an_empty_comment_and_one_on_a_text_that_is_gone_are_sentences(workshop: Editors) -> None:
    elina = await workshop.editor("elina")
    retitle(workshop, elina, "sv", "Ett")
    assert await comment(elina, " \n ") == 422
    stale = name_in(await elina.get(HERE), KEY)
    retitle(workshop, elina, "sv", "Två")
    assert (await elina.post(f"{HERE}/order", **{"comment": stale, f"said:{KEY}": "x"})).status_code == 409


async def test_comments_are_sealed_and_forgotten(workshop: Editors) -> None:
    elina = await workshop.editor("elina")
    retitle(workshop, elina, "sv", "Ett")
    await comment(elina, "En hemlig kommentar")
    async with workshop.service.database.transaction() as session:
        (row,) = await session.scalars(select(ContentComment))
        assert b"hemlig" not in row.text_sealed
        await comments.forget_old(session)
        row.said_at = now() - comments.KEPT - dt.timedelta(hours=1)
    async with workshop.service.database.transaction() as session:
        assert (await session.scalars(select(ContentComment))).all(), "kept for its days"
        await comments.forget_old(session)
        assert (await session.scalars(select(ContentComment))).all() == []
