"""The simulated Graph API of WhatsApp: `POST /graph/{version}/{phone number id}/messages`, templates and files."""

import asyncio
import hashlib
import hmac
import json
import time
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from starlette.datastructures import FormData
from starlette.types import Receive, Scope, Send

from simulator.core import whatsapp_limits as limits
from simulator.core.faults import GraphFault
from simulator.core.identifiers import new_trace_id
from simulator.core.traffic_log import Direction
from simulator.current import Current
from simulator.graph_api import accept as delivery
from simulator.graph_api.errors import GraphRefusal
from simulator.graph_api.requests import ReadMark, read_request
from simulator.graph_api.templates import template_list
from simulator.graph_api.uploads import keep_upload
from simulator.phone.media import sample
from simulator.simulator import Simulator


class BrokenResponse(Response):
    """An answer that breaks off in the middle: the server closes the connection, the client learns nothing."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Promise a body and send only its beginning."""
        headers = [(b"content-type", b"application/json"), (b"content-length", b"4096")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b'{"messaging_product"', "more_body": True})


# What stands for `graph.facebook.com`.
router = APIRouter()


@router.post("/graph/{version}/{number_id}/messages")
async def send(simulator: Current, version: str, number_id: str, request: Request) -> Response:
    """Take a message."""
    at, begun = simulator.clock.now(), time.perf_counter()
    body = _json(await request.body())
    response = await _handle(simulator, version, number_id, request, body)
    status = None if isinstance(response, BrokenResponse) else response.status_code
    answer = None if isinstance(response, BrokenResponse) else _json(bytes(response.body))
    simulator.traffic.add(Direction.GRAPH, at, body, status, answer, time.perf_counter() - begun)
    return response


@router.get("/graph/{version}/{account_id}/message_templates")
async def templates(simulator: Current, version: str, account_id: str, request: Request) -> Response:
    """The templates of the account."""
    try:
        _check_caller(simulator, version, request)
        if account_id != simulator.config.business_account_id:
            raise _no_such_object(account_id)
    except GraphRefusal as refusal:
        return _refused(refusal)
    return JSONResponse(_page_of(template_list(simulator.config), request))


@router.post("/graph/{version}/{number_id}/media")
async def upload(simulator: Current, version: str, number_id: str, request: Request) -> Response:
    """Take a file."""
    at, begun = simulator.clock.now(), time.perf_counter()
    async with request.form() as form:
        about = {name: value if isinstance(value, str) else "(a file)" for name, value in form.items()}
        try:
            response = await _kept(simulator, version, number_id, request, form)
        except GraphRefusal as refusal:
            simulator.record("refused", code=refusal.code, why=refusal.reason, request=about)
            response = _refused(refusal)
    status = None if isinstance(response, BrokenResponse) else response.status_code
    answer = None if isinstance(response, BrokenResponse) else _json(bytes(response.body))
    simulator.traffic.add(Direction.GRAPH, at, about, status, answer, time.perf_counter() - begun)
    return response


async def _kept(simulator: Simulator, version: str, number_id: str, request: Request, form: FormData) -> Response:
    fault = simulator.faults.next_graph_fault()
    if fault is not None and fault.kind == "error":
        raise GraphRefusal(fault.code, http_status=fault.http_status)
    if fault is not None and not fault.accepted:
        return await hang_up(fault)
    _check_caller(simulator, version, request)
    if number_id not in simulator.config.business_numbers:
        raise _no_such_object(number_id)
    kept = await keep_upload(simulator, form)
    return JSONResponse(kept) if fault is None else await hang_up(fault)


@router.get("/graph/{version}/{media_id}")
async def media_address(simulator: Current, version: str, media_id: str, request: Request) -> Response:
    """Where a file is fetched from."""
    try:
        _check_caller(simulator, version, request)
        content = sample(_mime_type(simulator, media_id))
    except GraphRefusal as refusal:
        return _refused(refusal)
    until = int(simulator.clock.now() + limits.MEDIA_ADDRESS_SECONDS)
    # `base_url` lacks the path under which this application is mounted; the scope has it.
    base = f"{request.base_url.scheme}://{request.base_url.netloc}{request.scope.get('root_path', '')}"
    address = f"{base}/media/{media_id}?until={until}"
    about = {
        "url": address,
        "mime_type": _mime_type(simulator, media_id),
        "sha256": hashlib.sha256(content).hexdigest(),
        "file_size": len(content),
    }
    return JSONResponse({"messaging_product": "whatsapp", **about, "id": media_id})


