"""Console: runs the action of a button in one transaction, and answers with its result or the reason of a refusal."""

import uuid
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from fastapi import Request, Response
from fastapi.responses import JSONResponse
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.accounts.access import Person
from gateway.accounts.staff_page import see_other, translate
from gateway.channels.base import MediaRefused
from gateway.console import wording
from gateway.console.access_log import record_about
from gateway.console.officer import service_of, wants_fragment
from gateway.console.routes_queue import console_page
from gateway.conversations.kinds import ConversationState
from gateway.conversations.models import Conversation
from gateway.core.errors import ChangeNotAllowed, ConversationMissing, GatewayError, WindowClosed
from gateway.dialogue.translator import TranslatorUnavailable
from gateway.handover.attachments import AttachmentRefused
from gateway.outbox.gate import HeldBack
from gateway.outbox.templates import TemplateRefused
from gateway.privacy.legal_holds import HoldUnchanged

Work = Callable[[AsyncSession], Awaitable[object]]
_BY_ERROR: dict[type[GatewayError], str] = {
    ConversationMissing: "missing",
    MediaRefused: "media",
    WindowClosed: "window",
    TemplateRefused: "template",
    HeldBack: "held_back",
    HoldUnchanged: "hold",
    TranslatorUnavailable: "translator",
}
_BY_CODE = {
    "reply_unfilled": "unfilled",
    "snooze_unanswered": "snooze_unanswered",
    **{code: code for code in AttachmentRefused.texts},
}


def conversation_path(conversation_id: uuid.UUID) -> str:
    """The path of a conversation's page."""
    return f"/console/conversations/{conversation_id}"


async def act(
    request: Request,
    person: Person,
    conversation_id: uuid.UUID,
    work: Work,
    *,
    said: str | None = None,
    where: str = "empty",
    show: str = "",
    action: str | None = None,
    details: Mapping[str, Any] | None = None,
) -> Response:
    """Run `work` in one transaction, record `action` with `details` in the audit log with it, and confirm it.

    `said` is a key of `SAID` in the wording; `where` one of `PROBLEMS`: what is missing when the work is refused
    though the conversation is the officer's own. `show`: the part of the page to come back to.
    """
    service = service_of(request)
    try:
        async with service.database.transaction() as session:
            await work(session)
            if action is not None:
                await record_about(session, request, person, action, conversation_id, details)
    except GatewayError as error:
        return await refused(request, person, conversation_id, error, where)
    return done(request, conversation_id, said, show)


def done(request: Request, conversation_id: uuid.UUID, said: str | None = None, show: str = "") -> Response:
    """Redirect to the page or, for its script, an empty response of success."""
    service_of(request).wake_outbox()
    if wants_fragment(request):
        # The next reply of this page is another one: its form needs a new id.
        return Response(status_code=204, headers={"x-form-id": str(uuid.uuid4()), "cache-control": "no-store"})
    return see_other(conversation_path(conversation_id), said=said, **({"show": show} if show else {}))


async def refused(
    request: Request, person: Person, conversation_id: uuid.UUID, error: GatewayError, where: str = "empty"
) -> Response:
    """The page with the error in the officer's language or, for its script, the sentence alone."""
    sentence = await _sentence(request, person, conversation_id, error, where)
    if wants_fragment(request):
        return JSONResponse({"error": sentence}, error.status, headers={"cache-control": "no-store"})
    return await console_page(request, person, conversation_id, status=error.status, more={"problem": sentence})


async def _sentence(
    request: Request, person: Person, conversation_id: uuid.UUID, error: GatewayError, where: str
) -> str:
    code, name = await _problem(request, person, conversation_id, error, where)
    return translate(request, wording.PROBLEMS[code], name=name)


async def _problem(
    request: Request, person: Person, conversation_id: uuid.UUID, error: GatewayError, where: str
) -> tuple[str, str]:
    """The code of what went wrong, and the name of the colleague who has the conversation."""
    for kind, code in _BY_ERROR.items():
        if isinstance(error, kind):
            return code, ""
    if error.code in _BY_CODE:
        return _BY_CODE[error.code], ""
    if not isinstance(error, ChangeNotAllowed):
        return where, ""
    async with service_of(request).database.transaction() as session:
        talk = await session.get(Conversation, conversation_id)
    if talk is None:
        return "missing", ""
    if talk.officer_id == person.id:
        return (where if where != "empty" else "yours"), ""
    written = where == "length" and talk.state == ConversationState.OFFICER
    return "officer_kept" if written else talk.state, talk.officer_name or ""
