"""Every kind of message that a simulated phone can send, as Meta's message object.

Each function turns the fields of a request into a `Draft`. Raises `BadDraft` with a sentence when a field is
missing or names nothing. Shapes: Meta's pages "… messages webhook reference" (2026) and the payloads of pywa.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from simulator.core.identifiers import checksum, new_media_id, new_user_id
from simulator.core.models import Author, Message, Phone
from simulator.core.state import State
from simulator.phone.media import sample

Fields = dict[str, Any]


class BadDraft(ValueError):
    """This phone cannot send that."""


@dataclass
class Draft:
    """A message before it is sent; `extra` is laid over the webhook's message object."""

    kind: str
    content: dict[str, Any] = field(default_factory=dict)
    quoted: str | None = None
    extra: dict[str, Any] = field(default_factory=dict)
    changed_phone: dict[str, Any] = field(default_factory=dict)


def build(state: State, phone: Phone, kind: str, fields: Fields) -> Draft:
    """The draft of a message of this kind. Raises `BadDraft`."""
    if kind not in _KINDS:
        raise BadDraft(f"A phone cannot send {kind!r}; it can send: {', '.join(sorted(_KINDS))}.")
    draft = _KINDS[kind](state, phone, fields)
    draft.quoted = draft.quoted or fields.get("quoted")
    draft.extra |= fields.get("extra") or {}
    return draft


def _text(state: State, phone: Phone, fields: Fields) -> Draft:
    return Draft("text", {"body": _required(fields, "text")})


def _button_reply(state: State, phone: Phone, fields: Fields) -> Draft:
    message = _own(state, phone, _required(fields, "about"))
    for button in (message.content.get("action") or {}).get("buttons") or []:
        if button["reply"]["id"] == fields.get("choice"):
            reply = {"type": "button_reply", "button_reply": dict(button["reply"])}
            return Draft("interactive", reply, quoted=message.id)
    raise BadDraft("That message has no such button; give the id of one of its buttons as `choice`.")


def _list_reply(state: State, phone: Phone, fields: Fields) -> Draft:
    message = _own(state, phone, _required(fields, "about"))
    for section in (message.content.get("action") or {}).get("sections") or []:
        for row in section["rows"]:
            if row["id"] == fields.get("choice"):
                return Draft("interactive", {"type": "list_reply", "list_reply": dict(row)}, quoted=message.id)
    raise BadDraft("That message has no such row; give the id of one of its rows as `choice`.")


def _template_button(state: State, phone: Phone, fields: Fields) -> Draft:
    text = _required(fields, "text")
    content = {"payload": fields["payload"], "text": text} if fields.get("payload") else {"text": text}
    return Draft("button", content, quoted=fields.get("about"))


def _flow_reply(state: State, phone: Phone, fields: Fields) -> Draft:
    reply = {"response_json": fields.get("json", "{}"), "body": "Sent", "name": "flow"}
    return Draft("interactive", {"type": "nfm_reply", "nfm_reply": reply})


def _broken_interactive(state: State, phone: Phone, fields: Fields) -> Draft:
    # An `interactive` without its reply object: seen in the payloads of pywa.
    return Draft(
        "interactive", {}, extra={"errors": [_error(131000, "Something went wrong", "Unsupported webhook payload")]}
    )


def _file(kind: str, mime_type: str, **more: Any) -> Callable[[State, Phone, Fields], Draft]:
    def make(state: State, phone: Phone, fields: Fields) -> Draft:
        media = {"mime_type": mime_type, "sha256": checksum(sample(mime_type)), "id": new_media_id(), **more}
        media |= {key: fields[key] for key in ("caption", "filename") if fields.get(key)}
        return Draft(kind, media)

    return make


def _location(state: State, phone: Phone, fields: Fields) -> Draft:
    place = {key: fields[key] for key in ("name", "address", "url") if fields.get(key)}
    return Draft(
        "location",
        {"latitude": fields.get("latitude", 60.1699), "longitude": fields.get("longitude", 24.9384), **place},
    )


def _contacts(state: State, phone: Phone, fields: Fields) -> Draft:
    name = str(fields.get("name") or "Aada Esimerkki")
    first, _, last = name.partition(" ")
    card = {
        "name": {"first_name": first, "last_name": last, "formatted_name": name},
        "phones": [{"phone": "+358 50 000 0099", "wa_id": "358500000099", "type": "CELL"}],
    }
    # Meta's content is a list here; ours is always an object.
    return Draft("contacts", {"list": [card]})


