"""The simulated Graph API of Pages and Instagram accounts: `POST /messenger/{version}/{id}/messages` and the like."""

import hmac
import json
import time
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from simulator.core import meta_limits as limits
from simulator.core.config import MetaAccount
from simulator.core.identifiers import new_message_id, new_scoped_id, new_trace_id
from simulator.core.models import Author, Message, Phone, Platform, Status, as_record
from simulator.core.traffic_log import Direction
from simulator.current import Current
from simulator.graph_api import meta_errors as errors
from simulator.graph_api.errors import GraphRefusal
from simulator.graph_api.meta_requests import MetaSendRequest, read_send_request
from simulator.graph_api.routes import BrokenResponse, hang_up
from simulator.simulator import Simulator

# What stands for the Graph API of Messenger and Instagram.
router = APIRouter()


@router.post("/messenger/{version}/{account_id}/{edge}")
async def messenger(simulator: Current, version: str, account_id: str, edge: str, request: Request) -> Response:
    """Take a message, an action or a persona of a Page."""
    return await _logged(simulator, Platform.MESSENGER, version, account_id, edge, request)


@router.post("/instagram/{version}/{account_id}/{edge}")
async def instagram(simulator: Current, version: str, account_id: str, edge: str, request: Request) -> Response:
    """Take a message or an action of an Instagram account."""
    return await _logged(simulator, Platform.INSTAGRAM, version, account_id, edge, request)


async def _logged(
    simulator: Simulator, platform: Platform, version: str, account_id: str, edge: str, request: Request
) -> Response:
    at, begun = simulator.clock.now(), time.perf_counter()
    body = _json(await request.body())
    response = await _handle(simulator, platform, (version, account_id, edge), request, body)
    status = None if isinstance(response, BrokenResponse) else response.status_code
    answer = None if isinstance(response, BrokenResponse) else _json(bytes(response.body))
    simulator.traffic.add(Direction.GRAPH, at, body, status, answer, time.perf_counter() - begun)
    return response


async def _handle(
    simulator: Simulator, platform: Platform, path: tuple[str, str, str], request: Request, body: Any
) -> Response:
    fault = simulator.faults.next_graph_fault()
    try:
        if fault is not None and fault.kind == "error":
            raise errors.refusal(fault.code, "Ordered by a test.", fault.subcode, fault.http_status or 400)
        if fault is not None and not fault.accepted:
            return await hang_up(fault)
        answer = _serve(simulator, _account(simulator, platform, path, request), path[2], body)
    except GraphRefusal as refused:
        simulator.record("refused", code=refused.subcode or refused.code, why=refused.reason, request=body)
        return JSONResponse(refused.body(new_trace_id()), status_code=refused.http_status)
    return JSONResponse(answer) if fault is None else await hang_up(fault)


def _account(simulator: Simulator, platform: Platform, path: tuple[str, str, str], request: Request) -> MetaAccount:
    version, account_id, _ = path
    account = simulator.config.account_on(platform)
    if version not in simulator.config.graph_versions:
        raise errors.refusal(2500, f"Unknown path components: /{version}")
    if account is None or account_id != (account.endpoint or account.id):
        raise errors.no_such_object(account_id)
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "bearer" or not hmac.compare_digest(token.strip().encode(), account.access_token.encode()):
        raise errors.bad_token()
    return account


def _serve(simulator: Simulator, account: MetaAccount, edge: str, body: Any) -> dict[str, Any]:
    if edge == "personas" and account.platform == Platform.MESSENGER:
        name = body.get("name") if isinstance(body, dict) else None
        if not isinstance(name, str) or not 0 < len(name) <= limits.PERSONA_NAME:
            raise errors.bad(f"Param name must have 1 to {limits.PERSONA_NAME} characters.")
        persona = new_scoped_id()
        simulator.record("persona", id=persona, name=name)
        return {"id": persona}
    if edge != "messages":
        raise errors.no_such_object(edge)
    wanted = read_send_request(body, account.platform)
    phone = simulator.state.phone_by_user_id(wanted.person)
    if phone is None or phone.platform != account.platform:
        raise errors.unknown_person()
    if phone.blocked:
        raise errors.not_available()
    if wanted.action is not None:
        return _act(simulator, account, phone, wanted.action)
    _check_window(simulator, account, phone, wanted)
    return _accept(simulator, account, phone, wanted)


def _act(simulator: Simulator, account: MetaAccount, phone: Phone, action: str) -> dict[str, Any]:
    if action == "mark_seen":
        for message in simulator.log.written_by(phone.id):
            if message.may_become(Status.READ):
                simulator.record("status", id=message.id, status=Status.READ)
                simulator.show(message.id)
    else:
        simulator.set_typing(phone.id, limits.TYPING_SECONDS if action == "typing_on" else 0)
    return {"recipient_id": phone.user_id}


def _check_window(simulator: Simulator, account: MetaAccount, phone: Phone, wanted: MetaSendRequest) -> None:
    if wanted.tag is not None and not account.human_agent:
        raise errors.no_human_agent()
    window = limits.HUMAN_AGENT_WINDOW if wanted.tag is not None else limits.STANDARD_WINDOW
    heard = simulator.state.last_heard.get((account.id, phone.id))
    if heard is None or simulator.clock.now() - heard >= window:
        raise errors.outside_window(account.platform)


def _accept(simulator: Simulator, account: MetaAccount, phone: Phone, wanted: MetaSendRequest) -> dict[str, Any]:
    if simulator.meta_rate_limits.outgoing(account.id, phone.id) is not None:
        raise errors.refusal(613, "Calls to this api have exceeded the rate limit.")
    message = Message(
        id=new_message_id(),
        phone_id=phone.id,
        business_number=account.id,
        author=Author.SERVICE,
        at=simulator.clock.now(),
        kind=wanted.kind,
        content={**(wanted.content or {}), "persona": wanted.persona, "tag": wanted.tag},
        status=Status.ACCEPTED,
        reference=wanted.reference,
        recipient={"recipient": phone.user_id},
    )
    simulator.record("message", message=as_record(message))
    simulator.start(simulator.statuses.deliver(message.id))
    return {"recipient_id": phone.user_id, "message_id": message.id}


def _json(content: bytes) -> Any:
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return None
