"""Beside the road, the console: who has a conversation, whether it goes on, and whether its citizen is answered."""

import uuid
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.accounts import audit
from gateway.console.acting import act
from gateway.console.grounds import Given
from gateway.console.officer import Reader, officer_of
from gateway.errors import NothingWritten
from gateway.handover import blocking, owning, shifts
from gateway.staff_pages import service_of

router = APIRouter(prefix="/console/conversations/{conversation_id}", tags=["console"])


@router.post("/claim")
async def claim(request: Request, person: Reader, conversation_id: uuid.UUID) -> Response:
    """Take it: one officer wins, the others read who did."""
    service, officer = service_of(request), officer_of(person)
    return await act(
        request, person, conversation_id,
        lambda session: owning.claim(session, service, officer, conversation_id), said="claimed",
    )  # fmt: skip


@router.post("/take-over")
async def take_over(request: Request, person: Reader, conversation_id: uuid.UUID) -> Response:
    """A supervisor takes it from the officer who has it."""
    service, officer = service_of(request), officer_of(person)

    async def work(session: AsyncSession) -> None:
        await owning.take_over(session, service, officer, conversation_id)
        await audit.record(session, person.id, "conversation_taken_over", str(conversation_id))

    return await act(request, person, conversation_id, work, said="claimed")


@router.post("/hand-on")
async def hand_on(
    request: Request,
    person: Reader,
    conversation_id: uuid.UUID,
    ground: Given,
    colleague: Annotated[uuid.UUID | None, Form()] = None,
) -> Response:
    """Give it to a colleague who is on duty."""
    service, officer = service_of(request), officer_of(person)

    async def work(session: AsyncSession) -> None:
        there = await shifts.on_duty(session, service.settings.officer_lost_seconds)
        chosen = next((each for each in there if each.id == colleague), None)
        if chosen is None:
            raise NothingWritten("This colleague is not on duty any more: choose another, or use the queue.")
        await owning.hand_on(session, service, officer, conversation_id, chosen, ground.text)

    return await act(request, person, conversation_id, work, said="handed_on", where="colleague")


@router.post("/release")
async def release(request: Request, person: Reader, conversation_id: uuid.UUID, ground: Given) -> Response:
    """Put it back into the queue."""
    service, officer = service_of(request), officer_of(person)
    return await act(
        request, person, conversation_id,
        lambda session: owning.release(session, service, officer, conversation_id, ground.text), said="released",
    )  # fmt: skip


@router.post("/give-back")
async def give_back(request: Request, person: Reader, conversation_id: uuid.UUID) -> Response:
    """Let the bot go on; the citizen is told."""
    service, officer = service_of(request), officer_of(person)
    return await act(
        request, person, conversation_id,
        lambda session: owning.give_back(session, service, officer, conversation_id), said="given_back",
    )  # fmt: skip


@router.post("/close")
async def close(request: Request, person: Reader, conversation_id: uuid.UUID, ground: Given) -> Response:
    """End it, with a reason."""
    service, officer = service_of(request), officer_of(person)
    return await act(
        request, person, conversation_id,
        lambda session: owning.close(session, service, officer, conversation_id, ground.text),
        said="closed", where="reason",
    )  # fmt: skip


@router.post("/block")
async def block(request: Request, person: Reader, conversation_id: uuid.UUID, ground: Given) -> Response:
    """Answer this citizen only where there is danger."""
    service, officer = service_of(request), officer_of(person)

    async def work(session: AsyncSession) -> None:
        await blocking.block(session, service, officer, conversation_id, ground.text)
        await audit.record(session, person.id, "citizen_blocked", str(conversation_id), {"ground": ground.code})

    return await act(request, person, conversation_id, work, said="blocked", where="reason", show="side")


@router.post("/unblock")
async def unblock(request: Request, person: Reader, conversation_id: uuid.UUID) -> Response:
    """Answer this citizen again."""
    service, officer = service_of(request), officer_of(person)

    async def work(session: AsyncSession) -> None:
        await blocking.unblock(session, service, officer, conversation_id)
        await audit.record(session, person.id, "citizen_unblocked", str(conversation_id))

    return await act(request, person, conversation_id, work, said="unblocked", show="side")
