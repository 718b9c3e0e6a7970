"""WhatsApp, second step in: Meta's webhook body becomes our own events.

One body carries up to 1,000 updates over several entries, changes and numbers; all are read. Nothing in a
verified body is an error: what is not understood becomes an `other` event that is kept and answered 200.
"""

import datetime as dt
import hashlib
import json
import re
from collections.abc import Iterator
from typing import Any

from gateway.channels.base import IncomingEvent, IncomingMessage, IncomingStatus, MessageKind
from gateway.channels.nesting import whole_number, without_depths
from gateway.channels.whatsapp.errors import classify_status
from gateway.database import now

_KINDS: dict[str, MessageKind] = {
    "text": "text",
    "button": "choice",
    "interactive": "choice",
    "image": "picture",
    "video": "video",
    "audio": "voice",
    "document": "file",
    "sticker": "sticker",
    "location": "location",
    "contacts": "contact_card",
    "reaction": "reaction",
    "edit": "edit",
    "revoke": "revoke",
    "system": "system",
}
# Meta: the country's two letters, a full stop, up to 128 letters and digits ("ENT." in it for a parent id).
_USER_ID = re.compile(r"[A-Z]{2}\.")
_MILLISECONDS_FROM = 10**11  # seconds reach this in the year 5138; other gateways saw milliseconds
# WhatsApp began in 2009, and a clock may be a little ahead; a moment outside of this is nobody's.
_EARLIEST = dt.datetime(2009, 1, 1, tzinfo=dt.UTC)
_CLOCKS_DIFFER = dt.timedelta(minutes=10)


def read_events(body: bytes) -> list[IncomingEvent]:
    """All updates of a body in the order in which Meta wrote them."""
    try:
        events = _read_all(body)
    except RecursionError:
        events = _read_all(without_depths(body))  # one event is too deep for the reader; its neighbours are not
    return events or [_other("empty", hashlib.sha256(body).hexdigest())]


def _read_all(body: bytes) -> list[IncomingEvent]:
    try:
        document = json.loads(body, parse_int=whole_number)
    except ValueError:
        return [_other("unreadable", hashlib.sha256(body).hexdigest())]
    return list(_read_document(document))


def _read_document(document: Any) -> Iterator[IncomingEvent]:
    for entry in _dicts(_get(document, "entry")):
        for change in _dicts(entry.get("changes")):
            yield from _read_change(entry, change)


def _read_change(entry: dict[str, Any], change: dict[str, Any]) -> Iterator[IncomingEvent]:
    value = change.get("value")
    field = _text(change.get("field")) or "unknown"
    content: dict[str, Any] = value if isinstance(value, dict) and field == "messages" else {}
    messages, statuses = _dicts(content.get("messages")), _dicts(content.get("statuses"))
    for message in messages:
        yield _read_message(content, message)
    for status in statuses:
        yield _read_status(content, status)
    if errors := _dicts(content.get("errors")):
        # Of the account or the app, not of one message; those of a message or a status stand in it.
        yield _other(f"errors {_code(errors)}", _digest([entry.get("id"), errors]))
    elif not messages and not statuses:
        yield _other(field, _digest([entry.get("id"), entry.get("time"), change]))


def _read_message(value: dict[str, Any], message: dict[str, Any]) -> IncomingEvent:
    phone, user_id = _sender(value, message)
    new_phone, new_user_id = _new_addresses(message)
    external_id = _text(message.get("id"))
    if external_id is None or (phone is None and user_id is None):
        return _other("message", _digest(message))
    kind = _kind(message)
    sent_at = _moment(message.get("timestamp"))
    incoming = IncomingMessage(
        external_id=external_id,
        business_number=_business_number(value),
        sent_at=sent_at,
        kind=kind,
        phone=phone,
        user_id=user_id,
        text=_words(message, kind),
        choice=_choice(message),
        media_id=_text(_get(message.get(_text(message.get("type")) or ""), "id")),
        about=_about(message),
        new_phone=new_phone,
        new_user_id=new_user_id,
    )
    return IncomingEvent(kind="message", unique_id=external_id, occurred_at=sent_at, message=incoming)


def _read_status(value: dict[str, Any], status: dict[str, Any]) -> IncomingEvent:
    external_id, name = _text(status.get("id")), _text(status.get("status"))
    if external_id is None or name is None:
        return _other("status", _digest(status))
    moment = _moment(status.get("timestamp"))
    number = _code(_dicts(status.get("errors")))
    read = IncomingStatus(
        external_id=external_id,
        business_number=_business_number(value),
        occurred_at=moment,
        status=name,
        reference=_text(status.get("biz_opaque_callback_data")),
        error_code=number,
        failure=classify_status(number) if name == "failed" else None,
    )
    return IncomingEvent(kind="status", unique_id=f"{external_id} {name}", occurred_at=moment, status=read)


