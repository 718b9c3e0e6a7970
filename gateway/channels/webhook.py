"""Station 0, the door: size cap, signature over the raw bytes, durable store, then 200."""

import hmac
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from starlette.responses import PlainTextResponse

from gateway.conversations.intake import take
from gateway.errors import BodyTooLarge, HandshakeRefused, SignatureRejected
from gateway.service import Service

router = APIRouter(tags=["webhooks"])


def _service(request: Request) -> Service:
    service: Service = request.app.state.service
    return service


@router.get("/webhooks/whatsapp", response_class=PlainTextResponse)
async def handshake(
    request: Request,
    mode: Annotated[str, Query(alias="hub.mode")] = "",
    token: Annotated[str, Query(alias="hub.verify_token")] = "",
    challenge: Annotated[str, Query(alias="hub.challenge", max_length=1024)] = "",
) -> str:
    """Meta asks once, without a signature, whether this address is ours; 403 when the token is not."""
    wanted = _service(request).settings.whatsapp_verify_token.get_secret_value()
    if mode != "subscribe" or not hmac.compare_digest(token.encode(), wanted.encode()):
        raise HandshakeRefused("The verify token does not match NEUVO_WHATSAPP_VERIFY_TOKEN.")
    return challenge


@router.post("/webhooks/whatsapp", status_code=200)
async def receive(request: Request) -> Response:
    """Store a delivery of Meta.

    200 only after a durable write, to the database or the spool: Meta repeats for seven days whatever was not
    answered so. 503 when neither could be written. A body that we do not understand is stored too; it is never
    an error.
    """
    service = _service(request)
    channel = service.channels["whatsapp"]
    body = await read_capped(request, service.settings.webhook_size_limit)
    if not channel.verify(request.headers, body):
        raise SignatureRejected
    await take(service, channel, body)
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
