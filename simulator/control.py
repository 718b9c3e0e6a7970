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
from simulator.current import Current
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


async def with_token(simulator: Current, authorization: Annotated[str, Header()] = "") -> None:
    """Refuse whoever does not know the control token."""
    expected = simulator.config.control_token
    given = authorization.removeprefix("Bearer ").encode()
    if expected is None or not hmac.compare_digest(given, expected.encode()):
        raise HTTPException(403, "The control of the simulator needs its control token.")


router = APIRouter(prefix="/control", dependencies=[Depends(with_token)])


@router.post("/phones")
async def make(simulator: Current, wanted: NewPhone) -> dict[str, Any]:
    """Make a phone."""
    return as_record(make_phone(simulator, wanted))


@router.get("/phones")
async def phones(simulator: Current) -> list[dict[str, Any]]:
    """Every phone."""
    return [as_record(phone) for phone in simulator.state.phones.values()]


@router.patch("/phones/{phone_id}")
async def change(simulator: Current, phone_id: str, change: PhoneChange) -> dict[str, Any]:
    """Change a phone."""
    phone = _phone(simulator, phone_id)
    named = change.model_dump(exclude={"close_window"}, exclude_none=True)
    if named:
        simulator.update_phone(Phone(**{**as_record(phone), **named}))
    if change.close_window:
        simulator.close_window(phone_id)
    return as_record(_phone(simulator, phone_id))


@router.post("/phones/{phone_id}/messages")
async def message_from(simulator: Current, phone_id: str, draft: MessageDraft) -> dict[str, Any]:
    """Send from a phone."""
    return send_from_phone(simulator, phone_id, draft)


@router.get("/faults")
async def faults(simulator: Current) -> Faults:
    """The faults that are ordered."""
    return simulator.faults.current


@router.put("/faults")
async def set_faults(simulator: Current, faults: Faults) -> Faults:
    """Order faults."""
    simulator.faults.set(faults)
    return faults


@router.delete("/faults")
async def clear_faults(simulator: Current) -> Faults:
    """Order none any more."""
    simulator.faults.clear()
    return simulator.faults.current


@router.post("/clock")
async def advance(simulator: Current, seconds: Annotated[float, Query(ge=0)]) -> dict[str, float]:
    """Move the clock on."""
    simulator.clock.advance(seconds)
    return {"now": simulator.clock.now()}


@router.post("/handshake")
async def handshake(simulator: Current, verify_token: str) -> dict[str, bool]:
    """Register the webhook, as Meta does."""
    return {"registered": await simulator.webhooks.handshake(verify_token)}


@router.post("/settle")
async def settle(simulator: Current, timeout: Annotated[float, Query(gt=0, le=120)] = 10.0) -> dict[str, bool]:
    """Wait until nothing is under way."""
    try:
        await simulator.settled(timeout)
    except TimeoutError:
        return {"settled": False}
    return {"settled": True}


@router.post("/forget")
async def forget(simulator: Current) -> dict[str, bool]:
    """Begin anew, with no phones."""
    simulator.reset()
    return {"forgotten": True}


@router.get("/phones/{phone_id}/received")
async def received(
    simulator: Current,
    phone_id: str,
    after: Annotated[int, Query(ge=0)] = 0,
    wait: Annotated[float, Query(ge=0, le=60)] = 0.0,
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
async def message(simulator: Current, wamid: str) -> dict[str, Any]:
    """A message by its id."""
    if wamid not in simulator.state.messages:
        raise HTTPException(404, "There is no message with this id.")
    return as_record(simulator.state.messages[wamid])


@router.get("/refused")
async def refused(simulator: Current) -> list[dict[str, Any]]:
    """What was refused, and why."""
    return [asdict(refusal) for refusal in simulator.log.refused()]


@router.get("/failed")
async def failed(simulator: Current) -> list[dict[str, Any]]:
    """Messages that failed."""
    return [as_record(message) for message in simulator.log.failed()]


@router.get("/wire")
async def wire(simulator: Current) -> list[dict[str, Any]]:
    """What has gone over the wire."""
    return [asdict(record) for record in simulator.traffic.records]


@router.get("/summary")
async def summary(simulator: Current) -> dict[str, int]:
    """How many there are of each."""
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