@router.get("/media/{media_id}")
async def media(simulator: Current, media_id: str, request: Request, until: float = 0.0) -> Response:
    """A file's bytes."""
    if simulator.clock.now() > until:
        return Response(status_code=404)  # an address lives five minutes
    try:
        _check_token(simulator, request)
        kind = _mime_type(simulator, media_id)
    except GraphRefusal as refusal:
        return _refused(refusal)
    return Response(sample(kind), media_type=kind)


async def _handle(simulator: Simulator, version: str, number_id: str, request: Request, body: Any) -> Response:
    fault = simulator.faults.next_graph_fault()
    try:
        if fault is not None and fault.kind == "error":
            raise GraphRefusal(fault.code, http_status=fault.http_status)
        if fault is not None and not fault.accepted:
            return await hang_up(fault)
        _check_caller(simulator, version, request)
        answer = _serve(simulator, number_id, body)
    except GraphRefusal as refusal:
        simulator.record("refused", code=refusal.code, why=refusal.reason, request=body)
        return _refused(refusal)
    if fault is None:
        return JSONResponse(answer)
    for accepted in answer.get("messages", ()):
        simulator.record("unacknowledged", id=accepted["id"], fault=fault.kind)
    return await hang_up(fault)


def _serve(simulator: Simulator, number_id: str, body: Any) -> dict[str, Any]:
    if number_id not in simulator.config.business_numbers:
        raise _no_such_object(number_id)
    wanted = read_request(body, simulator.config.country_code)
    if isinstance(wanted, ReadMark):
        return delivery.mark_read(simulator, number_id, wanted)
    return delivery.accept(simulator, number_id, wanted)


async def hang_up(fault: GraphFault) -> Response:
    """Break the connection in the middle of an answer, at once or after `fault.seconds`."""
    if fault.kind == "timeout":
        await asyncio.sleep(fault.seconds)
    return BrokenResponse()


def _check_caller(simulator: Simulator, version: str, request: Request) -> None:
    if version not in simulator.config.graph_versions:
        raise GraphRefusal(2500, message=f"Unknown path components: /{version}", http_status=400)
    _check_token(simulator, request)


def _check_token(simulator: Simulator, request: Request) -> None:
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    expected = simulator.config.access_token.encode()
    if kind.lower() != "bearer" or not hmac.compare_digest(token.strip().encode(), expected):
        raise GraphRefusal(190, message="Invalid OAuth access token - Cannot parse access token")


def _no_such_object(name: str) -> GraphRefusal:
    return GraphRefusal(
        100,
        message=f"Unsupported post request. Object with ID '{name}' does not exist, cannot be loaded due to missing "
        "permissions, or does not support this operation",
        kind="GraphMethodException",
        subcode=33,
    )


def _page_of(entries: list[dict[str, Any]], request: Request) -> dict[str, Any]:
    """One page of a list, as Meta's cursors go on: `limit` entries after the one that `after` names."""
    limit, after = (request.query_params.get(name, "") for name in ("limit", "after"))
    size, start = int(limit) if limit.isdecimal() else 25, int(after) if after.isdecimal() else 0
    page: dict[str, Any] = {"data": entries[start : start + size]}
    if start + size < len(entries):
        page["paging"] = {"cursors": {"after": str(start + size)}, "next": str(request.url)}
    return page


def _mime_type(simulator: Simulator, media_id: str) -> str:
    for message in simulator.state.messages.values():
        if message.content.get("id") == media_id and "mime_type" in message.content:
            return str(message.content["mime_type"])
    raise _no_such_object(media_id)


def _refused(refusal: GraphRefusal) -> Response:
    headers = {"WWW-Authenticate": 'OAuth "Facebook Platform" "invalid_token"'} if refusal.code == 190 else None
    return JSONResponse(refusal.body(new_trace_id()), status_code=refusal.http_status, headers=headers)


def _json(content: bytes) -> Any:
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return None
