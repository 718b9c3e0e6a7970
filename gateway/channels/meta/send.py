"""Messenger and Instagram, way out: a reply in as few messages as fit, and the request body of each."""

import re
from typing import Any

from gateway.channels.base import SendFailed
from gateway.channels.meta import limits
from gateway.channels.meta.split import Measure, split_text, titled, utf16_units
from gateway.conversations.kinds import FailureClass
from gateway.conversations.messages import Reply

# WhatsApp's marks for bold, italic and strikethrough, in which answers are written; here they would show as they are.
_MARKED = re.compile(r"(?<![\w*_~/])([*_~])(?=\S)([^\n]+?)(?<=\S)\1(?![\w*_~/])")


def plain(text: str) -> str:
    """The text without the marks of bold, italic and strikethrough."""
    before = None
    while text != before:
        before, text = text, _MARKED.sub(r"\2", text)
    return text


def numbered(reply: Reply) -> Reply:
    """The reply with its choices as a numbered list at the end of the text, for devices that show no buttons."""
    lines = [f"{number}. {choice.title}" for number, choice in enumerate(reply.choices, 1)]
    text = "\n\n".join(part for part in (reply.text.strip(), "\n".join(lines)) if part)
    return reply.model_copy(update={"text": text, "numbered": True})


def split_reply(reply: Reply, limit: int, measure: Measure, *, with_numbers: bool) -> list[Reply]:
    """Parts in order, of at most `limit` by `measure`; the choices are on the last, a numbered list is never cut."""
    if reply.place is not None:  # there is no message with a map that a business may send
        words = "\n\n".join(filter(None, (reply.text, reply.place.words)))
        reply = reply.model_copy(update={"text": words, "place": None})
    choices = reply.choices[: limits.QUICK_REPLIES]
    whole = reply.model_copy(update={"text": plain(reply.text), "choices": choices})
    if with_numbers and choices:
        whole = numbered(whole)
    parts = split_text(whole.text, limit, measure)
    if whole.numbered and len(parts) > 1:
        parts = _with_whole_list(whole, reply, limit, measure)
    without_choices = {"choices": (), "numbered": False}
    first = [whole.model_copy(update={"text": part, **without_choices}) for part in parts[:-1]]
    return [*first, whole.model_copy(update={"text": parts[-1]})]


def _with_whole_list(whole: Reply, reply: Reply, limit: int, measure: Measure) -> list[str]:
    """Puts the numbered list into a message of its own where it would be cut."""
    parts = split_text(whole.text, limit, measure)
    listed = numbered(whole.model_copy(update={"text": ""})).text
    if listed in parts[-1] or measure(listed) > limit:
        return parts
    return [*split_text(plain(reply.text), limit, measure), listed]


def message_body(
    user_id: str, reply: Reply, *, with_template: bool, reference: str | None, persona: str | None
) -> dict[str, Any]:
    """The JSON of one message.

    `reference` comes back in the echo of it, where the platform carries one. A reply that is `late` goes with the tag
    HUMAN_AGENT; the caller has checked that a person wrote it.
    """
    kind: dict[str, Any] = {"messaging_type": "RESPONSE"}
    if reply.late:
        kind = {"messaging_type": "MESSAGE_TAG", "tag": limits.HUMAN_AGENT}
    message = _message(reply, with_template=with_template)
    if reference is not None:
        message["metadata"] = reference
    body = {"recipient": {"id": user_id}, **kind, "message": message}
    return {**body, "persona_id": persona} if persona else body


def action_body(user_id: str, action: str) -> dict[str, Any]:
    """The JSON of `mark_seen`, `typing_on` or `typing_off`; never together with a message."""
    return {"recipient": {"id": user_id}, "sender_action": action}


def _message(reply: Reply, *, with_template: bool) -> dict[str, Any]:
    if not reply.choices:
        return {"text": reply.text}
    fits = len(reply.choices) <= limits.BUTTONS and utf16_units(reply.text) <= limits.BUTTONS_TEXT
    if with_template and fits:
        # Buttons stay under their message and show on every device; quick replies go with the next word.
        buttons = [
            {"type": "postback", "title": title, "payload": choice_id[: limits.QUICK_REPLY_PAYLOAD]}
            for choice_id, title in titled(reply.choices, limits.BUTTON_TITLE)
        ]
        template = {"template_type": "button", "text": reply.text, "buttons": buttons}
        return {"attachment": {"type": "template", "payload": template}}
    quick = [
        {"content_type": "text", "title": title, "payload": choice_id[: limits.QUICK_REPLY_PAYLOAD]}
        for choice_id, title in titled(reply.choices, limits.QUICK_REPLY_TITLE)
    ]
    return {"text": reply.text, "quick_replies": quick}


def accepted_id(answer: dict[str, Any]) -> str:
    """The id that Meta gave; raises `SendFailed` when a success carries none (then the outcome is unknown)."""
    external_id = answer.get("message_id")
    if not isinstance(external_id, str) or not external_id:
        raise SendFailed(FailureClass.UNKNOWN_OUTCOME)
    return external_id
