"""Sends a message from a simulated phone: an event in the journal, and a webhook to the service."""

from typing import Any

from simulator.core.identifiers import new_wamid
from simulator.core.models import Author, Message, Phone, Platform, Status, as_record
from simulator.phone.messages import BadDraft, build
from simulator.phone.meta_messages import send_to_account
from simulator.simulator import Simulator
from simulator.webhooks.whatsapp_bodies import message_value


def send(simulator: Simulator, phone_id: str, kind: str, fields: dict[str, Any]) -> Message:
    """Send a message of any kind from a phone to a number of ours (`fields["business_number"]`, else the first).

    Raises `BadDraft` with a sentence when this phone cannot send that.
    """
    phone = simulator.state.phones.get(phone_id)
    if phone is None:
        raise BadDraft(f"There is no phone {phone_id!r}; make one first.")
    if phone.platform != Platform.WHATSAPP:
        return send_to_account(simulator, phone, kind, fields)
    business_number = fields.get("business_number") or next(iter(simulator.config.business_numbers))
    if business_number not in simulator.config.business_numbers:
        raise BadDraft(f"{business_number!r} is no business number of this simulator.")
    draft = build(simulator.state, phone, kind, fields)
    message = Message(
        id=new_wamid(phone.subject, Author.CITIZEN),
        phone_id=phone.id,
        business_number=business_number,
        author=Author.CITIZEN,
        at=simulator.clock.now(),
        kind=draft.kind,
        content=draft.content,
        status=Status.SENT,
        quoted=draft.quoted,
        forwarded=bool(fields.get("forwarded")),
    )
    value = message_value(simulator.config, phone, message, draft.extra)
    simulator.record("message", message=as_record(message))
    if draft.changed_phone:
        simulator.update_phone(Phone(**{**as_record(phone), **draft.changed_phone}))
    simulator.rate_limits.incoming(business_number)
    _show(simulator, message)
    simulator.webhooks.send(value, lambda: _mark_delivered(simulator, message.id))
    return message


def _show(simulator: Simulator, message: Message) -> None:
    simulator.show(message.id)
    about = message.quoted or message.content.get("message_id") or message.content.get("original_message_id")
    if about in simulator.state.messages:
        simulator.show(str(about))


def _mark_delivered(simulator: Simulator, wamid: str) -> None:
    message = simulator.state.messages.get(wamid)
    if message is not None and message.may_become(Status.DELIVERED):
        simulator.record("status", id=wamid, status=Status.DELIVERED)
        simulator.show(wamid)
