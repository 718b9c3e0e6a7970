"""Our side as Meta sees it: a message is accepted, travels to the phone, and each step is told by a status."""

import asyncio
from typing import TYPE_CHECKING, Any

from gateway.channels.simulator.counter import limits
from gateway.channels.simulator.counter.checks import invalid
from gateway.channels.simulator.counter.errors import GraphRefusal
from gateway.channels.simulator.counter.requests import Order, ReadMark
from gateway.channels.simulator.counter.templates import render_template
from gateway.channels.simulator.memory.identifiers import new_wamid
from gateway.channels.simulator.memory.model import Message, Phone, as_record
from gateway.channels.simulator.pages.telling import tell_page
from gateway.channels.simulator.postman.bodies import status_value

if TYPE_CHECKING:
    from gateway.channels.simulator.core import Simulator


def accept(simulator: "Simulator", business_number: str, order: Order) -> dict[str, Any]:
    """Take a message in hand; the answer of a success. Raises `GraphRefusal`.

    200 means accepted and no more: a closed window or an unknown recipient shows in a `failed` status.
    """
    phone = _phone_of(simulator, order.recipient)
    _refuse_self(simulator, business_number, order.recipient)
    content = render_template(simulator.config, order.content) if order.kind == "template" else order.content
    key = phone.id if phone else next(iter(order.recipient.values()))
    if (code := simulator.rates.outgoing(business_number, key)) is not None:
        raise GraphRefusal(code)
    subject = phone.subject if phone else key.lstrip("+")
    message = Message(
        id=new_wamid(subject, "to_citizen"),
        phone_id=phone.id if phone else "",
        business_number=business_number,
        author="service",
        at=simulator.clock.now(),
        kind=order.kind,
        content=content,
        status="accepted",
        quoted=order.quoted,
        reference=order.reference,
        recipient=order.recipient,
    )
    simulator.record("message", message=as_record(message))
    simulator.start(travel(simulator, message.id, _hindrance(simulator, message, phone)))
    return _answer(order.recipient, phone, message.id)


def mark_read(simulator: "Simulator", business_number: str, mark: ReadMark) -> dict[str, Any]:
    """Blue ticks for a citizen's message and all before it, and "typing…" if asked. Raises `GraphRefusal`."""
    message = simulator.state.messages.get(mark.message_id)
    known = message is not None and message.author == "citizen" and message.business_number == business_number
    if message is None or not known:
        raise invalid("Message id is not one that this phone number received.")
    if simulator.clock.now() - message.at > limits.READ_WITHIN:
        raise invalid("Message is older than 30 days.")
    for earlier in simulator.log.written_by(message.phone_id):
        if earlier.business_number == business_number and earlier.at <= message.at and earlier.may_become("read"):
            simulator.record("status", id=earlier.id, status="read")
            simulator.show(earlier.id)
    if mark.typing:
        simulator.set_typing(message.phone_id, limits.TYPING_SECONDS)
    return {"success": True}


def deliver_waiting(simulator: "Simulator", phone_id: str) -> None:
    """Let messages come in that were held up by a dead battery or by a restart of the simulator."""
    for message in simulator.state.by_phone.get(phone_id, []):
        if message.author == "service" and message.status == "sent" and message.kind != "reaction":
            simulator.start(_arrive(simulator, message.id))


def read_arrived(simulator: "Simulator", phone_id: str) -> None:
    """The citizen opens the chat and sees everything that is there."""
    for message in simulator.state.by_phone.get(phone_id, []):
        if message.author == "service" and message.status == "delivered":
            tell(simulator, message.id, "read")


def tell(simulator: "Simulator", wamid: str, status: str, error_code: int | None = None) -> None:
    """Record a status of our message and send the webhook that tells of it."""
    message = simulator.state.messages.get(wamid)
    if message is None or not message.may_become(status):
        return
    phone = simulator.state.phones.get(message.phone_id)
    more = {} if error_code is None else {"error_code": error_code}
    happened = simulator.record("status", id=wamid, status=status, **more)
    if (place := simulator.config.place_of(message.business_number)) is not None and phone is not None:
        simulator.show(wamid)
        if not simulator.faults.loses(status):
            tell_page(simulator, place, phone, message, status, happened["at"])
        return
    value = status_value(simulator.config, phone, message, status, happened["at"])
    simulator.show(wamid)
    if not simulator.faults.loses(status):
        simulator.postman.post(value)


async def travel(simulator: "Simulator", wamid: str, hindrance: int | None = None) -> None:
    """Let an accepted message go its way; with a `hindrance`, Meta's number, it ends there."""
    await asyncio.sleep(simulator.config.delays.sent)
    if hindrance is not None:
        tell(simulator, wamid, "failed", hindrance)
        return
    tell(simulator, wamid, "sent")
    message = simulator.state.messages[wamid]
    if message.kind == "reaction":
        # "Reaction messages": only `sent` comes back.
        simulator.show(str(message.content["message_id"]))
        return
    await asyncio.sleep(simulator.config.delays.delivered)
    await _arrive(simulator, wamid)


async def _arrive(simulator: "Simulator", wamid: str) -> None:
    message = simulator.state.messages[wamid]
    phone = simulator.state.phones[message.phone_id]
    if not phone.online or phone.blocked or not message.may_become("delivered"):
        return
    simulator.set_typing(phone.id, 0)
    tell(simulator, wamid, "delivered")
    if simulator.is_open(phone.id):
        await asyncio.sleep(simulator.config.delays.read)
        if simulator.is_open(phone.id):
            tell(simulator, wamid, "read")


def _hindrance(simulator: "Simulator", message: Message, phone: Phone | None) -> int | None:
    if phone is None:
        return 131026
    if message.kind != "template" and not simulator.window_open(message.business_number, phone.id):
        return 131047
    if message.kind == "reaction":
        target = simulator.state.messages.get(str(message.content["message_id"]))
        if target is None or target.phone_id != phone.id or message.at - target.at > limits.REACTION_WITHIN:
            return 131009
    return None


def _phone_of(simulator: "Simulator", recipient: dict[str, str]) -> Phone | None:
    # Meta: with both given, the phone number takes precedence.
    if "to" in recipient:
        return simulator.state.phone_by_number(recipient["to"].lstrip("+"))
    return simulator.state.phone_by_user_id(recipient["recipient"])


def _refuse_self(simulator: "Simulator", business_number: str, recipient: dict[str, str]) -> None:
    own = "+" + "".join(filter(str.isdigit, simulator.config.business_numbers[business_number]))
    if recipient.get("to") == own:
        raise GraphRefusal(131021)


def _answer(recipient: dict[str, str], phone: Phone | None, wamid: str) -> dict[str, Any]:
    contact = {"input": recipient.get("to", recipient.get("recipient", ""))}
    if "to" in recipient:
        contact["wa_id"] = recipient["to"].lstrip("+")
    user_id = recipient.get("recipient") or (phone.user_id if phone else None)
    if user_id:
        contact["user_id"] = user_id
    return {"messaging_product": "whatsapp", "contacts": [contact], "messages": [{"id": wamid}]}
