"""Phones and messages as they follow from the events of the journal."""

import base64
from typing import Any

from simulator.core.journal import Event
from simulator.core.models import Author, Message, Phone, Status, Upload, message_from_record, phone_from_record


class State:
    """What the events add up to; only `apply` changes it, so a reload gives the same again."""

    def __init__(self) -> None:
        self.phones: dict[str, Phone] = {}
        self._by_number: dict[str, str] = {}
        self._by_user_id: dict[str, str] = {}
        self.messages: dict[str, Message] = {}
        self.by_phone: dict[str, list[Message]] = {}
        self.refusals: list[Event] = []
        self.personas: dict[str, str] = {}
        self.last_heard: dict[tuple[str, str], float] = {}
        self.unacknowledged: dict[str, str] = {}
        self.uploads: dict[str, Upload] = {}

    def apply(self, event: Event) -> None:
        """Apply one event; an event of an unknown kind (of a later version) changes nothing."""
        handler = getattr(self, f"_on_{event.get('event')}", None)
        if handler is not None:
            handler(event)

    def phone_by_number(self, number: str) -> Phone | None:
        """The phone with these digits."""
        return self.phones.get(self._by_number.get(number, ""))

    def phone_by_user_id(self, user_id: str) -> Phone | None:
        """The phone with this business-scoped user id or parent id."""
        return self.phones.get(self._by_user_id.get(user_id, ""))

    def _on_phone(self, event: Event) -> None:
        phone = phone_from_record(event["phone"])
        before = self.phones.get(phone.id)
        if before is not None:
            # A changed number or id no longer leads here.
            self._by_number.pop(before.number or "", None)
            self._by_user_id.pop(before.user_id, None)
        self.phones[phone.id] = phone
        if phone.number:
            self._by_number[phone.number] = phone.id
        self._by_user_id |= {name: phone.id for name in (phone.user_id, phone.parent_user_id) if name}
        self.by_phone.setdefault(phone.id, [])

    def _on_message(self, event: Event) -> None:
        message = message_from_record(event["message"])
        self.messages[message.id] = message
        self.by_phone.setdefault(message.phone_id, []).append(message)
        if message.author == Author.CITIZEN and message.kind not in ("system", "edit", "revoke"):
            self.last_heard[message.business_number, message.phone_id] = message.at
        chosen = _chosen(message)
        if chosen and message.quoted in self.messages:
            self.messages[message.quoted].used_choices.append(chosen)
        self._change_target(message)

    def _change_target(self, message: Message) -> None:
        about = message.content.get("message_id") or message.content.get("original_message_id")
        target = self.messages.get(str(about))
        if target is None or (message.author == Author.SERVICE and message.kind == "reaction"):
            return
        if message.kind == "reaction":
            _react(target, message.author, message.content.get("emoji"))
        elif message.kind == "revoke":
            target.revoked = True
        elif message.kind == "edit":
            inner = message.content["message"]
            target.content = {**target.content, **inner[inner["type"]]}
            target.edited = True

    def _on_status(self, event: Event) -> None:
        message = self.messages.get(event["id"])
        status = Status(event["status"])
        if message is None or not message.may_become(status):
            return
        message.status = status
        message.history.append((status, event["at"]))
        message.error_code = event.get("error_code")
        if message.kind == "reaction" and message.author == Author.SERVICE and status == Status.SENT:
            target = self.messages.get(str(message.content.get("message_id")))
            if target is not None:
                _react(target, Author.SERVICE, message.content.get("emoji"))

    def _on_window_closed(self, event: Event) -> None:
        for key in [key for key in self.last_heard if key[1] == event["phone_id"]]:
            del self.last_heard[key]

    def _on_persona(self, event: Event) -> None:
        self.personas[event["id"]] = event["name"]

    def _on_unacknowledged(self, event: Event) -> None:
        self.unacknowledged[event["id"]] = event["fault"]

    def _on_upload(self, event: Event) -> None:
        self.uploads[event["id"]] = Upload(event["mime_type"], base64.b64decode(event["content"]))

    def _on_refused(self, event: Event) -> None:
        self.refusals.append(event)


def _react(target: Message, author: Author, emoji: Any) -> None:
    if emoji:
        target.reactions[author] = str(emoji)
    else:
        target.reactions.pop(author, None)


def _chosen(message: Message) -> str | None:
    if message.kind == "button":
        return str(message.content.get("payload"))
    reply = message.content.get("button_reply") or message.content.get("list_reply")
    return str(reply["id"]) if message.kind == "interactive" and reply else None