def _reaction(state: State, phone: Phone, fields: Fields) -> Draft:
    content = {"message_id": _own(state, phone, _required(fields, "about")).id}
    # "When an end user removes a reaction emoji, WhatsApp sends a webhook without the emoji field."
    return Draft("reaction", {**content, "emoji": fields["emoji"]} if fields.get("emoji") else content)


def _edit(state: State, phone: Phone, fields: Fields) -> Draft:
    about, text = _own(state, phone, _required(fields, "about")), _required(fields, "text")
    if about.author != Author.CITIZEN or about.kind != "text":
        raise BadDraft("Only a text that this phone sent can be edited.")
    inner = {"context": {"id": "M0"}, "type": "text", "text": {"body": text}}
    return Draft("edit", {"original_message_id": about.id, "message": inner})


def _revoke(state: State, phone: Phone, fields: Fields) -> Draft:
    about = _own(state, phone, _required(fields, "about"))
    if about.author != Author.CITIZEN:
        raise BadDraft("Only a message that this phone sent can be taken back.")
    return Draft("revoke", {"original_message_id": about.id})


def _order(state: State, phone: Phone, fields: Fields) -> Draft:
    item = {"product_retailer_id": "SAMPLE", "quantity": 1, "item_price": 30, "currency": "EUR"}
    return Draft("order", {"catalog_id": "194836987003835", "text": "", "product_items": [item]})


def _unsupported(state: State, phone: Phone, fields: Fields) -> Draft:
    errors = [_error(131051, "Message type unknown", "Message type is currently not supported.")]
    return Draft("unsupported", {"type": fields.get("type", "poll")}, extra={"errors": errors})


def _number_change(state: State, phone: Phone, fields: Fields) -> Draft:
    number, user_id = _required(fields, "number").lstrip("+"), new_user_id()
    content = {
        "body": f"User {phone.name} changed from {phone.number} to {number}",
        "wa_id": number,
        "user_id": user_id,
        "previous_user_id": phone.user_id,
        "type": "user_changed_number",
    }
    return Draft("system", content, changed_phone={"number": number, "user_id": user_id})


def _user_id_change(state: State, phone: Phone, fields: Fields) -> Draft:
    user_id = new_user_id()
    content = {
        "body": f"User {phone.name} changed from {phone.user_id} to {user_id}",
        "user_id": user_id,
        "previous_user_id": phone.user_id,
        "type": "user_changed_user_id",
    }
    return Draft("system", content, extra={"from": None}, changed_phone={"user_id": user_id})


def _group_text(state: State, phone: Phone, fields: Fields) -> Draft:
    return Draft(
        "text", {"body": _required(fields, "text")}, extra={"group_id": fields.get("group_id", "Y2FwaV9ncm91cDox")}
    )


def _raw(state: State, phone: Phone, fields: Fields) -> Draft:
    return Draft(_required(fields, "type"), dict(fields.get("content") or {}))


def _error(code: int, title: str, details: str) -> dict[str, Any]:
    return {"code": code, "title": title, "message": title, "error_data": {"details": details}}


def _required(fields: Fields, name: str) -> str:
    value = fields.get(name)
    if not isinstance(value, str) or not value:
        raise BadDraft(f"This message needs {name!r}.")
    return value


def _own(state: State, phone: Phone, wamid: str) -> Message:
    message = state.messages.get(wamid)
    if message is None or message.phone_id != phone.id:
        raise BadDraft("There is no such message on this phone.")
    return message


_KINDS: dict[str, Callable[[State, Phone, Fields], Draft]] = {
    "text": _text,
    "button_reply": _button_reply,
    "list_reply": _list_reply,
    "template_button": _template_button,
    "flow_reply": _flow_reply,
    "broken_interactive": _broken_interactive,
    "image": _file("image", "image/png"),
    "video": _file("video", "video/mp4"),
    "voice": _file("audio", "audio/ogg; codecs=opus", voice=True),
    "audio": _file("audio", "audio/ogg; codecs=opus", voice=False),
    "document": _file("document", "application/pdf", filename="todiste.pdf"),
    "sticker": _file("sticker", "image/webp", animated=False),
    "location": _location,
    "contacts": _contacts,
    "reaction": _reaction,
    "edit": _edit,
    "revoke": _revoke,
    "order": _order,
    "unsupported": _unsupported,
    "number_change": _number_change,
    "user_id_change": _user_id_change,
    "group_text": _group_text,
    "raw": _raw,
}
