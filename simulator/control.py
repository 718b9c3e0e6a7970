"""The control API for tests in other processes: phones, messages, faults and the message log, as JSON.

Every call needs `Authorization: Bearer <control token>`; without a token in the settings every call is refused.
"""

import asyncio
import hmac
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, HTTPException, Query
from pydantic import BaseModel, ConfigDict, Field

from simulator.core.faults import Faults
from simulator.core.models import Author, Phone, Platform, as_record
from simulator.phone.messages import BadDraft
from simulator.phone.send import send
from simulator.simulator import Simulator


class NewPhone(BaseModel):
    """A phone to be made; see `Simulator.new_phone`."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=60)
    number: str | None = Field(default=None, max_length=25)
    without_number: bool = False
    username: str | None = Field(default=None, max_length=35)
    platform: Platform = Platform.WHATSAPP


class PhoneChange(BaseModel):
    """What changes on a phone; `close_window` ends the 24 hours since its last message."""

    model_config = ConfigDict(extra="forbid")

    online: bool | None = None
    blocked: bool | None = None
    close_window: bool = False


class MessageDraft(BaseModel):
    """A message from a phone: its kind and the fields of that kind (see `phone/messages.py`)."""

    model_config = ConfigDict(extra="allow")

    kind: str

    def fields(self) -> dict[str, Any]:
        """The fields without the kind."""
        return self.model_extra or {}


def send_from_phone(simulator: Simulator, phone_id: str, draft: MessageDraft) -> dict[str, Any]:
    """Send, or answer 404 or 422 with the reason."""
    if phone_id not in simulator.state.phones:
        raise HTTPException(404, f"There is no phone {phone_id!r}.")
    try:
        return as_record(send(simulator, phone_id, draft.kind, draft.fields()))
    except BadDraft as error:
        raise HTTPException(422, str(error)) from error


def make_phone(simulator: Simulator, wanted: NewPhone) -> Phone:
    """Make a phone, or answer 422 with the reason."""
    try:
        return simulator.new_phone(**wanted.model_dump())
    except ValueError as error:
        raise HTTPException(422, str(error)) from error


def control_router(simulator: Simulator) -> APIRouter:
    """The routes under `/control`."""

    def with_token(authorization: Annotated[str, Header()] = "") -> None:
        expected = simulator.config.control_token
        given = authorization.removeprefix("Bearer ").encode()
        if expected is None or not hmac.compare_digest(given, expected.encode()):
            raise HTTPException(403, "The control of the simulator needs its control token.")

    router = APIRouter(prefix="/control", dependencies=[Depends(with_token)])
    _add_phones(router, simulator)
    _add_faults(router, simulator)
    _add_log(router, simulator)
    return router


def _add_phones(router: APIRouter, simulator: Simulator) -> None:
    @router.post("/phones")
    async def make(wanted: NewPhone) -> dict[str, Any]:
        return as_record(make_phone(simulator, wanted))

    @router.get("/phones")
    async def phones() -> list[dict[str, Any]]:
        return [as_record(phone) for phone in simulator.state.phones.values()]

    @router.patch("/phones/{phone_id}")
    async def change(phone_id: str, change: PhoneChange) -> dict[str, Any]:
        phone = _phone(simulator, phone_id)
        named = change.model_dump(exclude={"close_window"}, exclude_none=True)
        if named:
            simulator.update_phone(Phone(**{**as_record(phone), **named}))
        if change.close_window:
            simulator.close_window(phone_id)
        return as_record(_phone(simulator, phone_id))

    @router.post("/phones/{phone_id}/messages")
    async def message_from(phone_id: str, draft: MessageDraft) -> dict[str, Any]:
        return send_from_phone(simulator, phone_id, draft)


def _add_faults(router: APIRouter, simulator: Simulator) -> None:
    @router.get("/faults")
    async def faults() -> Faults:
        return simulator.faults.current

    @router.put("/faults")
    async def set_faults(faults: Faults) -> Faults:
        simulator.faults.set(faults)
        return faults

    @router.delete("/faults")
    async def clear_faults() -> Faults:
        simulator.faults.clear()
        return simulator.faults.current

    @router.post("/clock")
    async def advance(seconds: Annotated[float, Query(ge=0)]) -> dict[str, float]:
        simulator.clock.advance(seconds)
        return {"now": simulator.clock.now()}

    @router.post("/handshake")
    async def handshake(verify_token: str) -> dict[str, bool]:
        return {"registered": await simulator.webhooks.handshake(verify_token)}

    @router.post("/settle")
    async def settle(timeout: Annotated[float, Query(gt=0, le=120)] = 10.0) -> dict[str, bool]:
        try:
            await simulator.settled(timeout)
        except TimeoutError:
            return {"settled": False}
        return {"settled": True}

    @router.post("/forget")
    async def forget() -> dict[str, bool]:
        simulator.reset()
        return {"forgotten": True}


def _add_log(router: APIRouter, simulator: Simulator) -> None:
    @router.get("/phones/{phone_id}/received")
    async def received(
        phone_id: str, after: Annotated[int, Query(ge=0)] = 0, wait: Annotated[float, Query(ge=0, le=60)] = 0.0
    ) -> list[dict[str, Any]]:
        """All but the first `after` messages; with `wait`, that many seconds until there is one."""
        _phone(simulator, phone_id)
        try:
            async with asyncio.timeout(wait):
                with simulator.feed.listen() as changes:
                    while len(simulator.log.received_by(phone_id)) <= after:
                        await changes.get()
        except TimeoutError:
            pass
        return [asdict(message) for message in simulator.log.received_by(phone_id)[after:]]

    @router.get("/messages/{wamid:path}")
    async def message(wamid: str) -> dict[str, Any]:
        if wamid not in simulator.state.messages:
            raise HTTPException(404, "There is no message with this id.")
        return as_record(simulator.state.messages[wamid])

    _add_totals(router, simulator)


def _add_totals(router: APIRouter, simulator: Simulator) -> None:
    @router.get("/refused")
    async def refused() -> list[dict[str, Any]]:
        return [asdict(refusal) for refusal in simulator.log.refused()]

    @router.get("/failed")
    async def failed() -> list[dict[str, Any]]:
        return [as_record(message) for message in simulator.log.failed()]

    @router.get("/wire")
    async def wire() -> list[dict[str, Any]]:
        return [asdict(record) for record in simulator.traffic.records]

    @router.get("/summary")
    async def summary() -> dict[str, int]:
        messages = simulator.state.messages.values()
        return {
            "phones": len(simulator.state.phones),
            "from_citizens": sum(message.author == Author.CITIZEN for message in messages),
            "from_service": sum(message.author == Author.SERVICE for message in messages),
            "refused": len(simulator.state.refusals),
            "webhooks_given_up": simulator.webhooks.given_up,
        }


def _phone(simulator: Simulator, phone_id: str) -> Phone:
    phone = simulator.state.phones.get(phone_id)
    if phone is None:
        raise HTTPException(404, f"There is no phone {phone_id!r}.")
    return phone
