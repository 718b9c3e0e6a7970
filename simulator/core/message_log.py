"""Queries of the state: what each citizen received, and which requests Meta would have refused."""

from dataclasses import dataclass
from typing import Any

from simulator.core.models import Author, Message, Status
from simulator.core.state import State


@dataclass(frozen=True)
class Choice:
    """One button or one row of a list."""

    id: str
    title: str
    description: str = ""


@dataclass(frozen=True)
class Received:
    """One message as it stood on a citizen's screen; `at` is when it arrived, in seconds since 1970."""

    id: str
    at: float
    kind: str
    text: str
    buttons: tuple[Choice, ...]
    list_button: str
    rows: tuple[Choice, ...]
    header: str
    footer: str
    quoted: str | None
    reference: str | None
    content: dict[str, Any]

    @property
    def titles(self) -> list[str]:
        """The titles of everything that can be tapped or chosen."""
        return [choice.title for choice in (*self.buttons, *self.rows)]


@dataclass(frozen=True)
class Refusal:
    """One request that was refused, and why; `request` is its body."""

    at: float
    code: int
    why: str
    request: Any


class MessageLog:
    """Reads the state and changes none of it."""

    def __init__(self, state: State) -> None:
        self._state = state

    def received_by(self, phone_id: str) -> list[Received]:
        """What the citizen of this phone received, in the order of arrival.

        Raises `KeyError` for a phone that does not exist.
        """
        self._state.phones[phone_id]
        arrived = [
            (message.time_of(Status.DELIVERED) or message.time_of(Status.READ), message)
            for message in self._of(phone_id)
        ]
        return [as_received(message, at) for at, message in sorted(_known(arrived), key=lambda pair: pair[0])]

    def written_by(self, phone_id: str) -> list[Message]:
        """What the citizen of this phone sent, oldest first."""
        return [message for message in self._state.by_phone.get(phone_id, []) if message.author == Author.CITIZEN]

    def statuses_of(self, message_id: str) -> list[Status]:
        """The statuses that a message has had, in order."""
        return [name for name, _ in self._state.messages[message_id].history]

    def failed(self) -> list[Message]:
        """Messages that were accepted and then failed; `error_code` says why."""
        return [message for message in self._state.messages.values() if message.status == Status.FAILED]

    def refused(self) -> list[Refusal]:
        """Requests that were refused at once, oldest first."""
        return [Refusal(event["at"], event["code"], event["why"], event["request"]) for event in self._state.refusals]

    def accepted(self) -> list[Message]:
        """Every message of the service that was accepted, in that order."""
        return [message for message in self._state.messages.values() if message.author == Author.SERVICE]

    def unacknowledged(self) -> dict[str, str]:
        """Ids of accepted messages whose sender got no answer, each with the fault (`timeout`, `reset`)."""
        return dict(self._state.unacknowledged)

    def _of(self, phone_id: str) -> list[Message]:
        return [
            message
            for message in self._state.by_phone.get(phone_id, [])
            if message.author == Author.SERVICE and message.kind != "reaction"
        ]


def _known(pairs: list[tuple[float | None, Message]]) -> list[tuple[float, Message]]:
    return [(at, message) for at, message in pairs if at is not None]


def as_received(message: Message, at: float) -> Received:
    """A message of the service as a citizen sees it."""
    content, action = message.content, message.content.get("action") or {}
    sections = action.get("sections") or []
    return Received(
        id=message.id,
        at=at,
        kind=message.kind,
        text=text_of(message.kind, content),
        buttons=tuple(Choice(b["reply"]["id"], b["reply"]["title"]) for b in action.get("buttons") or []),
        list_button=str(action.get("button") or ""),
        rows=tuple(Choice(r["id"], r["title"], r.get("description", "")) for s in sections for r in s["rows"]),
        header=str((content.get("header") or {}).get("text") or ""),
        footer=str((content.get("footer") or {}).get("text") or ""),
        quoted=message.quoted,
        reference=message.reference,
        content=content,
    )


def text_of(kind: str, content: dict[str, Any]) -> str:
    """The text of a message of any kind, or an empty string."""
    if kind == "text":
        return str(content.get("body", ""))
    if kind == "template":
        return str(content.get("rendered", ""))
    if kind == "button":
        return str(content.get("text", ""))
    reply = content.get("button_reply") or content.get("list_reply")
    if reply:
        return str(reply["title"])
    body = content.get("body")
    return str(body.get("text", "")) if isinstance(body, dict) else str(content.get("caption") or "")
