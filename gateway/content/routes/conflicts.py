"""Content, the page of conflicts: what two people wrote in one place, at a save or a pull; and the remote's buttons."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Final

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from gateway.content.errors import ContentRefused
from gateway.content.repository import remote
from gateway.content.repository.conflict_resolution import Choice, Place, Side, packed, resolved, unpacked
from gateway.content.repository.merge import Conflict
from gateway.content.repository.working_copy import Change, EditConflict
from gateway.content.routes.request_context import Editing, EditingContext, back

router = APIRouter(prefix="/content", tags=["content"])
_CHOICE: Final = "choice:"
_WORDS: Final = "words:"
_LONGEST: Final = 20_000


def name_of_choice(conflict: Conflict) -> str:
    """The name of a conflict's field in the form."""
    return _CHOICE + _name(conflict)


def name_of_words(conflict: Conflict) -> str:
    """The name of the field in which a third wording is written."""
    return _WORDS + _name(conflict)


def _name(conflict: Conflict) -> str:
    return "/".join((conflict.path, *conflict.place))


def choices_in(form: Mapping[str, object], paths: Iterable[str]) -> dict[str, dict[Place, Choice]]:
    """What was chosen, by file and place. Raises `ContentRefused` for a third wording that is empty."""
    found: dict[str, dict[Place, Choice]] = {}
    known = sorted(paths, key=len, reverse=True)
    for field, value in form.items():
        name = field.removeprefix(_CHOICE)
        path = next((each for each in known if name == each or name.startswith(f"{each}/")), None)
        if path is None or name == field or str(value) not in Side:
            continue
        side = Side(str(value))
        words = str(form.get(_WORDS + name) or "")[:_LONGEST].replace("\r\n", "\n").strip()
        if side == Side.OWN and not words:
            raise ContentRefused("nothing_written")
        rest = name.removeprefix(path).removeprefix("/")
        found.setdefault(path, {})[tuple(rest.split("/")) if rest else ()] = Choice(side, words)
    return found


@router.post("/resolve", response_model=None)
async def resolve(
    request: Request, editing: Editing, unfinished: Annotated[str, Form()], to: Annotated[str, Form()]
) -> Response:
    """Save with the editor's choices; if somebody was faster once more, the new conflict is shown."""
    changes, message = unpacked(unfinished, editing.settings)
    choices = choices_in(dict(await request.form()), [each.path for each in changes])
    made = await asyncio.to_thread(_resolved, editing, changes, choices)
    address = to if to.startswith("/content") else "/content"
    try:
        await asyncio.to_thread(editing.copy.save, made, editing.editor, message)
    except EditConflict as conflict:
        return await editing.conflict_page(conflict, packed(changes, message, editing.settings), address)
    await editing.forget_unsaved()
    return back(address, "saved")


def _resolved(
    editing: EditingContext, changes: Sequence[Change], choices: Mapping[str, Mapping[Place, Choice]]
) -> list[Change]:
    editing.copy.record_edits_by_hand()
    return [resolved(editing.copy, each, choices[each.path]) if each.path in choices else each for each in changes]


@router.post("/pull", response_model=None)
async def pull(request: Request, editing: Editing) -> Response:
    """Bring in the remote's changes; where the draft has changed the same place, both are shown and one chooses."""
    form = dict(await request.form())
    choices = choices_in(form, await asyncio.to_thread(editing.copy.paths))
    try:
        await asyncio.to_thread(remote.pull, editing.copy, _address(editing), editing.editor, choices)
    except EditConflict as conflict:
        return await editing.conflict_page(conflict, "", "/content/history", action="/content/pull")
    return back("/content/history", "pulled")


@router.post("/push", response_model=None)
async def push(editing: Editing) -> Response:
    """Send the history to the remote."""
    await asyncio.to_thread(remote.push, editing.copy, _address(editing))
    return back("/content/history", "pushed")


def _address(editing: EditingContext) -> str:
    if not editing.settings.content_remote:
        raise ContentRefused("no_remote")
    return editing.settings.content_remote
