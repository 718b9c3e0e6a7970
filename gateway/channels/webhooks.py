"""Webhooks of Meta's platforms: size limit, signature over the raw bytes, durable store, then 200."""

import hmac
from typing import Annotated, Protocol, cast

from fastapi import APIRouter, Query, Request
from starlette.responses import PlainTextResponse
from starlette.routing import Match, Route
from starlette.types import Receive, Scope, Send

from gateway.channels.base import Channel, ChannelsContext
from gateway.conversations.kinds import ChannelName
from gateway.core.errors import BodyTooLarge, ChannelOff, HandshakeRefused, SignatureRejected

router = APIRouter(tags=["webhooks"])
PLATFORMS = (ChannelName.WHATSAPP, ChannelName.MESSENGER, ChannelName.INSTAGRAM)
# Key of a request's scope: the error with which the short way (`webhook_door`) could not store it.
FAILED = "neuvo delivery failed"


class WebhookChannel(Channel, Protocol):
    """A channel whose platform registers a webhook by a token."""

    verify_token: str


def _service(request: Request) -> ChannelsContext:
    service: ChannelsContext = request.app.state.service
    return service


def _platform(request: Request) -> str:
    return request.url.path.rpartition("/")[2]


def _channel(request: Request) -> WebhookChannel:
    channel = _service(request).channels.get(_platform(request))
    if channel is None:
        raise ChannelOff("This service is not on that platform.")
    return cast(WebhookChannel, channel)  # the routes below name only channels that are one


@router.get("/webhooks/whatsapp", response_class=PlainTextResponse)
@router.get("/webhooks/messenger", response_class=PlainTextResponse)
@router.get("/webhooks/instagram", response_class=PlainTextResponse)
async def handshake(
    request: Request,
    mode: Annotated[str, Query(alias="hub.mode")] = "",
    token: Annotated[str, Query(alias="hub.verify_token")] = "",
    challenge: Annotated[str, Query(alias="hub.challenge", max_length=1024)] = "",
) -> str:
    """Meta's check, once and without a signature, that this address is ours; 403 when the token is not the set one."""
    wanted = _channel(request).verify_token
    if mode != "subscribe" or not wanted or not hmac.compare_digest(token.encode(), wanted.encode()):
        raise HandshakeRefused(f"The verify token does not match NEUVO_{_platform(request).upper()}_VERIFY_TOKEN.")
    return challenge


class _Receive:
    """Stores a delivery of Meta; 404 while the platform is off. An application of ASGI, for it is called the most.

    200 only after a durable write, to the database or the spool; 503 when neither could be written. Meta repeats what
    was not answered 200 for seven days (Messenger and Instagram: 36 hours, then the subscription ends). A body that we
    do not understand is stored too; it is never an error.
    """

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request; what it raises is answered as the errors of every other address are."""
        request = Request(scope, receive)
        if isinstance(error := scope.get(FAILED), Exception):
            raise error
        service, channel = _service(request), _channel(request)
        body = await read_capped(request, service.settings.webhook_size_limit)
        if not channel.verify(request.headers, body):
            raise SignatureRejected
        await service.receive(channel, body)
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body", "body": b""})


class _NamedRoute(Route):
    """A route that names itself, as those of pages do, for whoever counts requests."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Whether it is for a request."""
        match, child = super().matches(scope)
        return match, {**child, "route": self}


# Looked through first, before the pages: most requests are deliveries.
RECEIVERS = [
    _NamedRoute(f"/webhooks/{platform}", _Receive(), methods=["POST"], name=f"receive_{platform}")
    for platform in PLATFORMS
]


async def read_capped(request: Request, limit: int) -> bytes:
    """The raw body; raises `BodyTooLarge` before more than `limit` bytes of it are in memory."""
    declared = request.headers.get("content-length", "")
    if declared.isdigit() and int(declared) > limit:
        raise BodyTooLarge(f"The body is over {limit} bytes.")
    chunks, size = [], 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > limit:
            raise BodyTooLarge(f"The body is over {limit} bytes.")
        chunks.append(chunk)
    return b"".join(chunks)
