"""Webhooks of Meta's platforms: size limit, signature over the raw bytes, durable store, then 200."""

import hmac
from typing import Annotated, Protocol, cast

from fastapi import APIRouter, Query, Request, Response
from starlette.responses import PlainTextResponse

from gateway.channels.base import Channel, ChannelsContext
from gateway.core.errors import BodyTooLarge, ChannelOff, HandshakeRefused, SignatureRejected

router = APIRouter(tags=["webhooks"])


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


@router.post("/webhooks/whatsapp", status_code=200)
@router.post("/webhooks/messenger", status_code=200)
@router.post("/webhooks/instagram", status_code=200)
async def receive(request: Request) -> Response:
    """Store a delivery of Meta; 404 while the platform is off.

    200 only after a durable write, to the database or the spool; 503 when neither could be written. Meta repeats what
    was not answered 200 for seven days (Messenger and Instagram: 36 hours, then the subscription ends). A body that we
    do not understand is stored too; it is never an error.
    """
    service, channel = _service(request), _channel(request)
    body = await read_capped(request, service.settings.webhook_size_limit)
    if not channel.verify(request.headers, body):
        raise SignatureRejected
    await service.receive(channel, body)
    return Response(status_code=200)


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
