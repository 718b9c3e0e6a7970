"""Content, the feedback inbox: a missed message becomes an example or a test message, reworded, and is deleted."""

import asyncio
import uuid
from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.responses import HTMLResponse, Response

from gateway.accounts import audit
from gateway.content.editing import feedback_inbox
from gateway.content.editing.examination import change_tests, require_no_test
from gateway.content.editing.understood import ask_again
from gateway.content.errors import ContentRefused
from gateway.content.models import MissReason
from gateway.content.repository.examples import alike, all_examples, change_examples, read_examples
from gateway.content.repository.topics import topics, topics_of_danger
from gateway.content.repository.working_copy import Change
from gateway.content.routes.examples import lines_of
from gateway.content.routes.meaning import meaning_of
from gateway.content.routes.request_context import Editing, EditingContext, back

router = APIRouter(prefix="/content/inbox", tags=["content"])
_SHOWN = 50


@router.get("", response_class=HTMLResponse)
async def read(editing: Editing, reason: str = "", language: str = "", topic: str = "") -> HTMLResponse:
    """Everything that waits, the most frequent first; what the bot understands by now stands apart.

    That somebody reads it is recorded.
    """
    everything = await groups_in(editing)
    async with editing.service.database.transaction() as session:
        await audit.record(session, editing.person.id, "content_inbox_read", "inbox", {"groups": len(everything)})
    live = editing.published.live().number
    service = editing.service
    service.spawn(ask_again(service.database, service.keyring, service.settings, live))
    wanted = [
        group
        for group in everything
        if (not reason or any(reason == each for each, _ in group.reasons))
        and (not language or language in group.languages)
        and (not topic or topic in group.topics)
    ]
    dangers = await asyncio.to_thread(topics_of_danger, editing.copy)
    left = [group for group in wanted if group.has_left and group.understood_now not in dangers]
    waiting = [group for group in wanted if group not in left]
    context = {
        "groups": waiting[:_SHOWN],
        "more": max(len(waiting) - _SHOWN, 0),
        "left": left[:_SHOWN],
        "reasons": tuple(MissReason),
        "reason": reason,
        "chosen_language": language,
        "chosen_topic": topic,
        "titles": editing.titles(),
        "days": editing.settings.content_inbox_days,
    }
    return editing.page("inbox.html", context)


async def groups_in(editing: EditingContext) -> list[feedback_inbox.Group]:
    """Everything that waits, by what is asked."""
    async with editing.service.database.transaction() as session:
        messages = await feedback_inbox.missed(session, editing.service.keyring)
    return await feedback_inbox.by_meaning(messages, meaning_of(editing))


@router.post("/several", response_model=None)
async def several(
    editing: Editing, do: Annotated[str, Form()], chosen: Annotated[list[uuid.UUID] | None, Form()] = None
) -> Response:
    """Join the chosen groups, or delete them: of some there is nothing to learn, or the bot knows them by now."""
    everything = await groups_in(editing)
    groups = [feedback_inbox.group_among(everything, each) for each in chosen or []]
    if not groups or (do == "join" and len(groups) < 2):
        raise ContentRefused("nothing_chosen")
    async with editing.service.database.transaction() as session:
        if do == "join":
            await feedback_inbox.join(session, groups)
        else:
            for group in groups:
                await feedback_inbox.decided(session, group)
    return back("/content/inbox", "joined" if do == "join" else "discarded")


@router.get("/{message}", response_class=HTMLResponse)
async def draft(editing: Editing, message: uuid.UUID) -> HTMLResponse:
    """The draft for the topic that a citizen chose, where one did: empty, beside what citizens wrote."""
    return await _page(editing, message, "", None, "example", "")


async def _page(
    editing: Editing, message: uuid.UUID, typed: str, topic: str | None, purpose: str, problem: str
) -> HTMLResponse:
    group = feedback_inbox.group_among(await groups_in(editing), message)
    dangers = await asyncio.to_thread(topics_of_danger, editing.copy)
    context = {
        "group": group,
        "message": message,
        "typed": typed,
        "topic": topic or (group.topic if group.topic not in dangers else ""),
        "purpose": purpose,
        "problem": problem,
        "titles": editing.titles(),
        "alike": [],
    }
    return editing.page("missed.html", context, status_code=422 if problem else 200)


@router.post("/{message}", response_model=None)
async def teach(
    editing: Editing,
    message: uuid.UUID,
    topic: Annotated[str, Form()],
    purpose: Annotated[str, Form()],
    typed: Annotated[str, Form(max_length=20_000)] = "",
    language: Annotated[str, Form()] = "",
) -> Response:
    """Save the editor's own words, then delete the citizens'; both or neither."""
    try:
        await _teach(editing, message, topic, purpose, lines_of(typed), language)
    except ContentRefused as refusal:
        if refusal.key == "no_such_missed_message":
            raise
        return await _page(editing, message, typed, topic, purpose, refusal.sentence(editing.person.language))
    await editing.forget_unsaved()
    return back("/content/inbox", "taught")


async def _teach(
    editing: Editing, message: uuid.UUID, topic: str, purpose: str, texts: list[str], language: str
) -> None:
    if not texts:
        raise ContentRefused("nothing_written")
    group = feedback_inbox.group_among(await groups_in(editing), message)
    feedback_inbox.require_other_words(group.texts, texts)
    async with editing.service.database.transaction() as session:
        await feedback_inbox.decided(session, group)
        changes = await asyncio.to_thread(_changes, editing, topic, purpose, language or group.language, texts)
        words = editing.gettext("Learned from the inbox: %(topic)s", topic=topic)
        await asyncio.to_thread(editing.copy.save, changes, editing.editor, words)


def _changes(editing: Editing, topic: str, purpose: str, language: str, texts: list[str]) -> list[Change]:
    if topic not in topics(editing.copy):
        raise ContentRefused("no_such_topic", topic=topic)
    if purpose == "test":
        return [change_tests(editing.copy, topic, language, add=texts)]
    require_no_test(editing.copy, language, texts)
    for each in alike(all_examples(editing.copy), topic, language, texts):
        if each.other_topic and each.same_words:
            raise ContentRefused("example_in_two_topics", text=each.text, topic=each.topic, example=each.example)
    seen = read_examples(editing.copy, topic)
    return [change_examples(editing.copy, topic, language, seen.version, add=texts)]


@router.post("/{message}/discard", response_model=None)
async def discard(editing: Editing, message: uuid.UUID, sure: Annotated[str, Form()]) -> Response:
    """The group teaches nothing: it goes."""
    group = feedback_inbox.group_among(await groups_in(editing), message)
    async with editing.service.database.transaction() as session:
        await feedback_inbox.decided(session, group)
    return back("/content/inbox", "discarded")
