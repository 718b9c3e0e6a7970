"""Reads the body of a request to send on Messenger or Instagram and refuses what Meta would refuse."""

from dataclasses import dataclass
from typing import Any

from simulator.core import meta_limits as limits
from simulator.core.models import Platform
from simulator.graph_api.meta_errors import bad

Object = dict[str, Any]
ACTIONS = frozenset({"typing_on", "typing_off", "mark_seen"})
_KNOWN = frozenset({"recipient", "messaging_type", "tag", "message", "sender_action", "persona_id"})
_MESSAGE = frozenset({"text", "quick_replies", "attachment", "metadata"})


@dataclass(frozen=True)
class MetaSendRequest:
    """A valid request to send, its content in the simulator's own form; or a sender action."""

    person: str
    action: str | None = None
    kind: str = "text"
    content: Object | None = None
    reference: str | None = None
    tag: str | None = None
    persona: str | None = None


def read_send_request(body: Any, platform: Platform) -> MetaSendRequest:
    """What a body asks for. Raises `MetaRefusal`."""
    if not isinstance(body, dict):
        raise bad("The body must be a JSON object.")
    if unknown := sorted(body.keys() - _KNOWN):
        raise bad(f'Invalid keys "{unknown[0]}" were found in param "body".')
    person = _string(_object(body, "recipient"), "id", "recipient[id]")
    if (action := body.get("sender_action")) is not None:
        if action not in ACTIONS:
            raise bad("Param sender_action must be one of {TYPING_ON, TYPING_OFF, MARK_SEEN}.")
        if "message" in body:
            raise bad("A sender action goes alone, without a message.")
        return MetaSendRequest(person, action=str(action))
    message = _object(body, "message")
    if unknown := sorted(message.keys() - _MESSAGE):
        raise bad(f'Invalid keys "{unknown[0]}" were found in param "message".')
    kind, content = _content(message, platform)
    reference = message.get("metadata")
    if platform == Platform.INSTAGRAM and (reference is not None or body.get("persona_id") is not None):
        raise bad("Instagram has neither metadata nor personas.")
    return MetaSendRequest(
        person,
        kind=kind,
        content=content,
        reference=None if reference is None else str(reference),
        tag=_tag(body),
        persona=body.get("persona_id"),
    )


def _tag(body: Object) -> str | None:
    kind, tag = body.get("messaging_type", "RESPONSE"), body.get("tag")
    if kind not in ("RESPONSE", "UPDATE", "MESSAGE_TAG"):
        raise bad("Param messaging_type must be one of {RESPONSE, UPDATE, MESSAGE_TAG}.")
    if (kind == "MESSAGE_TAG") != (tag is not None):
        raise bad("A tag and messaging_type MESSAGE_TAG go together.")
    if tag in limits.GONE_TAGS:
        raise bad(f"The tag {tag} is no longer supported.")
    if tag not in (None, "HUMAN_AGENT"):
        raise bad("Param tag must be one of {HUMAN_AGENT}.")
    return tag


def _content(message: Object, platform: Platform) -> tuple[str, Object]:
    if ("text" in message) == ("attachment" in message):
        raise bad("A message has either a text or an attachment.")
    if "attachment" in message:
        return "interactive", _template(_object(message, "attachment"))
    text = _string(message, "text", "message[text]")
    _within(text, platform)
    if "quick_replies" not in message:
        return "text", {"body": text}
    return "interactive", _buttons(text, _quick_replies(message["quick_replies"]), quick=True)


def _within(text: str, platform: Platform) -> None:
    if platform == Platform.INSTAGRAM and len(text.encode()) > limits.TEXT_BYTES:
        raise bad(f"Length of param message[text] must be less than or equal to {limits.TEXT_BYTES} bytes.")
    if platform == Platform.MESSENGER and len(text) > limits.TEXT_CHARACTERS:
        raise bad(f"Length of param message[text] must be less than or equal to {limits.TEXT_CHARACTERS}.")


def _quick_replies(given: Any) -> list[tuple[str, str]]:
    replies = _list(given, "message[quick_replies]", limits.QUICK_REPLIES)
    if any(reply.get("content_type") != "text" for reply in replies):
        raise bad("Param content_type must be one of {TEXT}.")
    return [
        (
            _string(reply, "title", "quick_replies[title]", limits.QUICK_REPLY_TITLE),
            _string(reply, "payload", "quick_replies[payload]", limits.QUICK_REPLY_PAYLOAD),
        )
        for reply in replies
    ]


def _template(attachment: Object) -> Object:
    payload = _object(attachment, "payload")
    if attachment.get("type") != "template" or payload.get("template_type") != "button":
        raise bad("Only the button template is simulated here.")
    text = _string(payload, "text", "payload[text]", limits.BUTTONS_TEXT)
    buttons = _list(payload.get("buttons"), "payload[buttons]", limits.BUTTONS)
    if any(button.get("type") != "postback" for button in buttons):
        raise bad("Only postback buttons are simulated here.")
    titled = [
        (
            _string(button, "title", "buttons[title]", limits.BUTTON_TITLE),
            _string(button, "payload", "buttons[payload]", limits.QUICK_REPLY_PAYLOAD),
        )
        for button in buttons
    ]
    return _buttons(text, titled, quick=False)


def _buttons(text: str, titled: list[tuple[str, str]], *, quick: bool) -> Object:
    """In the form in which the simulator keeps WhatsApp's buttons, so that message log and page read both alike."""
    buttons = [{"type": "reply", "reply": {"id": payload, "title": title}} for title, payload in titled]
    return {"type": "button", "body": {"text": text}, "action": {"buttons": buttons}, "quick": quick}


def _object(parent: Object, name: str) -> Object:
    value = parent.get(name)
    if not isinstance(value, dict):
        raise bad(f"The parameter {name} is required.")
    return value


def _list(value: Any, where: str, most: int) -> list[Object]:
    if not isinstance(value, list) or not value or not all(isinstance(item, dict) for item in value):
        raise bad(f"Param {where} must be a list with something in it.")
    if len(value) > most:
        raise bad(f"Param {where} must have at most {most} elements.")
    return value


def _string(parent: Object, name: str, where: str, longest: int | None = None) -> str:
    value = parent.get(name)
    if not isinstance(value, str) or not value.strip():
        raise bad(f"The parameter {where} is required.")
    if longest is not None and len(value) > longest:
        raise bad(f"Length of param {where} must be less than or equal to {longest}.")
    return value
