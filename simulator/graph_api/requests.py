"""Reads the body of a request to send on WhatsApp and refuses what Meta would refuse."""

import re
from dataclasses import dataclass
from typing import Any

from simulator.core import whatsapp_limits as limits
from simulator.graph_api.checks import (
    Object,
    bounded,
    invalid,
    list_of,
    object_of,
    only,
    text_of,
    too_long,
)
from simulator.graph_api.errors import GraphRefusal
from simulator.graph_api.interactive import check_interactive

USER_ID = re.compile(rf"[A-Z]{{2}}\.(?:ENT\.)?[A-Za-z0-9]{{1,{limits.USER_ID_LENGTH}}}")
# E.164 has at most 15 digits; spaces, dots, brackets and hyphens are allowed ("Phone numbers").
_NUMBER = re.compile(r"\+?[0-9\s().-]{5,25}")
_DIGITS = re.compile(r"[0-9]")
_FILES = frozenset({"image", "video", "audio", "document", "sticker"})
_WITH_CAPTION = frozenset({"image", "video", "document"})


@dataclass(frozen=True)
class SendRequest:
    """A valid request to send; `recipient` holds `to` (digits after a plus) or `recipient`, or both."""

    kind: str
    content: Object
    recipient: dict[str, str]
    quoted: str | None
    reference: str | None


@dataclass(frozen=True)
class ReadMark:
    """A request to mark a message as read, perhaps with "typing…"."""

    message_id: str
    typing: bool


def read_request(body: Any, country_code: str) -> SendRequest | ReadMark:
    """What a body asks for. Raises `GraphRefusal`."""
    if not isinstance(body, dict):
        raise GraphRefusal(100, "The body must be a JSON object.")
    if "messaging_product" not in body:
        raise GraphRefusal(100, message="(#100) The parameter messaging_product is required.")
    if body["messaging_product"] != "whatsapp":
        raise GraphRefusal(100, message="(#100) Param messaging_product must be one of {WHATSAPP}.")
    if "status" in body:
        return _read_mark(body)
    return _order(body, country_code)


def _read_mark(body: Object) -> ReadMark:
    if body["status"] != "read":
        raise GraphRefusal(100, message="(#100) Param status must be one of {READ}.")
    message_id = text_of(body, "message_id", "message_id")
    if body.get("typing_indicator") is None:
        return ReadMark(message_id, typing=False)
    indicator = object_of(body, "typing_indicator", "typing_indicator")
    if indicator.get("type") != "text":
        raise invalid("typing_indicator['type'] must be 'text'.")
    return ReadMark(message_id, typing=True)


def _order(body: Object, country_code: str) -> SendRequest:
    if body.get("recipient_type", "individual") != "individual":
        raise GraphRefusal(100, message="(#100) Param recipient_type must be one of {INDIVIDUAL}.")
    recipient = _recipient(body, country_code)
    kind = body.get("type", "text")
    if not isinstance(kind, str) or kind not in _CHECKS:
        raise GraphRefusal(131051, f"Message type {kind!r} is not known.")
    content = object_of(body, kind, kind) if kind != "contacts" else {"list": list_of(body, kind, kind)}
    _CHECKS[kind](kind, content)
    quoted = None
    if body.get("context") is not None:
        quoted = text_of(object_of(body, "context", "context"), "message_id", "context['message_id']")
    reference = body.get("biz_opaque_callback_data")
    if reference is not None and (not isinstance(reference, str) or len(reference) > limits.OPAQUE_REFERENCE):
        raise too_long("biz_opaque_callback_data", limits.OPAQUE_REFERENCE)
    return SendRequest(kind, content, recipient, quoted, reference)


