"""Console: notes between officers, which are never sent, and labels."""

import uuid
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from gateway.console.officer import Reader, officer_of, service_of
from gateway.console.request_context import act
from gateway.handover.labels import add_label, remove_label
from gateway.handover.notes import add_note

router = APIRouter(prefix="/console/conversations/{conversation_id}", tags=["console"])
Label = Annotated[str, Form(max_length=32)]


@router.post("/notes")
async def note(
    request: Request, person: Reader, conversation_id: uuid.UUID, note: Annotated[str, Form(max_length=20_000)] = ""
) -> Response:
    """Store a note. Its form field is not the reply's, and no code of this route can send."""
    service, officer = service_of(request), officer_of(person)
    return await act(
        request, person, conversation_id,
        lambda session: add_note(session, service, officer, conversation_id, note),
        said="note_kept", where="note", show="side", action="note_written",
    )  # fmt: skip


@router.post("/labels")
async def label(request: Request, person: Reader, conversation_id: uuid.UUID, label: Label = "") -> Response:
    """Add a label."""
    service, officer = service_of(request), officer_of(person)
    return await act(
        request, person, conversation_id,
        lambda session: add_label(session, service, officer, conversation_id, label), where="label", show="side",
        action="labels_changed",
    )  # fmt: skip


@router.post("/labels/remove")
async def unlabel(request: Request, person: Reader, conversation_id: uuid.UUID, label: Label = "") -> Response:
    """Remove a label."""
    service, officer = service_of(request), officer_of(person)
    return await act(
        request, person, conversation_id,
        lambda session: remove_label(session, service, officer, conversation_id, label), show="side",
        action="labels_changed",
    )  # fmt: skip
