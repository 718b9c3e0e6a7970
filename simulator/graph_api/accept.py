"""The simulated Graph API of WhatsApp: accepts a message of the service, or a read mark for one of a citizen."""

from typing import Any

from simulator.core import whatsapp_limits as limits
from simulator.core.identifiers import new_wamid
from simulator.core.models import Author, Message, Phone, Status, as_record
from simulator.graph_api.checks import invalid
from simulator.graph_api.errors import GraphRefusal
from simulator.graph_api.requests import ReadMark, SendRequest
from simulator.graph_api.templates import render_template
from simulator.graph_api.uploads import check_media
from simulator.simulator import Simulator


def accept(simulator: Simulator, business_number: str, request: SendRequest) -> dict[str, Any]:
    """Accept a message and let it go to its phone. Returns the answer of a success; raises `GraphRefusal`.

    200 means accepted and no more: a closed window or an unknown recipient shows in a `failed` status.
    """
    phone = _phone_of(simulator, request.recipient)
    _refuse_self(simulator, business_number, request.recipient)
    check_media(simulator, request.kind, request.content)
    content = render_template(simulator.config, request.content) if request.kind == "template" else request.content
    key = phone.id if phone else next(iter(request.recipient.values()))
    if (code := simulator.rate_limits.outgoing(business_number, key)) is not None:
        raise GraphRefusal(code)
    subject = phone.subject if phone else key.lstrip("+")
    message = Message(
        id=new_wamid(subject, Author.SERVICE),
        phone_id=phone.id if phone else "",
        business_number=business_number,
        author=Author.SERVICE,
        at=simulator.clock.now(),
        kind=request.kind,
        content=content,
        status=Status.ACCEPTED,
        quoted=request.quoted,
        reference=request.reference,
        recipient=request.recipient,
    )
    simulator.record("message", message=as_record(message))
    simulator.start(simulator.statuses.deliver(message.id, _failure(simulator, message, phone)))
    return _answer(request.recipient, phone, message.id)


def mark_read(simulator: Simulator, business_number: str, mark: ReadMark) -> dict[str, Any]:
    """Blue ticks for a citizen's message and all before it, and "typing…" if asked. Raises `GraphRefusal`."""
    message = simulator.state.messages.get(mark.message_id)
    known = message is not None and message.author == Author.CITIZEN and message.business_number == business_number
    if message is None or not known:
        raise invalid("Message id is not one that this phone number received.")
    if simulator.clock.now() - message.at > limits.READ_WITHIN:
        raise invalid("Message is older than 30 days.")
    for earlier in simulator.log.written_by(message.phone_id):
        if earlier.business_number == business_number and earlier.at <= message.at and earlier.may_become(Status.READ):
            simulator.record("status", id=earlier.id, status=Status.READ)
            simulator.show(earlier.id)
    if mark.typing:
        simulator.set_typing(message.phone_id, limits.TYPING_SECONDS)
    return {"success": True}


def _failure(simulator: Simulator, message: Message, phone: Phone | None) -> int | None:
    if phone is None:
        return 131026
    if message.kind != "template" and not simulator.window_open(message.business_number, phone.id):
        return 131047
    if message.kind == "reaction":
        target = simulator.state.messages.get(str(message.content["message_id"]))
        if target is None or target.phone_id != phone.id or message.at - target.at > limits.REACTION_WITHIN:
            return 131009
    return None


def _phone_of(simulator: Simulator, recipient: dict[str, str]) -> Phone | None:
    # Meta: with both given, the phone number takes precedence.
    if "to" in recipient:
        return simulator.state.phone_by_number(recipient["to"].lstrip("+"))
    return simulator.state.phone_by_user_id(recipient["recipient"])


def _refuse_self(simulator: Simulator, business_number: str, recipient: dict[str, str]) -> None:
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
