"""The simulator's side of a citizen: what a thumb did becomes an event, and an update to the webhook."""

from typing import TYPE_CHECKING, Any

from gateway.channels.simulator.memory.identifiers import new_wamid
from gateway.channels.simulator.memory.model import Message, Phone, as_record
from gateway.channels.simulator.pages.thumb import send_to_page
from gateway.channels.simulator.phone.messages import BadDraft, build
from gateway.channels.simulator.postman.bodies import message_value

if TYPE_CHECKING:
    from gateway.channels.simulator.core import Simulator


def send(simulator: "Simulator", phone_id: str, kind: str, fields: dict[str, Any]) -> Message:
    """Send a message of any kind from a phone to a number of ours (`fields["business_number"]`, else the first).

    Raises `BadDraft` with a sentence when this phone cannot send that.
    """
    phone = simulator.state.phones.get(phone_id)
    if phone is None:
        raise BadDraft(f"There is no phone {phone_id!r}; make one first.")
    if phone.platform != "whatsapp":
        return send_to_page(simulator, phone, kind, fields)
    business_number = fields.get("business_number") or next(iter(simulator.config.business_numbers))
    if business_number not in simulator.config.business_numbers:
        raise BadDraft(f"{business_number!r} is no business number of this simulator.")
    draft = build(simulator.state, phone, kind, fields)
    message = Message(
        id=new_wamid(phone.subject, "from_citizen"),
        phone_id=phone.id,
        business_number=business_number,
        author="citizen",
        at=simulator.clock.now(),
        kind=draft.kind,
        content=draft.content,
        status="sent",
        quoted=draft.quoted,
        forwarded=bool(fields.get("forwarded")),
    )
    value = message_value(simulator.config, phone, message, draft.extra)
    simulator.record("message", message=as_record(message))
    if draft.changed_phone:
        simulator.keep_phone(Phone(**{**as_record(phone), **draft.changed_phone}))
    simulator.rates.incoming(business_number)
    _show(simulator, message)
    simulator.postman.post(value, lambda: _taken(simulator, message.id))
    return message


def _show(simulator: "Simulator", message: Message) -> None:
    simulator.show(message.id)
    about = message.quoted or message.content.get("message_id") or message.content.get("original_message_id")
    if about in simulator.state.messages:
        simulator.show(str(about))


def _taken(simulator: "Simulator", wamid: str) -> None:
    message = simulator.state.messages.get(wamid)
    if message is not None and message.may_become("delivered"):
        simulator.record("status", id=wamid, status="delivered")
        simulator.show(wamid)
