"""Every change its own road: two editors, one urgent number, an old revert, words typed before a lock."""

import asyncio
import html
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import select

from gateway.content.editing import unsaved
from gateway.content.models import ContentJob, JobKind, JobState
from gateway.content.publishing import jobs
from gateway.content.publishing.releases import Published
from gateway.content.publishing.runner import JobRunner
from gateway.content.publishing.selection import onto_live
from gateway.content.repository.contacts import ContactChange, change_contact
from gateway.content.repository.examples import change_examples, read_examples
from gateway.content.repository.git import Editor as Author
from gateway.content.repository.topics import AnswerChange, change_answer, read_topic
from gateway.core.config.settings import Settings
from tests.worlds.editors import Editor, Editors, editors
from tests.worlds.small_content import MAIJA

pytestmark = pytest.mark.anyio
HERE = "/content/publishing"


@pytest.fixture
def anyio_backend() -> tuple[str, dict[str, bool]]:
    """The loop of the real process: the check is a process of its own."""
    return "asyncio", {"use_uvloop": True}


@pytest.fixture
async def workshop(settings: Settings, template: Path) -> AsyncIterator[Editors]:
    async with editors(settings, template) as workshop:
        yield workshop


def retitle(workshop: Editors, editor: Editor | Author, language: str, title: str, topic: str = "parcel_sms") -> None:
    author = editor if isinstance(editor, Author) else Author(editor.account, editor.account)
    seen = read_topic(workshop.copy, topic)
    change = change_answer(workshop.copy, topic, seen.version, AnswerChange(title={language: title}))
    workshop.copy.save([change], author, title)


def rename(workshop: Editors, editor: Editor, key: str, name: str) -> None:
    version = workshop.copy.read("contacts.yml").version
    change = change_contact(workshop.copy, key, version, ContactChange(name={"fi": name}))
    workshop.copy.save([change], Author(editor.account, editor.account), name)


def name_in(page: str, key: str) -> str:
    found = re.search(rf'name="item" value="({key}@[0-9a-f]{{64}})"', page)
    assert found, f"{key} does not wait"
    return found.group(1)


async def approve(editor: Editor, key: str) -> int:
    name = name_in(await editor.get(HERE), key)
    return (await editor.post(f"{HERE}/order", approve=name)).status_code


async def publish_words(workshop: Editors, editor: Editor, *keys: str) -> ContentJob:
    page = await editor.get(HERE)
    answer = await editor.post(f"{HERE}/order", kind="words", item=[name_in(page, key) for key in keys])
    assert answer.status_code == 303, html.unescape(answer.text)[-1500:]
    runner = JobRunner(workshop.settings, workshop.service.database)
    await runner.run_next(jobs.Lane.WORDS)
    async with workshop.service.database.transaction() as session:
        wanted = select(ContentJob).where(ContentJob.kind == JobKind.WORDS).order_by(ContentJob.created_at.desc())
        job = (await session.scalars(wanted.limit(1))).one()
    assert job.active is None
    return job


def live_text(workshop: Editors, path: str) -> str:
    return (Path(Published(workshop.settings).live().content) / path).read_text("utf-8")


async def test_two_editors_who_each_changed_something_approve_each_others(workshop: Editors) -> None:
    elina, ester = await workshop.editor("elina"), await workshop.editor("ester")
    retitle(workshop, elina, "sv", "Elinas")
    retitle(workshop, ester, "sv", "Esters", "account_hacked")

    assert await approve(elina, "answer:parcel_sms") == 409
    assert await approve(ester, "answer:parcel_sms") == 303
    assert await approve(elina, "answer:account_hacked") == 303
    job = await publish_words(workshop, elina, "answer:parcel_sms", "answer:account_hacked")
    assert job.state == JobState.DONE, jobs.sentences(job, "en")
    assert "Elinas" in live_text(workshop, "answers/scams/parcel_sms.yml")


async def test_of_one_answer_each_approves_the_language_of_the_other(workshop: Editors) -> None:
    elina, ester = await workshop.editor("elina"), await workshop.editor("ester")
    retitle(workshop, elina, "sv", "Elinas")
    retitle(workshop, ester, "fi", "Esterin")

    assert await approve(elina, "answer:parcel_sms") == 303
    refused = await elina.post(f"{HERE}/order", kind="words", item=name_in(await elina.get(HERE), "answer:parcel_sms"))
    assert refused.status_code == 422
    assert await approve(ester, "answer:parcel_sms") == 303
    assert (await publish_words(workshop, ester, "answer:parcel_sms")).state == JobState.DONE


