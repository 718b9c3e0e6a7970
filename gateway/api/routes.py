"""The API, its routes: figures, bulletins, the queue, states of conversations, and a request for an officer.

Each names the scope of its token. None tells words, addresses or people. The document is `openapi.py`'s.
"""

import uuid
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request

from gateway.accounts import audit
from gateway.analytics import months
from gateway.api.access import Scoped, transaction
from gateway.api.errors import ApiNotFound
from gateway.api.kinds import Scope
from gateway.api.reading import bulletin_out, conversation_out, conversations_by_id, figures_of, queue_now
from gateway.api.schemas import BulletinOut, ConversationOut, Conversations, Figures, Queue, Refusal
from gateway.api.tokens import Integrator
from gateway.bulletins.published import public_bulletins
from gateway.conversations.kinds import ConversationState, HandoverReason
from gateway.conversations.models import Conversation
from gateway.conversations.repository import locked
from gateway.core.context import Context
from gateway.core.errors import ChangeNotAllowed, ConversationMissing
from gateway.core.locale import Language
from gateway.handover.queue import request_officer

MOST_CONVERSATIONS = 200


def _refusals(*statuses: int) -> dict[int | str, dict[str, Any]]:
    return {status: {"model": Refusal} for status in (401, 403, 429, 503, *statuses)}


router = APIRouter(prefix="/api/v1", tags=["api"], responses=_refusals())
ConversationId = Annotated[uuid.UUID, Path(description="The random id of a conversation.")]


def _service(request: Request) -> Context:
    service: Context = request.app.state.service
    return service


@router.get("/figures", dependencies=[Depends(Scoped(Scope.FIGURES))], responses=_refusals(404))
async def figures(
    request: Request,
    month: Annotated[
        str | None,
        Query(pattern=r"^[0-9]{4}-(0[1-9]|1[0-2])$", description="A whole month, 2026-10; the last one if not given."),
    ] = None,
) -> Figures:
    """What the service did in one whole month, rounded as on the public page."""
    first = months.newest() if month is None else months.whole_month(month)
    if first is None:
        raise ApiNotFound("no_such_month")
    async with transaction(_service(request)) as session:
        return await figures_of(session, first)


@router.get("/bulletins", dependencies=[Depends(Scoped(Scope.BULLETINS))])
async def bulletins(request: Request, language: Language = Language.FI) -> list[BulletinOut]:
    """The notices in force, then those that have ended or were withdrawn lately."""
    async with transaction(_service(request)) as session:
        return [bulletin_out(each) for each in await public_bulletins(session, language)]


@router.get("/queue", dependencies=[Depends(Scoped(Scope.QUEUE))])
async def queue(request: Request) -> Queue:
    """How much waits for officers now."""
    service = _service(request)
    async with transaction(service) as session:
        return await queue_now(session, service.settings.officer_lost_seconds)


@router.get("/conversations", dependencies=[Depends(Scoped(Scope.CONVERSATIONS))])
async def conversations(
    request: Request,
    state: ConversationState | None = None,
    after: uuid.UUID | None = None,
    limit: Annotated[int, Query(ge=1, le=MOST_CONVERSATIONS)] = 50,
) -> Conversations:
    """The states of conversations."""
    async with transaction(_service(request)) as session:
        return await conversations_by_id(session, state, after, limit)


@router.get(
    "/conversations/{conversation_id}",
    dependencies=[Depends(Scoped(Scope.CONVERSATIONS))],
    responses=_refusals(404),
)
async def conversation(request: Request, conversation_id: ConversationId) -> ConversationOut:
    """The state of one conversation."""
    async with transaction(_service(request)) as session:
        row = await session.get(Conversation, conversation_id)
        if row is None:
            raise ConversationMissing("conversation_missing")
        return conversation_out(row)


@router.post("/conversations/{conversation_id}/handover", responses=_refusals(404, 409))
async def hand_over(
    request: Request,
    conversation_id: ConversationId,
    integrator: Annotated[Integrator, Depends(Scoped(Scope.HANDOVER))],
) -> ConversationOut:
    """Put a conversation of the bot into the officers' queue; one that is there already stays as it is.

    Only where the citizen has said yes to an officer. They are told when one has taken the conversation.
    """
    service = _service(request)
    async with transaction(service) as session:
        row = await locked(session, conversation_id)
        if row.state == ConversationState.CLOSED:
            raise ChangeNotAllowed("conversation_closed")
        if row.state == ConversationState.BOT:
            reason, actor = HandoverReason.INTEGRATOR, integrator.actor
            await request_officer(session, row, reason=reason, urgency=None, topic=None, actor=actor)
            subject = audit.conversation_subject(service.keyring, row.id)
            await audit.record(session, actor, "officer_requested", subject)
            service.signals.send(session, "conversation", row.id.hex)
        return conversation_out(row)
