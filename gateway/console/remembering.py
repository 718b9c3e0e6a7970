"""Beside the road, the console: what officers write for each other: notes, which are never sent, and labels."""

import uuid
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from gateway.console.acting import act
from gateway.console.officer import Reader, officer_of
from gateway.handover.labels import add_label, remove_label
from gateway.handover.notes import add_note
from gateway.staff_pages import service_of

router = APIRouter(prefix="/console/conversations/{conversation_id}", tags=["console"])
Label = Annotated[str, Form(max_length=32)]


@router.post("/notes")
async def note(
    request: Request, person: Reader, conversation_id: uuid.UUID, note: Annotated[str, Form(max_length=20_000)] = ""
) -> Response:
    """Keep a note. Its field has another name than the reply's, and no code of this route can send."""
    service, officer = service_of(request), officer_of(person)
    return await act(
        request, person, conversation_id,
        lambda session: add_note(session, service, officer, conversation_id, note),
        said="note_kept", where="note", show="side",
    )  # fmt: skip


@router.post("/labels")
async def label(request: Request, person: Reader, conversation_id: uuid.UUID, label: Label = "") -> Response:
    """Put a label on."""
    service, officer = service_of(request), officer_of(person)
    return await act(
        request, person, conversation_id,
        lambda session: add_label(session, service, officer, conversation_id, label), where="label", show="side",
    )  # fmt: skip


@router.post("/labels/remove")
async def unlabel(request: Request, person: Reader, conversation_id: uuid.UUID, label: Label = "") -> Response:
    """Take a label away."""
    service, officer = service_of(request), officer_of(person)
    return await act(
        request, person, conversation_id,
        lambda session: remove_label(session, service, officer, conversation_id, label), show="side",
    )  # fmt: skip
