"""Console: what is known from the citizen's words is set right."""

import uuid
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.console.officer import Reader, officer_of, service_of
from gateway.console.request_context import act
from gateway.handover.corrections import correct

router = APIRouter(prefix="/console/conversations/{conversation_id}", tags=["console"])
Code = Annotated[str, Form(max_length=16)]


@router.post("/told")
async def told(
    request: Request, person: Reader, conversation_id: uuid.UUID, part: Code = "", value: Code = ""
) -> Response:
    """Set a part right: danger that is over, a phone that is watched or safe, a request, a fact that is wrong."""
    service, officer = service_of(request), officer_of(person)

    async def work(session: AsyncSession) -> None:
        await correct(session, service, officer, conversation_id, part, value)

    return await act(
        request, person, conversation_id, work, said="told_corrected", where="correction", action="told_corrected"
    )
