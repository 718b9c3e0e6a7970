"""Station 0, the doors of Messenger and Instagram: as WhatsApp's, each with secrets of its own, 404 while it is off."""

import hmac
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from starlette.responses import PlainTextResponse

from gateway.channels.pages.channel import PageChannel
from gateway.channels.webhook import read_capped
from gateway.conversations.intake import take
from gateway.errors import ChannelOff, HandshakeRefused, SignatureRejected
from gateway.service import Service

router = APIRouter(tags=["webhooks"])


def _channel(request: Request) -> PageChannel:
    service: Service = request.app.state.service
    channel = service.channels.get(_platform(request))
    if not isinstance(channel, PageChannel):
        raise ChannelOff("This service is not on that platform.")
    return channel


def _platform(request: Request) -> str:
    return request.url.path.rpartition("/")[2]


@router.get("/webhooks/messenger", response_class=PlainTextResponse)
@router.get("/webhooks/instagram", response_class=PlainTextResponse)
async def handshake(
    request: Request,
    mode: Annotated[str, Query(alias="hub.mode")] = "",
    token: Annotated[str, Query(alias="hub.verify_token")] = "",
    challenge: Annotated[str, Query(alias="hub.challenge", max_length=1024)] = "",
) -> str:
    """Meta asks once, without a signature, whether this address is ours; 403 when the token is not."""
    wanted = _channel(request).verify_token
    if mode != "subscribe" or not wanted or not hmac.compare_digest(token.encode(), wanted.encode()):
        raise HandshakeRefused(f"The verify token does not match NEUVO_{_platform(request).upper()}_VERIFY_TOKEN.")
    return challenge


@router.post("/webhooks/messenger", status_code=200)
@router.post("/webhooks/instagram", status_code=200)
async def receive(request: Request) -> Response:
    """Store a delivery of Meta; 200 only after a durable write, 503 when nothing could be written.

    Meta repeats for 36 hours, and takes the subscription away from an address that never answers.
    """
    service: Service = request.app.state.service
    channel = _channel(request)
    body = await read_capped(request, service.settings.webhook_size_limit)
    if not channel.verify(request.headers, body):
        raise SignatureRejected
    await take(service, channel, body)
    return Response(status_code=200)
