"""WhatsApp, way in: the updates of Meta's webhook body as inbox events.

One body carries up to 1,000 updates over several entries, changes and numbers; all are read. Nothing in a
verified body is an error: what is not understood becomes an `other` event that is stored and answered 200.
"""

import datetime as dt
import hashlib
import re
from collections.abc import Iterator
from typing import Any

from gateway.channels.meta.json import (
    code_of,
    coordinate,
    dicts,
    digest,
    get,
    plausible_timestamp,
    read_document,
    text,
    without_depths,
)
from gateway.channels.whatsapp.errors import classify_status
from gateway.conversations.kinds import InboxEventKind, MessageKind
from gateway.conversations.messages import IncomingEvent, IncomingMessage, IncomingStatus
from gateway.core.database import now

_KINDS: dict[str, MessageKind] = {
    "text": MessageKind.TEXT,
    "button": MessageKind.CHOICE,
    "interactive": MessageKind.CHOICE,
    "image": MessageKind.PICTURE,
    "video": MessageKind.VIDEO,
    "audio": MessageKind.VOICE,
    "document": MessageKind.FILE,
    "sticker": MessageKind.STICKER,
    "location": MessageKind.LOCATION,
    "contacts": MessageKind.CONTACT_CARD,
    "reaction": MessageKind.REACTION,
    "edit": MessageKind.EDIT,
    "revoke": MessageKind.REVOKE,
    "system": MessageKind.SYSTEM,
}
# Meta: the country's two letters, a full stop, up to 128 letters and digits ("ENT." in it for a parent id).
_USER_ID = re.compile(r"[A-Z]{2}\.")
MAX_DETAILS, DETAIL_LENGTH = 40, 200
_EARLIEST = dt.datetime(2009, 1, 1, tzinfo=dt.UTC)  # WhatsApp began in 2009


def read_events(body: bytes) -> list[IncomingEvent]:
    """All updates of a body in the order in which Meta wrote them."""
    try:
        events = _read_all(body)
    except RecursionError:
        events = _read_all(without_depths(body))  # one event is too deep for the reader; its neighbours are not
    return events or [_other("empty", hashlib.sha256(body).hexdigest())]


def _read_all(body: bytes) -> list[IncomingEvent]:
    try:
        document = read_document(body)
    except ValueError:
        return [_other("unreadable", hashlib.sha256(body).hexdigest())]
    return list(_read_document(document))


def _read_document(document: Any) -> Iterator[IncomingEvent]:
    for entry in dicts(get(document, "entry")):
        for change in dicts(entry.get("changes")):
            yield from _read_change(entry, change)


def _read_change(entry: dict[str, Any], change: dict[str, Any]) -> Iterator[IncomingEvent]:
    value = change.get("value")
    field = text(change.get("field")) or "unknown"
    content: dict[str, Any] = value if isinstance(value, dict) and field == "messages" else {}
    messages, statuses = dicts(content.get("messages")), dicts(content.get("statuses"))
    for message in messages:
        yield _read_message(content, message)
    for status in statuses:
        yield _read_status(content, status)
    if errors := dicts(content.get("errors")):
        # Of the account or the app, not of one message; those of a message or a status stand in it.
        yield _other(f"errors {_code(errors)}", digest([entry.get("id"), errors]))
    elif not messages and not statuses:
        yield _other(field, digest([entry.get("id"), entry.get("time"), change]))


def _read_message(value: dict[str, Any], message: dict[str, Any]) -> IncomingEvent:
    phone, user_id = _sender(value, message)
    new_phone, new_user_id = _new_addresses(message)
    external_id = text(message.get("id"))
    if external_id is None or (phone is None and user_id is None):
        return _other("message", digest(message))
    kind = _kind(message)
    sent_at = plausible_timestamp(message.get("timestamp"), earliest=_EARLIEST)
    incoming = IncomingMessage(
        external_id=external_id,
        business_number=_business_number(value),
        sent_at=sent_at,
        kind=kind,
        phone=phone,
        user_id=user_id,
        text=_text_of(message, kind),
        choice=_choice(message),
        media_id=text(get(message.get(text(message.get("type")) or ""), "id")),
        details=_details(message, kind),
        about=_about(message),
        reaction=text(get(message.get("reaction"), "emoji")),
        forwarded=_is_forwarded(message),
        new_phone=new_phone,
        new_user_id=new_user_id,
    )
    return IncomingEvent(kind=InboxEventKind.MESSAGE, unique_id=external_id, occurred_at=sent_at, message=incoming)


def _read_status(value: dict[str, Any], status: dict[str, Any]) -> IncomingEvent:
    external_id, name = text(status.get("id")), text(status.get("status"))
    if external_id is None or name is None:
        return _other("status", digest(status))
    occurred_at = plausible_timestamp(status.get("timestamp"), earliest=_EARLIEST)
    number = _code(dicts(status.get("errors")))
    read = IncomingStatus(
        external_id=external_id,
        business_number=_business_number(value),
        occurred_at=occurred_at,
        status=name,
        reference=text(status.get("biz_opaque_callback_data")),
        error_code=number,
        failure=classify_status(number) if name == "failed" else None,
    )
    return IncomingEvent(
        kind=InboxEventKind.STATUS, unique_id=f"{external_id} {name}", occurred_at=occurred_at, status=read
    )


