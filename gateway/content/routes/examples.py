"""Content, the page of training examples and test messages of a topic."""

import asyncio
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Form
from fastapi.responses import HTMLResponse, Response

from answers.limits import LANGUAGES
from gateway.content.editing.examination import change_tests, read_tests, require_no_test
from gateway.content.editing.overview import results_of_live
from gateway.content.errors import ContentRefused
from gateway.content.publishing.results import understood
from gateway.content.repository.examples import (
    Alike,
    alike,
    all_examples,
    change_examples,
    edit_example,
    move_examples,
    read_examples,
)
from gateway.content.repository.topics import read_topic
from gateway.content.repository.working_copy import Change
from gateway.content.routes.request_context import Editing, EditingContext

router = APIRouter(prefix="/content", tags=["content"])
_MOST_LINES = 500


def lines_of(text: str) -> list[str]:
    """One example a line, as somebody pastes them: bullets and empty lines are left out."""
    found = [line.strip().lstrip("•*–").removeprefix("- ").strip() for line in text.splitlines()]
    return [line for line in found if line][:_MOST_LINES]


@router.get("/topics/{topic}/examples", response_class=HTMLResponse)
async def read(editing: Editing, topic: str, language: str = "") -> HTMLResponse:
    """The examples of one language."""
    return await asyncio.to_thread(_page, editing, topic, _language(editing, language), [], "")


def _language(editing: EditingContext, wanted: str) -> str:
    return wanted if wanted in LANGUAGES else editing.person.language


def _page(editing: EditingContext, topic: str, language: str, found: list[Alike], typed: str) -> HTMLResponse:
    examples = read_examples(editing.copy, topic)
    context = {
        "topic": read_topic(editing.copy, topic),
        "examples": examples,
        "language_shown": language,
        "texts": examples.texts.get(language, ()),
        "titles": editing.titles(),
        "alike": found,
        "typed": typed,
        "place": "examples",
    }
    return editing.page("examples.html", context)


@router.post("/topics/{topic}/examples", response_model=None)
async def change(
    editing: Editing,
    topic: str,
    language: Annotated[str, Form()],
    version: Annotated[str, Form()],
    do: Annotated[str, Form()],
    typed: Annotated[str, Form(max_length=60_000)] = "",
    chosen: Annotated[list[str] | None, Form()] = None,
    target: Annotated[str, Form()] = "",
    edited: Annotated[str, Form(max_length=1000)] = "",
) -> Response:
    """Add lines, look for likenesses first, change one, take chosen ones away, or move them to another topic."""
    here = f"/content/topics/{topic}/examples?language={language}"
    if do in ("add", "look"):
        new = lines_of(typed)
        found = await asyncio.to_thread(lambda: alike(all_examples(editing.copy), topic, language, new))
        if do == "look" or any(each.other_topic and each.same_words for each in found):
            return await asyncio.to_thread(_page, editing, topic, language, found, typed)
        await asyncio.to_thread(require_no_test, editing.copy, language, new)
        message = editing.ngettext(
            "%(num)s example added: %(topic)s", "%(num)s examples added: %(topic)s", len(new), topic=topic
        )
        return await editing.save(
            lambda: [change_examples(editing.copy, topic, language, version, add=new)], message, here
        )
    return await _rearrange(editing, topic, language, version, do, chosen or [], target, edited)


async def _rearrange(
    editing: EditingContext,
    topic: str,
    language: str,
    version: str,
    do: str,
    texts: list[str],
    target: str,
    edited: str,
) -> Response:
    """Change one line, move some to another topic, or take them away."""
    here = f"/content/topics/{topic}/examples?language={language}"
    if do == "edit":
        if len(texts) != 1 or not edited.strip():
            raise ContentRefused("edit_one")
        await asyncio.to_thread(require_no_test, editing.copy, language, lines_of(edited))
        message = editing.gettext("Example changed: %(topic)s", topic=topic)
        return await editing.save(
            lambda: [edit_example(editing.copy, topic, language, version, texts[0], edited)], message, here
        )
    if do == "move":
        message = editing.ngettext(
            "%(num)s example moved: %(topic)s → %(target)s",
            "%(num)s examples moved: %(topic)s → %(target)s",
            len(texts),
            topic=topic,
            target=target,
        )
        return await editing.save(lambda: move_examples(editing.copy, topic, target, language, texts), message, here)
    message = editing.ngettext(
        "%(num)s example removed: %(topic)s", "%(num)s examples removed: %(topic)s", len(texts), topic=topic
    )
    return await editing.save(
        lambda: [change_examples(editing.copy, topic, language, version, remove=texts)], message, here
    )


@router.post("/alike", response_class=HTMLResponse)
async def likenesses(
    editing: Editing,
    language: Annotated[str, Form()],
    topic: Annotated[str, Form()] = "",
    typed: Annotated[str, Form(max_length=60_000)] = "",
) -> HTMLResponse:
    """What the lines repeat or contradict, for the script of the page: asked again with every pause of the editor."""
    found = await asyncio.to_thread(lambda: alike(all_examples(editing.copy), topic, language, lines_of(typed)))
    return editing.page("_alike.html", {"alike": found, "titles": editing.titles()})


@router.get("/topics/{topic}/tests", response_class=HTMLResponse)
async def read_test_messages(editing: Editing, topic: str) -> HTMLResponse:
    """The topic's test messages, with what the live bot made of each at the last examination."""
    return await asyncio.to_thread(_tests_page, editing, topic)


def _tests_page(editing: EditingContext, topic: str) -> HTMLResponse:
    results = results_of_live(editing.published)
    known = understood(results if isinstance(results, Path) else None)
    rows: dict[str, list[dict[str, Any]]] = {}
    for language, tests in read_tests(editing.copy, topic).items():
        for line in tests.messages:
            text, _, also = line.partition("\t")
            rows.setdefault(language, []).append(
                {"text": text, "also": also, "guess": known.get((language, text)), "right": (topic, also)}
            )
    context = {"topic": read_topic(editing.copy, topic), "rows": rows, "titles": editing.titles(), "place": "tests"}
    return editing.page("tests.html", context)


@router.post("/topics/{topic}/tests", response_model=None)
async def change_test_messages(
    editing: Editing,
    topic: str,
    language: Annotated[str, Form()],
    do: Annotated[str, Form()],
    typed: Annotated[str, Form(max_length=60_000)] = "",
    chosen: Annotated[list[str] | None, Form()] = None,
) -> Response:
    """Add test messages, or take chosen ones away. A message that is an example already would examine nothing."""
    new = lines_of(typed) if do == "add" else []

    def changes() -> list[Change]:
        return [change_tests(editing.copy, topic, language, add=new, remove=[] if do == "add" else chosen or [])]

    message = editing.gettext("Test messages changed: %(topic)s", topic=topic)
    return await editing.save(changes, message, f"/content/topics/{topic}/tests")
