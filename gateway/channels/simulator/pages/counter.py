"""Meta's counter for Pages and accounts: `POST /messenger/{version}/{id}/messages`, Instagram's alike, and personas."""

import hmac
import json
import time
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from gateway.channels.simulator.config import Place
from gateway.channels.simulator.core import Simulator
from gateway.channels.simulator.counter.errors import GraphRefusal
from gateway.channels.simulator.counter.graph import HungUp, leave
from gateway.channels.simulator.counter.travel import travel
from gateway.channels.simulator.memory.identifiers import new_message_id, new_scoped_id, new_trace_id
from gateway.channels.simulator.memory.model import Message, Phone, as_record
from gateway.channels.simulator.pages import limits, refusals
from gateway.channels.simulator.pages.requests import PageOrder, read_order


def page_graph_router(simulator: Simulator) -> APIRouter:
    """The routes of the stand-ins for Messenger's and Instagram's Graph."""
    router = APIRouter()

    @router.post("/messenger/{version}/{place_id}/{edge}")
    async def messenger(version: str, place_id: str, edge: str, request: Request) -> Response:
        return await _logged(simulator, "messenger", version, place_id, edge, request)

    @router.post("/instagram/{version}/{place_id}/{edge}")
    async def instagram(version: str, place_id: str, edge: str, request: Request) -> Response:
        return await _logged(simulator, "instagram", version, place_id, edge, request)

    return router


async def _logged(
    simulator: Simulator, platform: str, version: str, place_id: str, edge: str, request: Request
) -> Response:
    at, begun = simulator.clock.now(), time.perf_counter()
    body = _json(await request.body())
    response = await _answer(simulator, platform, (version, place_id, edge), request, body)
    status = None if isinstance(response, HungUp) else response.status_code
    answer = None if isinstance(response, HungUp) else _json(bytes(response.body))
    simulator.wire.add("graph", at, body, status, answer, time.perf_counter() - begun)
    return response


async def _answer(
    simulator: Simulator, platform: str, path: tuple[str, str, str], request: Request, body: Any
) -> Response:
    fault = simulator.faults.next_graph_fault()
    try:
        if fault is not None and fault.kind == "error":
            raise refusals.refusal(fault.code, "Ordered by a test.", fault.subcode, fault.http_status or 400)
        if fault is not None and not fault.accepted:
            return await leave(fault)
        answer = _serve(simulator, _place(simulator, platform, path, request), path[2], body)
    except GraphRefusal as refused:
        simulator.record("refused", code=refused.subcode or refused.code, why=refused.reason, request=body)
        return JSONResponse(refused.body(new_trace_id()), status_code=refused.http_status)
    return JSONResponse(answer) if fault is None else await leave(fault)


def _place(simulator: Simulator, platform: str, path: tuple[str, str, str], request: Request) -> Place:
    version, place_id, _ = path
    place = simulator.config.place_on(platform)
    if version not in simulator.config.graph_versions:
        raise refusals.refusal(2500, f"Unknown path components: /{version}")
    if place is None or place_id != (place.endpoint or place.id):
        raise refusals.no_such_object(place_id)
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "bearer" or not hmac.compare_digest(token.strip().encode(), place.access_token.encode()):
        raise refusals.bad_token()
    return place


def _serve(simulator: Simulator, place: Place, edge: str, body: Any) -> dict[str, Any]:
    if edge == "personas" and place.platform == "messenger":
        name = body.get("name") if isinstance(body, dict) else None
        if not isinstance(name, str) or not 0 < len(name) <= limits.PERSONA_NAME:
            raise refusals.bad(f"Param name must have 1 to {limits.PERSONA_NAME} characters.")
        persona = new_scoped_id()
        simulator.record("persona", id=persona, name=name)
        return {"id": persona}
    if edge != "messages":
        raise refusals.no_such_object(edge)
    order = read_order(body, place.platform)
    phone = simulator.state.phone_by_user_id(order.person)
    if phone is None or phone.platform != place.platform:
        raise refusals.unknown_person()
    if phone.blocked:
        raise refusals.not_available()
    if order.action is not None:
        return _act(simulator, place, phone, order.action)
    _check_window(simulator, place, phone, order)
    return _accept(simulator, place, phone, order)


def _act(simulator: Simulator, place: Place, phone: Phone, action: str) -> dict[str, Any]:
    if action == "mark_seen":
        for message in simulator.log.written_by(phone.id):
            if message.may_become("read"):
                simulator.record("status", id=message.id, status="read")
                simulator.show(message.id)
    else:
        simulator.set_typing(phone.id, limits.TYPING_SECONDS if action == "typing_on" else 0)
    return {"recipient_id": phone.user_id}


def _check_window(simulator: Simulator, place: Place, phone: Phone, order: PageOrder) -> None:
    if order.tag is not None and not place.human_agent:
        raise refusals.no_human_agent()
    window = limits.HUMAN_AGENT_WINDOW if order.tag is not None else limits.STANDARD_WINDOW
    heard = simulator.state.last_heard.get((place.id, phone.id))
    if heard is None or simulator.clock.now() - heard >= window:
        raise refusals.outside_window(place.platform)


def _accept(simulator: Simulator, place: Place, phone: Phone, order: PageOrder) -> dict[str, Any]:
    if simulator.page_rates.outgoing(place.id, phone.id) is not None:
        raise refusals.refusal(613, "Calls to this api have exceeded the rate limit.")
    message = Message(
        id=new_message_id(),
        phone_id=phone.id,
        business_number=place.id,
        author="service",
        at=simulator.clock.now(),
        kind=order.kind,
        content={**(order.content or {}), "persona": order.persona, "tag": order.tag},
        status="accepted",
        reference=order.reference,
        recipient={"recipient": phone.user_id},
    )
    simulator.record("message", message=as_record(message))
    simulator.start(travel(simulator, message.id))
    return {"recipient_id": phone.user_id, "message_id": message.id}


def _json(content: bytes) -> Any:
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return None