async def test_one_urgent_number_goes_alone_beside_a_training_and_an_example_voids_no_approval(
    workshop: Editors,
) -> None:
    elina, ester = await workshop.editor("elina"), await workshop.editor("ester")
    rename(workshop, elina, "riku", "Riku nyt")
    rename(workshop, ester, "mll_fi", "MLL nyt")
    retitle(workshop, ester, "sv", "Utkast")
    assert await approve(ester, "contact:riku") == 303
    seen = read_examples(workshop.copy, "parcel_sms")
    workshop.copy.save([change_examples(workshop.copy, "parcel_sms", "fi", seen.version, add=["uusi"])], MAIJA, "add")
    async with workshop.service.database.transaction() as session:
        training = await jobs.enqueue(session, JobKind.TRAIN, workshop.copy.head, MAIJA)

    job = await publish_words(workshop, elina, "contact:riku")

    assert job.state == JobState.DONE, jobs.sentences(job, "en")
    assert "Riku nyt" in live_text(workshop, "contacts.yml")
    assert "MLL nyt" not in live_text(workshop, "contacts.yml")
    assert "Utkast" not in live_text(workshop, "answers/scams/parcel_sms.yml")
    assert "- uusi\n" not in live_text(workshop, "nlu/scams/parcel_sms.yml")
    async with workshop.service.database.transaction() as session:
        assert (await jobs.get(session, training.id)).active == jobs.Lane.BOT
    page = await elina.get(HERE)
    assert "contact:riku@" not in page
    name_in(page, "contact:mll_fi")
    name_in(page, "training:parcel_sms")


async def test_an_approval_is_of_one_text_and_the_approver_sees_the_number(workshop: Editors) -> None:
    elina, ester = await workshop.editor("elina"), await workshop.editor("ester")
    seen = read_topic(workshop.copy, "parcel_sms")
    texts = {"en": "Call {emergency_112.phone} at once."}
    change = change_answer(workshop.copy, "parcel_sms", seen.version, AnswerChange(answer=texts))
    workshop.copy.save([change], Author("elina", elina.account), "answer")

    page = await ester.get(HERE)
    assert "Call 112 at once." in re.sub(r"</?(ins|del)>", "", page)
    assert "{emergency_112" not in page
    stale = name_in(page, "answer:parcel_sms")
    retitle(workshop, elina, "sv", "Ny")
    refused = await ester.post(f"{HERE}/order", approve=stale)
    assert refused.status_code == 409
    assert "Somebody has changed" in html.unescape(refused.text)


async def test_whoever_asks_for_approval_is_shown_and_the_state_follows(workshop: Editors) -> None:
    elina, ester = await workshop.editor("elina"), await workshop.editor("ester")
    retitle(workshop, elina, "sv", "Ny")
    name = name_in(await elina.get(HERE), "answer:parcel_sms")
    assert "draft</span>" in await ester.get(HERE)
    assert (await elina.post(f"{HERE}/order", review=name)).status_code == 303
    page = await ester.get(HERE)
    assert "Elina Example has asked for approval." in page
    assert "in review</span>" in page
    await approve(ester, "answer:parcel_sms")
    assert "approved</span>" in await elina.get(HERE)


async def test_words_that_were_trained_beside_stay_when_the_bot_goes_live(workshop: Editors) -> None:
    """A correction of yesterday evening is not undone by a training that began before it."""
    elina, ester = await workshop.editor("elina"), await workshop.editor("ester")
    retitle(workshop, elina, "sv", "Alt", "account_hacked")
    await approve(ester, "answer:account_hacked")
    name = name_in(await elina.get(HERE), "answer:account_hacked")
    assert (await elina.post(f"{HERE}/order", kind="publish", item=name)).status_code == 303
    retitle(workshop, elina, "sv", "Nyare", "account_hacked")
    retitle(workshop, elina, "sv", "Paket")
    for key in ("answer:account_hacked", "answer:parcel_sms"):
        assert await approve(ester, key) == 303
    assert (await publish_words(workshop, ester, "answer:account_hacked", "answer:parcel_sms")).state == JobState.DONE

    async with workshop.service.database.transaction() as session:
        training = next(each for each in await jobs.latest(session) if each.kind == JobKind.PUBLISH)
    live = Published(workshop.settings).live().commit
    with pytest.raises(Exception, match="Nothing has changed"):
        await asyncio.to_thread(onto_live, workshop.copy, training.result["base"], training.commit, live, MAIJA)


