"""Content, the pages that create, merge and retire topics, from scratch or from a missed message."""

import asyncio
import re
import unicodedata
import uuid
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, Response

from answers.limits import IN_SHORT, LANGUAGES, REPLY_BUTTON_TITLE, TEXT
from gateway.accounts.staff_page import see_other
from gateway.content.editing import feedback_inbox
from gateway.content.editing.examination import require_no_test
from gateway.content.errors import ContentRefused
from gateway.content.repository.references import PROTECTED, merge_topics, references, retire
from gateway.content.repository.topics import AnswerChange, new_topic, read_topic, topics
from gateway.content.routes import text_wording
from gateway.content.routes.examples import lines_of
from gateway.content.routes.inbox import groups_in
from gateway.content.routes.request_context import Editing, EditingContext
from gateway.content.routes.topics import picks

router = APIRouter(prefix="/content", tags=["content"])


@router.get("/new-topic", response_class=HTMLResponse)
async def begin(editing: Editing, message: uuid.UUID | None = None) -> HTMLResponse:
    """The form of a new topic; `message` is a missed one that it should teach."""
    return await _form(editing, {}, message)


async def _form(
    editing: EditingContext, form: dict[str, str], message: uuid.UUID | None, problem: str = ""
) -> HTMLResponse:
    group = None
    if message is not None:
        group = feedback_inbox.group_among(await groups_in(editing), message)
    context = {
        "form": form,
        "groups": sorted(set(topics(editing.copy).values())),
        "missed": group,
        "message": message,
        "picks": picks(editing.contacts, editing.person.language),
        "title_limit": REPLY_BUTTON_TITLE,
        "text_limit": TEXT,
        "short_limit": IN_SHORT,
        "problem": problem,
        "braces": list(text_wording.BRACES),
        "text_wording": text_wording,
    }
    return editing.page("new.html", context, status_code=422 if problem else 200)


@router.post("/new-topic", response_model=None)
async def create(request: Request, editing: Editing, group: Annotated[str, Form()]) -> Response:
    """Both files of the topic in one save; a missed message that it teaches goes."""
    form = {name: str(value) for name, value in (await request.form()).items()}
    message = uuid.UUID(form["message"]) if form.get("message") else None
    if form.get("do", "").startswith("insert."):
        language = form["do"].removeprefix("insert.")
        form[f"answer.{language}"] = form.get(f"answer.{language}", "") + form.get(f"pick.{language}", "")
        return await _form(editing, form, message)
    try:
        topic = await _create(editing, form, group, message)
    except ContentRefused as refusal:
        return await _form(editing, form, message, refusal.sentence(editing.person.language))
    await editing.forget_unsaved()
    return see_other(f"/content/topics/{topic}", "created")


async def _create(editing: EditingContext, form: dict[str, str], group: str, message: uuid.UUID | None) -> str:
    texts = {field: {each: form.get(f"{field}.{each}", "") for each in LANGUAGES} for field in ("title", "answer")}
    missing = [each for each in LANGUAGES if not texts["title"][each].strip() or not texts["answer"][each].strip()]
    if missing:
        raise ContentRefused("topic_incomplete", language=missing[0])
    topic = name_of(texts["title"]["en"])
    examples = {each: lines_of(form.get(f"examples.{each}", "")) for each in LANGUAGES}
    answer = AnswerChange(title=texts["title"], answer=texts["answer"])
    missed = None if message is None else feedback_inbox.group_among(await groups_in(editing), message)
    if missed is not None:
        feedback_inbox.require_other_words(missed.texts, [each for kept in examples.values() for each in kept])
    for language, typed in examples.items():
        await asyncio.to_thread(require_no_test, editing.copy, language, typed)
    async with editing.service.database.transaction() as session:
        if missed is not None:
            await feedback_inbox.decided(session, missed)
        changes = await asyncio.to_thread(new_topic, editing.copy, topic, group, answer, examples)
        text = editing.gettext("New topic: %(topic)s", topic=topic)
        await asyncio.to_thread(editing.copy.save, changes, editing.editor, text)
    return topic


def name_of(title: str) -> str:
    """A topic's identifier from its English title: `Fake parcels` becomes `fake_parcels`."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "_", plain).strip("_")[:60]


@router.get("/topics/{topic}/arrange", response_class=HTMLResponse)
async def arrange(editing: Editing, topic: str) -> HTMLResponse:
    """Who names the topic, and the choice to merge it into another one or to retire it."""

    def read() -> dict[str, Any]:
        found = references(editing.copy, topic)
        titles = editing.titles()
        return {
            "topic": read_topic(editing.copy, topic),
            "references": [
                (each.kind, titles.get(each.path.rpartition("/")[2].removesuffix(".yml"), each.path)) for each in found
            ],
            "protected": topic in PROTECTED,
            "titles": titles,
            "place": "arrange",
        }

    return editing.page("arrange.html", await asyncio.to_thread(read))


@router.post("/topics/{topic}/merge", response_model=None)
async def merge(
    editing: Editing, topic: str, target: Annotated[str, Form()], sure: Annotated[str, Form()] = ""
) -> Response:
    """The topic becomes a part of another one: examples, tests, buttons and follow-ups go along."""
    if not sure:
        raise ContentRefused("not_sure")
    message = editing.gettext("Topic %(topic)s merged into %(target)s", topic=topic, target=target)
    return await editing.save(
        lambda: merge_topics(editing.copy, target, topic), message, f"/content/topics/{target}", "merged"
    )


@router.post("/topics/{topic}/retire", response_model=None)
async def go(editing: Editing, topic: str, sure: Annotated[str, Form()]) -> Response:
    """The topic goes, and every button that led to it."""
    message = editing.gettext("Topic retired: %(topic)s", topic=topic)
    return await editing.save(lambda: retire(editing.copy, topic), message, "/content", "retired")
