"""Webhook bodies of WhatsApp, as Meta writes them in 2026, their bytes and their signature.

Sources: Meta's pages "Status messages webhook reference", "System messages webhook reference" and
"Business-scoped user IDs" (2026 copies).
"""

import hashlib
import hmac
import json
from typing import Any

from simulator.core.config import SimulatorConfig
from simulator.core.error_codes import status_error
from simulator.core.models import Message, Phone, Status

Value = dict[str, Any]


def message_value(config: SimulatorConfig, phone: Phone, message: Message, extra: dict[str, Any]) -> Value:
    """The update that tells of a citizen's message; `extra` is laid over the message object."""
    body: dict[str, Any] = {}
    if message.quoted or message.forwarded:
        body["context"] = _context(config, message)
    body.update(_sender(phone))
    body |= {"id": message.id, "timestamp": str(int(message.at)), "type": message.kind}
    if message.content:
        body[message.kind] = (
            message.content.get("list", message.content) if message.kind == "contacts" else message.content
        )
    body |= extra
    value = _value(config, message.business_number)
    # "Unlike other incoming messages webhooks, system messages webhooks don't include a contacts array."
    if message.kind != "system":
        value["contacts"] = [_contact(phone, with_username=True)]
    return {**value, "messages": [{key: part for key, part in body.items() if part is not None}]}


def status_value(config: SimulatorConfig, phone: Phone | None, message: Message, status: Status, at: float) -> Value:
    """The update that tells of one status of our message."""
    value = _value(config, message.business_number)
    entry: dict[str, Any] = {"id": message.id, "status": status, "timestamp": str(int(at))}
    by_number = "to" in message.recipient
    if by_number:
        entry["recipient_id"] = message.recipient["to"].lstrip("+")
    elif phone is not None and phone.number is not None:
        entry["recipient_id"] = phone.number
    if status == Status.FAILED:
        if not by_number:
            entry["recipient_user_id"] = message.recipient["recipient"]
    elif phone is not None:
        # `failed` has no contacts, and `sent` never names the username.
        value["contacts"] = [_contact(phone, with_username=status != Status.SENT)]
        entry["recipient_user_id"] = phone.user_id
        if phone.parent_user_id:
            entry["parent_recipient_user_id"] = phone.parent_user_id
    if message.reference is not None:
        entry["biz_opaque_callback_data"] = message.reference
    if _priced(message, status):
        entry["pricing"] = _pricing(config, message)
    if status == Status.FAILED:
        entry["errors"] = [status_error(message.error_code or 131000)]
    return {**value, "statuses": [entry]}


def envelope(config: SimulatorConfig, values: list[Value], style: int = 0) -> dict[str, Any]:
    """One body with all these updates, in one of Meta's three ways to write several.

    0: one entry and a change for each; 1: an entry for each; 2: neighbours of one number share a change, so that
    one list holds messages of several people.
    """
    if style == 2:
        values = _merged(values)
    changes = [{"value": value, "field": "messages"} for value in values]
    groups = [[change] for change in changes] if style == 1 else [changes]
    entries = [{"id": config.business_account_id, "changes": group} for group in groups]
    return {"object": "whatsapp_business_account", "entry": entries}


def to_bytes(body: dict[str, Any]) -> bytes:
    r"""The bytes as Meta writes them: compact, `/` as `\/`, everything outside ASCII as `\uXXXX`."""
    return json.dumps(body, separators=(",", ":")).replace("/", "\\/").encode("ascii")


def signature(app_secret: str, content: bytes) -> str:
    """The value of `X-Hub-Signature-256` over these bytes."""
    return "sha256=" + hmac.new(app_secret.encode(), content, hashlib.sha256).hexdigest()


def _value(config: SimulatorConfig, business_number: str) -> Value:
    display = "".join(filter(str.isdigit, config.business_numbers.get(business_number, "")))
    metadata = {"display_phone_number": display, "phone_number_id": business_number}
    return {"messaging_product": "whatsapp", "metadata": metadata}


def _contact(phone: Phone, *, with_username: bool) -> dict[str, Any]:
    profile = {"name": phone.name}
    if phone.username and with_username:
        profile["username"] = phone.username
    contact: dict[str, Any] = {"profile": profile}
    if phone.number:
        contact["wa_id"] = phone.number
    contact["user_id"] = phone.user_id
    if phone.parent_user_id:
        contact["parent_user_id"] = phone.parent_user_id
    return contact


def _sender(phone: Phone) -> dict[str, str]:
    sender = {"from": phone.number} if phone.number else {}
    sender["from_user_id"] = phone.user_id
    if phone.parent_user_id:
        sender["from_parent_user_id"] = phone.parent_user_id
    return sender


def _context(config: SimulatorConfig, message: Message) -> dict[str, Any]:
    context: dict[str, Any] = {"forwarded": True} if message.forwarded else {}
    if message.quoted:
        display = "".join(filter(str.isdigit, config.business_numbers[message.business_number]))
        context |= {"from": display, "id": message.quoted}
    return context


def _priced(message: Message, status: Status) -> bool:
    # "Pricing" comes with `sent` and with one of `delivered` and `read`.
    if status == Status.READ:
        return message.time_of(Status.DELIVERED) is None
    return status in (Status.SENT, Status.DELIVERED)


def _pricing(config: SimulatorConfig, message: Message) -> dict[str, Any]:
    free = message.kind != "template" and not config.service_messages_billed
    return {
        "billable": not free,
        "pricing_model": "PMP",
        "type": "free_customer_service" if free else "regular",
        "category": "utility" if message.kind == "template" else "service",
    }


def _merged(values: list[Value]) -> list[Value]:
    merged: list[Value] = []
    for value in values:
        if not merged or merged[-1]["metadata"] != value["metadata"]:
            merged.append(dict(value))
            continue
        last = merged[-1]
        for part in ("contacts", "messages", "statuses"):
            known = last.get(part, [])
            if added := [item for item in value.get(part, []) if item not in known]:
                last[part] = [*known, *added]
    return merged
