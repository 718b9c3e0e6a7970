"""Console: a conversation rests until a date, and comes back as a follow-up."""

import datetime as dt
import uuid
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.console.officer import Reader, officer_of, service_of
from gateway.console.request_context import act
from gateway.core.database import now
from gateway.core.inputs import OutOfBounds, read_day
from gateway.core.locale import HELSINKI
from gateway.handover.errors import HandoverTextRefused
from gateway.handover.notes import add_note
from gateway.handover.snooze import LONGEST, snooze, wake

router = APIRouter(prefix="/console/conversations/{conversation_id}", tags=["console"])
MORNING = dt.time(9)
Short = Annotated[str, Form(max_length=16)]


def until(when: str, day: str, clock: str, at: dt.datetime) -> dt.datetime:
    """The chosen moment: `hour`, `tomorrow`, `monday`, or a date and a time of Helsinki.

    Raises `HandoverTextRefused` for what is no date.
    """
    today = at.astimezone(HELSINKI).date()
    if when == "hour":
        return at + dt.timedelta(hours=1)
    if when == "tomorrow":
        return dt.datetime.combine(today + dt.timedelta(days=1), MORNING, HELSINKI)
    if when == "monday":
        return dt.datetime.combine(today + dt.timedelta(days=7 - today.weekday()), MORNING, HELSINKI)
    try:
        time, chosen = dt.time.fromisoformat(clock) if clock else MORNING, read_day(day)
        if chosen is None:
            raise ValueError(day)
        return dt.datetime.combine(chosen, time.replace(tzinfo=None), HELSINKI)
    except (ValueError, OutOfBounds):
        raise HandoverTextRefused("snooze_date", days=LONGEST.days) from None


@router.post("/snooze")
async def rest(
    request: Request,
    person: Reader,
    conversation_id: uuid.UUID,
    when: Short = "",
    day: Short = "",
    clock: Short = "",
    note: Annotated[str, Form(max_length=4000)] = "",
) -> Response:
    """Let the conversation rest until the chosen moment; what is to be done then is kept as a note."""
    service, officer = service_of(request), officer_of(person)

    async def work(session: AsyncSession) -> None:
        await snooze(session, service, officer, conversation_id, until(when, day, clock, now()))
        if note.strip():
            await add_note(session, service, officer, conversation_id, note)

    return await act(
        request, person, conversation_id, work, said="snoozed", where="snooze_date",
        action="conversation_snoozed",
    )  # fmt: skip


@router.post("/wake")
async def back(request: Request, person: Reader, conversation_id: uuid.UUID) -> Response:
    """Bring the conversation back before its time."""
    service, officer = service_of(request), officer_of(person)
    return await act(
        request, person, conversation_id,
        lambda session: wake(session, service, officer, conversation_id), said="woken", action="conversation_woken",
    )  # fmt: skip