async def test_an_old_change_is_taken_back_and_a_later_one_stays(workshop: Editors) -> None:
    elina = await workshop.editor("elina")
    rename(workshop, elina, "riku", "Vanha muutos")
    old = workshop.copy.head
    rename(workshop, elina, "mll_fi", "Uusi muutos")
    assert (await elina.post(f"/content/history/{old}/undo", file="contacts.yml")).status_code == 303
    text = workshop.copy.read("contacts.yml").text
    assert "Vanha muutos" not in text
    assert "Uusi muutos" in text

    rename(workshop, elina, "riku", "Toinen")
    changed = workshop.copy.head
    rename(workshop, elina, "riku", "Kolmas")
    asked = await elina.post(f"/content/history/{changed}/undo")
    assert asked.status_code == 409, "the same place was changed since: somebody chooses"
    assert "Kolmas" in workshop.copy.read("contacts.yml").text


async def test_a_number_is_taken_away_unless_a_text_names_it(workshop: Editors) -> None:
    elina = await workshop.editor("elina")
    page = await elina.get("/content/contacts/riku")
    inputs = re.findall(r'<input id="[^"]+" name="([^"]+)"[^>]* value="([^"]*)"', page)
    fields = {name: html.unescape(value) for name, value in inputs}
    version = re.search(r'name="version" value="([0-9a-f]{40})"', page)
    assert version
    fields |= {"version": version.group(1)} | {f"{part}.status": "OK" for part in ("phone", "url", "hours")}
    cleared = {**fields, **{f"hours.{each}": "" for each in ("fi", "sv", "en")}}
    answer = await elina.post("/content/contacts/riku", **cleared)
    if answer.status_code == 200:
        unfinished = re.search(r'name="unfinished" value="([^"]+)"', answer.text)
        assert unfinished
        answer = await elina.post("/content/contacts/riku/save", unfinished=unfinished.group(1))
    assert answer.status_code == 303
    after = await elina.get("/content/contacts/riku")
    assert re.search(r'name="hours.fi"[^>]* value=""', after)

    retitle(workshop, MAIJA, "sv", "x")
    seen = read_topic(workshop.copy, "parcel_sms")
    texts = {"en": "Call {riku.phone}."}
    change = change_answer(workshop.copy, "parcel_sms", seen.version, AnswerChange(answer=texts))
    workshop.copy.save([change], MAIJA, "use")
    version = re.search(r'name="version" value="([0-9a-f]{40})"', after)
    assert version
    cleared = {**cleared, "version": version.group(1), **{f"phone.{each}": "" for each in ("fi", "sv", "en")}}
    refused = await elina.post("/content/contacts/riku", **cleared)
    assert refused.status_code == 422
    assert "parcel_sms" in refused.text


async def test_words_are_kept_across_a_lock_and_forgotten_when_they_are_saved(workshop: Editors) -> None:
    elina, ester = await workshop.editor("elina"), await workshop.editor("ester")
    page = "/content/topics/parcel_sms"
    headers = {"x-csrf-token": elina.token, "accept": "application/json"}
    typed = {"title.sv": ["Halvfärdig"], "csrf_token": ["never kept"]}
    kept = await elina.client.put("/content/unsaved", params={"page": page}, json=typed, headers=headers)
    assert kept.status_code == 200
    await elina.client.post("/unlock/now", headers=headers)
    locked = await elina.client.get("/content/unsaved", params={"page": page}, headers={"accept": "application/json"})
    assert locked.status_code == 401

    again = await workshop.editor("elina2")
    # Others learn that somebody writes there, and nothing of what.
    only_who = {"others": ["Elina Example"]}
    assert (await again.client.get("/content/unsaved", params={"page": page})).json() == only_who
    assert (await ester.client.get("/content/unsaved", params={"page": page})).json() == only_who
    async with workshop.service.database.transaction() as session:
        found = await unsaved.kept(session, workshop.service.keyring, elina.account, page)
    assert found is not None
    assert found.fields == {"title.sv": ["Halvfärdig"]}

    form = await ester.get(page)
    version = re.search(r'name="version" value="([0-9a-f]{40})"', form)
    assert version
    headers = {"x-csrf-token": ester.token}
    await ester.client.put("/content/unsaved", params={"page": page}, json={"title.sv": ["Ny"]}, headers=headers)
    titles = {f"title.{each}": "Ny" for each in ("fi", "sv", "en")} | {
        f"answer.{each}": "x" for each in ("fi", "sv", "en")
    }
    saved = await ester.post(page, version=version.group(1), unsaved_page=page, **titles)
    assert saved.status_code == 303
    assert (await ester.client.get("/content/unsaved", params={"page": page})).json() == only_who
