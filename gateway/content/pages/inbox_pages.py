"""Editors' workshop: the inbox: what nobody understood becomes an example or a test, reworded, and then goes."""

import asyncio
import uuid
from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.responses import HTMLResponse, Response

from gateway.accounts import audit
from gateway.content import inbox
from gateway.content.examination import change_tests
from gateway.content.examples import alike, all_examples, change_examples, read_examples
from gateway.content.pages.desk import AtDesk, back
from gateway.content.pages.example_pages import lines_of
from gateway.content.refusals import ContentRefused
from gateway.content.topics import topics
from gateway.content.working_copy import Change

router = APIRouter(prefix="/content/inbox", tags=["content"])
_SHOWN = 50


@router.get("", response_class=HTMLResponse)
async def read(desk: AtDesk, reason: str = "", language: str = "") -> HTMLResponse:
    """Everything that waits, the most frequent first. That somebody reads it is recorded."""
    async with desk.service.database.transaction() as session:
        everything = await inbox.groups(session, desk.service.keyring)
        await audit.record(session, desk.person.id, "content_inbox_read", "inbox", {"groups": len(everything)})
    wanted = [
        group
        for group in everything
        if (not reason or any(reason == each for each, _ in group.reasons))
        and (not language or group.language == language)
    ]
    context = {
        "groups": wanted[:_SHOWN],
        "more": max(len(wanted) - _SHOWN, 0),
        "reasons": inbox.REASONS,
        "reason": reason,
        "chosen_language": language,
        "titles": desk.titles(),
        "days": desk.settings.content_inbox_days,
    }
    return desk.page("inbox.html", context)


@router.get("/{message}", response_class=HTMLResponse)
async def draft(desk: AtDesk, message: uuid.UUID) -> HTMLResponse:
    """The draft for the topic that is likeliest: empty, beside what citizens wrote."""
    return await _page(desk, message, "", None, "example", "")


async def _page(
    desk: AtDesk, message: uuid.UUID, typed: str, topic: str | None, purpose: str, problem: str
) -> HTMLResponse:
    async with desk.service.database.transaction() as session:
        group = await inbox.group_of(session, desk.service.keyring, message)
    context = {
        "group": group,
        "message": message,
        "typed": typed,
        "topic": topic or group.topic,
        "purpose": purpose,
        "problem": problem,
        "titles": desk.titles(),
        "alike": [],
    }
    return desk.page("missed.html", context, status_code=422 if problem else 200)


@router.post("/{message}", response_model=None)
async def teach(
    desk: AtDesk,
    message: uuid.UUID,
    topic: Annotated[str, Form()],
    purpose: Annotated[str, Form()],
    typed: Annotated[str, Form(max_length=20_000)] = "",
) -> Response:
    """Save the editor's own words, then delete the citizens'; both or neither."""
    try:
        await _teach(desk, message, topic, purpose, lines_of(typed))
    except ContentRefused as refusal:
        if refusal.key == "no_such_missed_message":
            raise
        return await _page(desk, message, typed, topic, purpose, refusal.sentence(desk.person.language))
    return back("/content/inbox", "taught")


async def _teach(desk: AtDesk, message: uuid.UUID, topic: str, purpose: str, texts: list[str]) -> None:
    if not texts:
        raise ContentRefused("nothing_written")
    async with desk.service.database.transaction() as session:
        group = await inbox.group_of(session, desk.service.keyring, message)
        inbox.require_other_words(group.texts, texts)
        await inbox.decided(session, group)
        changes = await asyncio.to_thread(_changes, desk, topic, purpose, group.language, texts)
        words = desk.words["commits"]["taught"].format(topic=topic)
        await asyncio.to_thread(desk.copy.save, changes, desk.editor, words)


def _changes(desk: AtDesk, topic: str, purpose: str, language: str, texts: list[str]) -> list[Change]:
    if topic not in topics(desk.copy):
        raise ContentRefused("no_such_topic", topic=topic)
    if purpose == "test":
        return [change_tests(desk.copy, topic, language, add=texts)]
    for each in alike(all_examples(desk.copy), topic, language, texts):
        if each.other_topic and each.same_words:
            raise ContentRefused("example_in_two_topics", text=each.text, topic=each.topic, example=each.example)
    seen = read_examples(desk.copy, topic)
    return [change_examples(desk.copy, topic, language, seen.version, add=texts)]


@router.post("/{message}/discard", response_model=None)
async def discard(desk: AtDesk, message: uuid.UUID, sure: Annotated[str, Form()]) -> Response:
    """The group teaches nothing: it goes."""
    async with desk.service.database.transaction() as session:
        group = await inbox.group_of(session, desk.service.keyring, message)
        await inbox.decided(session, group)
    return back("/content/inbox", "discarded")
