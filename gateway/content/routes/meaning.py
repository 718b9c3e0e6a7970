"""Content, meaning on the pages: what the bot takes a typed line for, what is near it, and what is misfiled."""

import asyncio
from typing import Annotated, Any, Final

from fastapi import APIRouter, Form
from fastapi.responses import HTMLResponse

from gateway.content.editing.meaning import Meaning, Near
from gateway.content.editing.understood import understood
from gateway.content.errors import ContentRefused
from gateway.content.repository.topics import answer_path
from gateway.content.routes.request_context import Editing, EditingContext

router = APIRouter(prefix="/content", tags=["content"])
# Some 500 MB are given back when nobody has asked for so long, in seconds.
IDLE: Final = 600.0
_MOST: Final = 20
_NEAR: Final = 0.88


def meaning_of(editing: EditingContext) -> Meaning:
    """The encoder's process of this gateway, begun at the first question."""
    state: Any = editing.request.app.state
    if getattr(state, "meaning", None) is None:
        state.meaning = Meaning(editing.settings)
    meaning: Meaning = state.meaning
    editing.service.spawn(_close_later(meaning))
    return meaning


async def _close_later(meaning: Meaning) -> None:
    await asyncio.sleep(IDLE)
    await meaning.process.close_when_idle(IDLE - 1)


@router.post("/meant", response_class=HTMLResponse)
async def meant(
    editing: Editing,
    topic: Annotated[str, Form()] = "",
    typed: Annotated[str, Form(max_length=60_000)] = "",
) -> HTMLResponse:
    """For each typed line: what the bot in use takes it for, and the examples that mean nearly the same."""
    lines = [line.strip() for line in typed.splitlines() if line.strip()][:_MOST]
    taken, near = await asyncio.gather(understood(editing.settings, lines), near_of(editing, lines))
    rows = [
        {"text": line, "taken": guess, "near": [each for each in found if each.likeness >= _NEAR and each.text != line]}
        for line, guess, found in zip(lines, taken, near, strict=True)
    ]
    return editing.page("_meant.html", {"rows": rows, "topic": topic, "titles": editing.titles()})


async def near_of(editing: EditingContext, lines: list[str]) -> list[list[Near]]:
    """For each line the examples that are nearest to it; none where this machine has no encoder, or it is silent."""
    try:
        return await meaning_of(editing).near(lines) if lines else []
    except ContentRefused:
        return [[] for _ in lines]


@router.post("/topics/{topic}/misfiled", response_class=HTMLResponse)
async def misfiled(editing: Editing, topic: str) -> HTMLResponse:
    """The examples of a topic that stand nearer to another one."""
    answer_path(editing.copy, topic)  # an unknown one is refused before a process of some 500 MB is begun for it
    found = await meaning_of(editing).misfiled(topic)
    return editing.page("_misfiled.html", {"found": found, "topic": topic, "titles": editing.titles()})
