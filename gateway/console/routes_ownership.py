"""Console: changes of ownership, closing, and blocking of citizens."""

import uuid
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.console.access_log import ground_to_read, record_about
from gateway.console.officer import Reader, officer_of, service_of
from gateway.console.reasons import ToBlock, ToClose, ToRelease
from gateway.console.request_context import act
from gateway.handover import blocking, ownership, shifts
from gateway.handover.errors import HandoverTextRefused

router = APIRouter(prefix="/console/conversations/{conversation_id}", tags=["console"])

# Who wrote to misuse the service, or has fallen silent, is not asked whether it helped.
ASKS_WHETHER_IT_HELPED = frozenset({"settled", "guided_on", "other"})


@router.post("/claim")
async def claim(request: Request, person: Reader, conversation_id: uuid.UUID) -> Response:
    """Claim the conversation: one officer succeeds, the others see who did; the shift begins, if it has not."""
    service, officer = service_of(request), officer_of(person)

    async def work(session: AsyncSession) -> None:
        ground = await ground_to_read(session, request, person, conversation_id) or "stepped_in"
        await record_about(session, request, person, "conversation_claimed", conversation_id, {"ground": ground})
        await ownership.claim(session, service, officer, conversation_id)
        # Who answers is on duty: else nobody would notice that they are gone, and no alarm would reach them.
        await shifts.start_shift(session, service, officer)

    return await act(request, person, conversation_id, work, said="claimed")


@router.post("/take-over")
async def take_over(request: Request, person: Reader, conversation_id: uuid.UUID) -> Response:
    """A supervisor takes the conversation from its owner."""
    service, officer = service_of(request), officer_of(person)

    async def work(session: AsyncSession) -> None:
        await ownership.take_over(session, service, officer, conversation_id)
        await shifts.start_shift(session, service, officer)

    return await act(request, person, conversation_id, work, said="claimed", action="conversation_taken_over")


@router.post("/hand-on")
async def hand_on(
    request: Request,
    person: Reader,
    conversation_id: uuid.UUID,
    ground: ToRelease,
    colleague: Annotated[uuid.UUID | None, Form()] = None,
) -> Response:
    """Give the conversation to a colleague who is on duty."""
    service, officer = service_of(request), officer_of(person)

    async def work(session: AsyncSession) -> None:
        on_duty = await shifts.on_duty(session, service.settings.officer_lost_seconds)
        chosen = next((each for each in on_duty if each.id == colleague), None)
        if chosen is None:
            raise HandoverTextRefused("colleague_off_duty")
        await ownership.hand_on(session, service, officer, conversation_id, chosen, ground.text)

    return await act(
        request, person, conversation_id, work, said="handed_on", where="colleague",
        action="conversation_handed_on",
    )  # fmt: skip


@router.post("/release")
async def release(request: Request, person: Reader, conversation_id: uuid.UUID, ground: ToRelease) -> Response:
    """Put the conversation back into the queue."""
    service, officer = service_of(request), officer_of(person)
    return await act(
        request, person, conversation_id,
        lambda session: ownership.release(session, service, officer, conversation_id, ground.text), said="released",
        action="conversation_released", details={"ground": ground.code},
    )  # fmt: skip


@router.post("/give-back")
async def give_back(request: Request, person: Reader, conversation_id: uuid.UUID) -> Response:
    """Give the conversation back to the bot; the citizen is told."""
    service, officer = service_of(request), officer_of(person)
    return await act(
        request, person, conversation_id,
        lambda session: ownership.give_back(session, service, officer, conversation_id), said="given_back",
        action="conversation_given_back",
    )  # fmt: skip


@router.post("/close")
async def close(request: Request, person: Reader, conversation_id: uuid.UUID, ground: ToClose) -> Response:
    """Close the conversation, with a reason."""
    service, officer = service_of(request), officer_of(person)
    return await act(
        request, person, conversation_id,
        lambda session: ownership.close(
            session, service, officer, conversation_id, ground.text, asks=ground.code in ASKS_WHETHER_IT_HELPED
        ),
        said="closed", where="reason", action="conversation_closed", details={"ground": ground.code},
    )  # fmt: skip


@router.post("/block")
async def block(request: Request, person: Reader, conversation_id: uuid.UUID, ground: ToBlock) -> Response:
    """Answer this citizen only where there is danger."""
    service, officer = service_of(request), officer_of(person)

    async def work(session: AsyncSession) -> None:
        await blocking.block(session, service, officer, conversation_id, ground.text, ground.code)

    return await act(
        request, person, conversation_id, work, said="blocked", where="reason", show="side",
        action="citizen_blocked", details={"ground": ground.code},
    )  # fmt: skip


@router.post("/unblock")
async def unblock(request: Request, person: Reader, conversation_id: uuid.UUID) -> Response:
    """Answer this citizen again."""
    service, officer = service_of(request), officer_of(person)

    async def work(session: AsyncSession) -> None:
        await blocking.unblock(session, service, officer, conversation_id)

    return await act(request, person, conversation_id, work, said="unblocked", show="side", action="citizen_unblocked")
