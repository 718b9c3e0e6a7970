"""Console: what every page of an officer asks for by itself, also while it is locked: alarms, without any words.

The same request is the heartbeat of the shift: every page of the staff sends it, not only the console's.
"""

import uuid
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import JSONResponse
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.accounts import sessions
from gateway.console.officer import Reader, Watcher, officer_of, service_of
from gateway.conversations.models import Conversation
from gateway.core.actors import Officer
from gateway.handover import presence, shifts
from gateway.handover.alarms import Alarm, alarms_of, mark_seen, waiting_count

router = APIRouter(prefix="/console", tags=["console"])
MAX_IDLE = 7 * 24 * 3600.0  # seconds that a page may claim


@dataclass(frozen=True)
class Heartbeat:
    """What a page says of itself: seconds since the officer's last press or key, and the conversation it shows."""

    idle: Annotated[float | None, Form(ge=0)] = None
    conversation: Annotated[uuid.UUID | None, Form()] = None


@router.post("/here")
async def here(request: Request, person: Watcher, said: Annotated[Heartbeat, Depends()]) -> JSONResponse:
    """The heartbeat of an open page, every few seconds; answers with the alarms of this officer."""
    service, officer, current = service_of(request), officer_of(person), request.state.staff_session
    async with service.database.transaction() as session:
        idle = None if said.idle is None else min(said.idle, MAX_IDLE)
        on_duty = await shifts.heartbeat(session, officer, idle=idle)
        if on_duty:
            await sessions.keep_watching(session, current.id)
        if not current.locked and said.conversation is not None:
            await _look(session, request, officer, said.conversation)
        content = {
            "locked": current.locked,
            "on_duty": on_duty,
            "waiting": await waiting_count(session),
            "alarms": [_written(each) for each in await alarms_of(session, officer, on_duty=on_duty)],
        }
    return JSONResponse(content, headers={"cache-control": "no-store"})


async def _look(session: AsyncSession, request: Request, officer: Officer, conversation_id: uuid.UUID) -> None:
    if await session.get(Conversation, conversation_id) is None:
        return
    await presence.mark_present(session, service_of(request), officer, conversation_id)
    await mark_seen(session, officer.id, conversation_id=conversation_id)


def _written(alarm: Alarm) -> dict[str, Any]:
    return {
        "key": alarm.key,
        "kind": alarm.kind,
        "conversation": str(alarm.conversation_id) if alarm.conversation_id else None,
        "since": alarm.since.isoformat(),
        "escalated": alarm.escalated,
        "alert": str(alarm.alert) if alarm.alert else None,
    }


@router.post("/alerts/{alert_id}/seen", status_code=204)
async def seen(request: Request, person: Reader, alert_id: uuid.UUID) -> None:
    """The officer has read that a conversation came to them, was taken from them, or that their shift was ended."""
    async with service_of(request).database.transaction() as session:
        await mark_seen(session, person.id, alert_id=alert_id)
