"""Web chat: what a request of its page carries: session ticket, address, form."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, ClassVar
from urllib.parse import parse_qsl

from fastapi import Depends, Request

from gateway.channels.webchat import limits
from gateway.core.config.settings import Settings
from gateway.core.errors import BodyTooLarge, GatewayError
from gateway.webchat.service import ChatService
from gateway.webchat.tickets import Ticket

_COOKIE, _FRAME_COOKIE = "neuvo_chat", "neuvo_chat_frame"


class NotOurPage(GatewayError):
    """The request does not come from a page of ours."""

    status = 403
    texts: ClassVar[Mapping[str, str]] = {
        "not_our_page": "Only the chat's own page may write here. Open the chat and write there."
    }


@dataclass(frozen=True)
class Form:
    """The fields of a form, and how its page was opened."""

    fields: dict[str, str]
    embedded: bool
    wants_json: bool


def chat_of(request: Request) -> ChatService:
    """The web chat of this process."""
    chat: ChatService = request.app.state.webchat
    return chat


def address_of(request: Request) -> bytes:
    """The keyed hash of the address that the request came from."""
    peer = request.client.host if request.client else ""
    return chat_of(request).addresses.of(peer, request.headers)


def ticket_of(request: Request, embedded: bool) -> Ticket | None:
    """The session of this browser; a frame in another site's page has one of its own."""
    chat = chat_of(request)
    return chat.tickets.read(request.cookies.get(cookie_name(chat.service.settings, embedded=embedded)))


def cookie_name(settings: Settings, *, embedded: bool) -> str:
    """`__Host-`: a browser takes such a cookie only from this host over TLS, so no neighbour can plant a session."""
    name = _FRAME_COOKIE if embedded else _COOKIE
    return f"__Host-{name}" if settings.secure_cookies else name


async def read_form(request: Request) -> Form:
    """A form of our own page. Raises `NotOurPage`, `BodyTooLarge`."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > limits.BODY_BYTES:
            raise BodyTooLarge(f"A message has at most {limits.TEXT_LENGTH} characters.")
    if not chat_of(request).channel.verify(request.headers, body):
        raise NotOurPage("not_our_page")
    try:
        fields = dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=12))
    except (ValueError, UnicodeDecodeError):
        fields = {}
    wants_json = "application/json" in request.headers.get("accept", "")
    return Form(fields, fields.get("embedded") == "1", wants_json)


OwnForm = Annotated[Form, Depends(read_form)]


def new_client_id() -> str:
    """The id of the next message of a page without script: the same form sent twice is one message."""
    return uuid.uuid4().hex
