"""WhatsApp, way out: a reply in as few messages as fit, the request body of each, and the id that Meta gives it."""

import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import structlog

from gateway.channels.base import SendFailed
from gateway.channels.meta.split import split_text, titled
from gateway.channels.whatsapp import limits
from gateway.conversations.kinds import FailureClass
from gateway.conversations.messages import Choice, Recipient, Reply, TemplateUse

log = structlog.get_logger()

TYPING_PAUSE = 20.0  # seconds
MOST_REMEMBERED = 5_000  # recipients


def split_reply(reply: Reply) -> list[Reply]:
    """The reply in one message where it fits; else in parts in order, with the choices on the last."""
    if reply.template is not None:
        return [reply]  # Meta fills in the text itself; it cannot be split
    choices = _kept(reply.choices)
    last_limit = limits.LIST_BODY if choices else limits.TEXT_BODY
    if len(reply.text) <= last_limit:
        return [reply.model_copy(update={"choices": choices})]
    parts = split_text(reply.text, min(last_limit, limits.TEXT_BODY))
    return [Reply(text=part) for part in parts[:-1]] + [
        Reply(text=parts[-1], choices=choices, list_button=reply.list_button)
    ]


def _kept(choices: tuple[Choice, ...]) -> tuple[Choice, ...]:
    """Each id once, and no more than a list holds: better a reply with ten choices than none."""
    once = tuple({choice.id: choice for choice in reversed(choices)}.values())[::-1]
    if len(once) > limits.LIST_ROWS:
        log.error("choices_cut", count=len(once), limit=limits.LIST_ROWS)
    return once[: limits.LIST_ROWS]


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
        raise SendFailed(FailureClass.UNDELIVERABLE)  # their number has another owner now, and we know no other address
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
    """The wamid that Meta gave; raises `SendFailed` when a success carries none (then the outcome is unknown)."""
    messages = answer.get("messages")
    first = messages[0] if isinstance(messages, list) and messages else None
    external_id = first.get("id") if isinstance(first, dict) else None
    if not isinstance(external_id, str) or not external_id:
        raise SendFailed(FailureClass.UNKNOWN_OUTCOME)
    return external_id


class TypingLimit:
    """Shows a recipient "typing…" at most once in 20 seconds, counted in this process alone."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._shown: OrderedDict[Recipient, float] = OrderedDict()

    def is_too_soon(self, recipient: Recipient) -> bool:
        """Whether it was shown less than 20 seconds ago; when not, it counts as shown now."""
        timestamp = self._clock()
        if timestamp - self._shown.get(recipient, -TYPING_PAUSE) < TYPING_PAUSE:
            return True
        self._shown[recipient] = timestamp
        self._shown.move_to_end(recipient)
        if len(self._shown) > MOST_REMEMBERED:
            self._shown.popitem(last=False)
        return False
