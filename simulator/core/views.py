"""Phones and messages as the simulator's page shows them, without Meta's JSON."""

from typing import Any

from simulator.core.message_log import as_received, text_of
from simulator.core.models import Author, Message, Phone, Status
from simulator.core.state import State

# These change another message and have no bubble of their own.
WITHOUT_BUBBLE = frozenset({"reaction", "edit", "revoke"})


def phone_view(state: State, phone: Phone) -> dict[str, Any]:
    """One phone for the tabs."""
    return {
        "id": phone.id,
        "name": phone.name,
        "number": f"+{phone.number}" if phone.number else None,
        "username": phone.username,
        "user_id": phone.user_id,
        "online": phone.online,
        "platform": phone.platform,
    }


def conversation_view(state: State, phone_id: str) -> list[dict[str, Any]]:
    """The bubbles of one phone, oldest first."""
    views = [message_view(state, message) for message in state.by_phone.get(phone_id, [])]
    return sorted((view for view in views if view["visible"]), key=lambda view: float(view["at"]))


def message_view(state: State, message: Message) -> dict[str, Any]:
    """One bubble. A message of the service is visible once it has arrived."""
    received = as_received(message, message.at)
    arrived = message.author == Author.CITIZEN or message.status in (Status.DELIVERED, Status.READ)
    return {
        "id": message.id,
        "author": message.author,
        "kind": message.kind,
        "at": message.time_of(Status.DELIVERED) or message.at if message.author == Author.SERVICE else message.at,
        "visible": arrived and message.kind not in WITHOUT_BUBBLE,
        "text": received.text,
        "header": received.header,
        "footer": received.footer,
        "buttons": [{"id": choice.id, "title": choice.title} for choice in received.buttons],
        "list": _list_view(message),
        "link": _link_view(message),
        "content": message.content,
        "quoted": _quoted_view(state, message),
        "status": message.status,
        "error": message.error_code,
        "reactions": sorted(set(message.reactions.values())),
        "used": message.used_choices,
        "quick": bool(message.content.get("quick")),
        "sender": state.personas.get(str(message.content.get("persona"))),
        "forwarded": message.forwarded,
        "edited": message.edited,
        "revoked": message.revoked,
    }


def _list_view(message: Message) -> dict[str, Any] | None:
    action = message.content.get("action") or {}
    if message.kind != "interactive" or "sections" not in action:
        return None
    return {"button": action["button"], "sections": action["sections"]}


def _link_view(message: Message) -> dict[str, Any] | None:
    if message.kind != "interactive" or message.content.get("type") != "cta_url":
        return None
    parameters = message.content["action"]["parameters"]
    return {"title": parameters["display_text"], "address": parameters["url"]}


def _quoted_view(state: State, message: Message) -> dict[str, Any] | None:
    quoted = state.messages.get(message.quoted or "")
    if quoted is None:
        return None
    return {
        "id": quoted.id,
        "author": quoted.author,
        "kind": quoted.kind,
        "text": "" if quoted.revoked else text_of(quoted.kind, quoted.content)[:200],
    }