def _sender(value: dict[str, Any], message: dict[str, Any]) -> tuple[str | None, str | None]:
    phone, user_id = text(message.get("from")), text(message.get("from_user_id"))
    system = message.get("system")
    if (previous := text(get(system, "previous_user_id"))) is not None:
        user_id = previous  # who it was until now; `from` may be missing altogether
    elif user_id is not None and user_id == text(get(system, "user_id")):
        user_id = None  # the new one, which no contact has yet
    contacts = dicts(value.get("contacts"))
    if phone is not None and _USER_ID.match(phone):
        # A business-scoped id in the place of the number: seen where the citizen hides the phone.
        phone, user_id = None, user_id or phone
    if phone is None and user_id is None and len(contacts) == 1:
        # The only person in the body is the sender; with several it would be a guess.
        return text(contacts[0].get("wa_id")), text(contacts[0].get("user_id"))
    for contact in contacts:
        # By number or id, never by place: one body carries several people.
        if phone is not None and text(contact.get("wa_id")) == phone:
            user_id = user_id or text(contact.get("user_id"))
        elif user_id is not None and text(contact.get("user_id")) == user_id:
            phone = phone or text(contact.get("wa_id"))
    return (phone.lstrip("+") if phone else None), user_id


def _new_addresses(message: dict[str, Any]) -> tuple[str | None, str | None]:
    """Number and user id after a change of either; `None` for both in every other message.

    Meta, "System messages webhook reference" (2026): `user_changed_number` brings `wa_id` (`new_wa_id` in older
    bodies) and `user_id`, `user_changed_user_id` only `user_id`.
    """
    system = message.get("system")
    if text(get(system, "type")) not in ("user_changed_number", "user_changed_user_id"):
        return None, None
    phone = text(get(system, "wa_id")) or text(get(system, "new_wa_id"))
    return (phone.lstrip("+") if phone else None), text(get(system, "user_id"))


def _kind(message: dict[str, Any]) -> MessageKind:
    if message.get("group_id") is not None:
        return MessageKind.GROUP
    kind = _KINDS.get(text(message.get("type")) or "", MessageKind.UNSUPPORTED)
    if kind == MessageKind.TEXT and _text_of(message, MessageKind.TEXT) is None:
        return MessageKind.UNSUPPORTED
    if kind == MessageKind.CHOICE and _choice(message) is None and _text_of(message, MessageKind.CHOICE) is None:
        return MessageKind.UNSUPPORTED  # `interactive` with errors and no reply in it
    return kind


def _text_of(message: dict[str, Any], kind: MessageKind) -> str | None:
    if kind == MessageKind.EDIT:
        inner = get(message.get("edit"), "message")
        now_is = _KINDS.get(text(get(inner, "type")) or "", MessageKind.UNSUPPORTED)
        return _text_of(inner, now_is) if isinstance(inner, dict) and now_is != MessageKind.EDIT else None
    content = message.get(text(message.get("type")) or "")
    if kind == MessageKind.TEXT:
        return text(get(content, "body"))
    if kind == MessageKind.CHOICE:
        reply = _interactive_reply(message)
        return text(get(reply, "title")) or text(get(content, "text"))
    return text(get(content, "caption"))


def _details(message: dict[str, Any], kind: MessageKind) -> tuple[tuple[str, str], ...]:
    """What a place or a contact card says, by name; for officers alone, and never more than a card holds."""
    found: list[tuple[str, str | None]] = []
    if kind == MessageKind.LOCATION:
        place = message.get("location")
        found = [(name, text(get(place, name))) for name in ("name", "address")]
        found += [(name, coordinate(get(place, name))) for name in ("latitude", "longitude")]
    elif kind == MessageKind.CONTACT_CARD:
        for card in dicts(message.get("contacts")):
            found.append(("name", text(get(card.get("name"), "formatted_name"))))
            found.append(("organization", text(get(card.get("org"), "company"))))
            found += [("phone", text(phone.get("phone"))) for phone in dicts(card.get("phones"))]
            found += [("email", text(email.get("email"))) for email in dicts(card.get("emails"))]
    return tuple((name, value[:DETAIL_LENGTH]) for name, value in found if value)[:MAX_DETAILS]


def _choice(message: dict[str, Any]) -> str | None:
    reply = _interactive_reply(message)
    return text(get(reply, "id")) or text(get(message.get("button"), "payload"))


def _interactive_reply(message: dict[str, Any]) -> Any:
    interactive = message.get("interactive")
    return get(interactive, "button_reply") or get(interactive, "list_reply")


def _about(message: dict[str, Any]) -> str | None:
    for part, key in (("edit", "original_message_id"), ("revoke", "original_message_id"), ("reaction", "message_id")):
        if (found := text(get(message.get(part), key))) is not None:
            return found
    return text(get(message.get("context"), "id"))


def _is_forwarded(message: dict[str, Any]) -> bool:
    context = message.get("context")
    return get(context, "forwarded") is True or get(context, "frequently_forwarded") is True


def _business_number(value: dict[str, Any]) -> str:
    return text(get(value.get("metadata"), "phone_number_id")) or ""


def _other(name: str, unique_id: str) -> IncomingEvent:
    return IncomingEvent(
        kind=InboxEventKind.OTHER, unique_id=f"{name[:64]} {unique_id}", occurred_at=now(), name=name[:64]
    )


def _code(errors: list[dict[str, Any]]) -> int | None:
    return code_of(errors[0].get("code")) if errors else None
