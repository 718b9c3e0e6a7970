"""WhatsApp, the last step out: our reply becomes the body of a request, Meta's answer the id of a message."""

from typing import Any

from gateway.channels.base import Recipient, Reply, SendFailed, TemplateUse
from gateway.channels.whatsapp import limits
from gateway.channels.whatsapp.splitting import titled


def message_body(recipient: Recipient, reply: Reply, reference: str) -> dict[str, Any]:
    """The JSON of one message; `reference` comes back in every status of it."""
    body: dict[str, Any] = {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        **_address(recipient),
        "biz_opaque_callback_data": reference,
    }
    if reply.template is not None:
        return {**body, "type": "template", "template": _template(reply.template)}
    if not reply.choices:
        return {**body, "type": "text", "text": {"body": reply.text, "preview_url": False}}
    return {**body, "type": "interactive", "interactive": _interactive(reply)}


def typing_body(external_id: str) -> dict[str, Any]:
    """The JSON that gives the citizen blue ticks and shows "typing…" for at most 25 seconds."""
    return {
        "messaging_product": "whatsapp",
        "status": "read",
        "message_id": external_id,
        "typing_indicator": {"type": "text"},
    }


def _address(recipient: Recipient) -> dict[str, str]:
    if recipient.phone is not None:
        # Without the plus Meta puts the country code of our own number in front.
        return {"to": f"+{recipient.phone}"}
    if recipient.user_id is None:
        raise SendFailed("undeliverable")  # their number is somebody else's now, and we were told no other address
    return {"recipient": recipient.user_id}


def _template(use: TemplateUse) -> dict[str, Any]:
    content: dict[str, Any] = {"name": use.name, "language": {"code": use.language}}
    if use.parameters:
        values = [{"type": "text", "parameter_name": name, "text": text} for name, text in use.parameters]
        content["components"] = [{"type": "body", "parameters": values}]
    return content


def _interactive(reply: Reply) -> dict[str, Any]:
    if len(reply.choices) <= limits.BUTTONS and len(reply.text) <= limits.BUTTONS_BODY:
        buttons = [
            {"type": "reply", "reply": {"id": choice[: limits.BUTTON_ID], "title": title}}
            for choice, title in titled(reply.choices, limits.BUTTON_TITLE)
        ]
        return {"type": "button", "body": {"text": reply.text}, "action": {"buttons": buttons}}
    rows = [
        {"id": choice[: limits.LIST_ROW_ID], "title": title}
        for choice, title in titled(reply.choices, limits.LIST_ROW_TITLE)
    ]
    return {
        "type": "list",
        "body": {"text": reply.text},
        "action": {"button": reply.list_button[: limits.LIST_BUTTON] or "…", "sections": [{"rows": rows}]},
    }


def accepted_id(answer: dict[str, Any]) -> str:
    """The wamid that Meta gave; raises `SendFailed` when a success carries none (then nothing is known)."""
    messages = answer.get("messages")
    first = messages[0] if isinstance(messages, list) and messages else None
    external_id = first.get("id") if isinstance(first, dict) else None
    if not isinstance(external_id, str) or not external_id:
        raise SendFailed("unknown_outcome")
    return external_id