def _sender(value: dict[str, Any], message: dict[str, Any]) -> tuple[str | None, str | None]:
    phone, user_id = _text(message.get("from")), _text(message.get("from_user_id"))
    system = message.get("system")
    if (previous := _text(_get(system, "previous_user_id"))) is not None:
        user_id = previous  # who it was until now; `from` may be missing altogether
    elif user_id is not None and user_id == _text(_get(system, "user_id")):
        user_id = None  # the new one: nobody is known by it yet
    contacts = _dicts(value.get("contacts"))
    if phone is not None and _USER_ID.match(phone):
        # A business-scoped id in the place of the number: seen where the citizen hides the phone.
        phone, user_id = None, user_id or phone
    if phone is None and user_id is None and len(contacts) == 1:
        # Nobody else can have written it; with several people in the body it would be a guess.
        return _text(contacts[0].get("wa_id")), _text(contacts[0].get("user_id"))
    for contact in contacts:
        # By number or id, never by place: one body carries several people.
        if phone is not None and _text(contact.get("wa_id")) == phone:
            user_id = user_id or _text(contact.get("user_id"))
        elif user_id is not None and _text(contact.get("user_id")) == user_id:
            phone = phone or _text(contact.get("wa_id"))
    return (phone.lstrip("+") if phone else None), user_id


def _new_addresses(message: dict[str, Any]) -> tuple[str | None, str | None]:
    """Number and user id after a change; nothing when the message tells of none.

    Meta, "System messages webhook reference" (2026): `user_changed_number` brings `wa_id` (`new_wa_id` in older
    bodies) and `user_id`, `user_changed_user_id` only `user_id`.
    """
    system = message.get("system")
    if _text(_get(system, "type")) not in ("user_changed_number", "user_changed_user_id"):
        return None, None
    phone = _text(_get(system, "wa_id")) or _text(_get(system, "new_wa_id"))
    return (phone.lstrip("+") if phone else None), _text(_get(system, "user_id"))


def _kind(message: dict[str, Any]) -> MessageKind:
    if message.get("group_id") is not None:
        return "group"
    kind = _KINDS.get(_text(message.get("type")) or "", "unsupported")
    if kind == "text" and _words(message, "text") is None:
        return "unsupported"
    if kind == "choice" and _choice(message) is None and _words(message, "choice") is None:
        return "unsupported"  # `interactive` with errors and no reply in it
    return kind


def _words(message: dict[str, Any], kind: MessageKind) -> str | None:
    if kind == "edit":
        inner = _get(message.get("edit"), "message")
        now_is = _KINDS.get(_text(_get(inner, "type")) or "", "unsupported")
        return _words(inner, now_is) if isinstance(inner, dict) and now_is != "edit" else None
    content = message.get(_text(message.get("type")) or "")
    if kind == "text":
        return _text(_get(content, "body"))
    if kind == "choice":
        reply = _interactive_reply(message)
        return _text(_get(reply, "title")) or _text(_get(content, "text"))
    return _text(_get(content, "caption"))


def _choice(message: dict[str, Any]) -> str | None:
    reply = _interactive_reply(message)
    return _text(_get(reply, "id")) or _text(_get(message.get("button"), "payload"))


def _interactive_reply(message: dict[str, Any]) -> Any:
    interactive = message.get("interactive")
    return _get(interactive, "button_reply") or _get(interactive, "list_reply")


def _about(message: dict[str, Any]) -> str | None:
    for part, key in (("edit", "original_message_id"), ("revoke", "original_message_id"), ("reaction", "message_id")):
        if (found := _text(_get(message.get(part), key))) is not None:
            return found
    return _text(_get(message.get("context"), "id"))


def _business_number(value: dict[str, Any]) -> str:
    return _text(_get(value.get("metadata"), "phone_number_id")) or ""


def _moment(stamp: Any) -> dt.datetime:
    try:
        seconds = float(stamp)
        seconds = seconds / 1000 if seconds >= _MILLISECONDS_FROM else seconds
        moment = dt.datetime.fromtimestamp(seconds, dt.UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        return now()
    # A far future would keep the 24 hours open for ever, and the ends of the calendar cannot be counted with.
    return moment if _EARLIEST <= moment <= now() + _CLOCKS_DIFFER else now()


def _other(name: str, unique_id: str) -> IncomingEvent:
    return IncomingEvent(kind="other", unique_id=f"{name[:64]} {unique_id}", occurred_at=now(), name=name[:64])


def _digest(content: Any) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _code(errors: list[dict[str, Any]]) -> int | None:
    code = errors[0].get("code") if errors else None
    return code if type(code) is int and abs(code) < 2**31 else None


def _dicts(content: Any) -> list[dict[str, Any]]:
    return [item for item in content if isinstance(item, dict)] if isinstance(content, list) else []


def _get(content: Any, key: str) -> Any:
    return content.get(key) if isinstance(content, dict) else None


def _text(content: Any) -> str | None:
    # PostgreSQL cannot hold NUL, and half a surrogate pair cannot be encoded: neither is a word of anybody.
    if not isinstance(content, str):
        return None
    clean = content.replace("\x00", "").encode("utf-8", errors="replace").decode()
    return clean or None
