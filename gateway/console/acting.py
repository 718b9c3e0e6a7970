"""Beside the road, the console: how each press of a button is done, and what the officer is told when it cannot be."""

import uuid
from collections.abc import Awaitable, Callable

from fastapi import Request, Response
from fastapi.responses import JSONResponse
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.accounts.access import Person
from gateway.console.officer import is_quiet
from gateway.console.pages import console_page
from gateway.conversations.models import Conversation
from gateway.conversations.templates import TemplateRefused
from gateway.errors import ChangeNotAllowed, ConversationMissing, GatewayError, WindowClosed
from gateway.privacy.holds import HoldUnchanged
from gateway.staff_pages import page_words, see_other, service_of

Work = Callable[[AsyncSession], Awaitable[object]]


def talk_path(conversation_id: uuid.UUID) -> str:
    """Where a conversation's page is."""
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
) -> Response:
    """Do something in one transaction and say so.

    `said` is a key of the words under `said`; `where` one under `problems`: what is missing when the work is refused
    though the conversation is the officer's own. `show`: the part of the page to come back to.
    """
    service = service_of(request)
    try:
        async with service.database.transaction() as session:
            await work(session)
    except GatewayError as error:
        return await refused(request, person, conversation_id, error, where)
    return done(request, conversation_id, said, show)


def done(request: Request, conversation_id: uuid.UUID, said: str | None = None, show: str = "") -> Response:
    """Back to the page, or, for its script, that it went well."""
    service_of(request).wake_outbox()
    if is_quiet(request):
        # The next reply of this page is another one: its form needs an id of its own.
        return Response(status_code=204, headers={"x-form-id": str(uuid.uuid4()), "cache-control": "no-store"})
    return see_other(talk_path(conversation_id), said=said, **({"show": show} if show else {}))


async def refused(
    request: Request, person: Person, conversation_id: uuid.UUID, error: GatewayError, where: str = "empty"
) -> Response:
    """The page again with a sentence in the officer's language, or, for the page's script, the sentence alone."""
    sentence = await _sentence(request, person, conversation_id, error, where)
    if is_quiet(request):
        return JSONResponse({"error": sentence}, error.status, headers={"cache-control": "no-store"})
    return await console_page(request, person, conversation_id, status=error.status, more={"problem": sentence})


async def _sentence(
    request: Request, person: Person, conversation_id: uuid.UUID, error: GatewayError, where: str
) -> str:
    problems: dict[str, str] = page_words(request, "console")["problems"]
    if isinstance(error, ConversationMissing):
        return problems["missing"]
    if isinstance(error, WindowClosed):
        return problems["window"]
    if isinstance(error, TemplateRefused):
        return problems["template"]
    if isinstance(error, HoldUnchanged):
        return problems["hold"]
    if not isinstance(error, ChangeNotAllowed):
        return problems[where]
    async with service_of(request).database.transaction() as session:
        talk = await session.get(Conversation, conversation_id)
    if talk is None:
        return problems["missing"]
    if talk.officer_id == person.id:
        return problems[where] if where != "empty" else problems["yours"]
    return problems[talk.state].replace("{name}", talk.officer_name or "")