def _recipient(body: Object, country_code: str) -> dict[str, str]:
    recipient: dict[str, str] = {}
    if body.get("recipient") is not None:
        user_id = body["recipient"]
        if not isinstance(user_id, str) or not USER_ID.fullmatch(user_id):
            raise invalid("Param recipient must be a business-scoped user ID, for example FI.1349.")
        recipient["recipient"] = user_id
    if body.get("to") is not None:
        number = body["to"]
        if isinstance(number, str) and USER_ID.fullmatch(number):
            raise invalid("A business-scoped user ID goes in 'recipient', not in 'to'.")
        digits = "".join(_DIGITS.findall(number)) if isinstance(number, str) else ""
        if not _NUMBER.fullmatch(str(number)) or not 5 <= len(digits) <= 15:
            raise invalid("Param to must be a phone number with a plus and a country code.")
        # "If the plus sign is omitted, your own country code is prepended": seldom what the sender meant.
        recipient["to"] = f"+{digits}" if number.lstrip().startswith("+") else f"+{country_code}{digits}"
    if not recipient:
        raise GraphRefusal(100, message="(#100) The parameter to is required.")
    return recipient


def _check_text(kind: str, content: Object) -> None:
    only(content, frozenset({"body", "preview_url"}), "text")
    text_of(content, "body", "text['body']")
    if len(content["body"]) > limits.TEXT_BODY:
        raise too_long("text['body']", limits.TEXT_BODY)
    if not isinstance(content.get("preview_url", False), bool):
        raise invalid("text['preview_url'] must be true or false.")


def _check_interactive(kind: str, content: Object) -> None:
    check_interactive(content)


def _check_file(kind: str, content: Object) -> None:
    more = {"caption"} if kind in _WITH_CAPTION else {"voice"} if kind == "audio" else set()
    only(content, frozenset({"id", "link"} | more | ({"filename"} if kind == "document" else set())), kind)
    if (content.get("id") is None) == (content.get("link") is None):
        raise invalid(f"{kind} needs either 'id' or 'link', and not both.")
    if content.get("link") is not None:
        if not text_of(content, "link", f"{kind}['link']").startswith(("http://", "https://")):
            raise invalid(f"{kind}['link'] must begin with https:// or http://.")
    else:
        text_of(content, "id", f"{kind}['id']")
    if content.get("caption") is not None:
        bounded(content, "caption", f"{kind}['caption']", limits.CAPTION)


def _check_location(kind: str, content: Object) -> None:
    for name, bound in (("latitude", 90), ("longitude", 180)):
        try:
            value = float(content[name])
        except (KeyError, TypeError, ValueError):
            raise invalid(f"location['{name}'] must be a number.") from None
        if not -bound <= value <= bound:
            raise invalid(f"location['{name}'] must be between -{bound} and {bound}.")


def _check_contacts(kind: str, content: Object) -> None:
    if not content["list"]:
        raise invalid("contacts must hold at least one contact.")
    for contact in content["list"]:
        text_of(
            object_of(contact, "name", "contacts[]['name']"), "formatted_name", "contacts[]['name']['formatted_name']"
        )


def _check_reaction(kind: str, content: Object) -> None:
    only(content, frozenset({"message_id", "emoji"}), "reaction")
    text_of(content, "message_id", "reaction['message_id']")
    if not isinstance(content.get("emoji"), str):
        raise invalid("reaction['emoji'] must be an emoji, or empty to take the reaction back.")


def _check_template(kind: str, content: Object) -> None:
    only(content, frozenset({"name", "language", "components"}), "template")
    text_of(content, "name", "template['name']")
    language = object_of(content, "language", "template['language']")
    text_of(language, "code", "template['language']['code']")
    if language.get("policy", "deterministic") != "deterministic":
        raise invalid("template['language']['policy'] must be 'deterministic'.")
    if content.get("components") is not None:
        list_of(content, "components", "template['components']")


_CHECKS = {
    "text": _check_text,
    "interactive": _check_interactive,
    **dict.fromkeys(_FILES, _check_file),
    "location": _check_location,
    "contacts": _check_contacts,
    "reaction": _check_reaction,
    "template": _check_template,
}
