"""The simulator's phones and messages, and their closed sets of values."""

from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any


class Platform(StrEnum):
    """The messaging platforms that are simulated."""

    WHATSAPP = "whatsapp"
    MESSENGER = "messenger"
    INSTAGRAM = "instagram"


class Author(StrEnum):
    """Who wrote a message."""

    CITIZEN = "citizen"
    SERVICE = "service"


class Status(StrEnum):
    """How far a message has come."""

    ACCEPTED = "accepted"
    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    PLAYED = "played"
    FAILED = "failed"


# The order in which a message passes through them; `failed` may follow the first two only.
_RANK = {Status.ACCEPTED: 0, Status.SENT: 1, Status.DELIVERED: 2, Status.READ: 3, Status.PLAYED: 4}


@dataclass(kw_only=True)
class Phone:
    """One citizen's phone. `number` is digits without a plus; `None` means known by the user id alone.

    `online` off: messages wait with one tick. `blocked`: the citizen blocked the service.
    """

    id: str
    name: str
    user_id: str
    number: str | None = None
    username: str | None = None
    parent_user_id: str | None = None
    online: bool = True
    blocked: bool = False
    platform: Platform = Platform.WHATSAPP

    @property
    def subject(self) -> str:
        """What a wamid of this phone carries."""
        return self.number or self.user_id


@dataclass(kw_only=True)
class Message:
    """One message in either direction, as both ends know it.

    `content` is Meta's own object of its `kind` (for a text `{"body": …}`). `status` of a citizen's message is
    what their ticks show: `sent`, `delivered` (the gateway took it), `read` (the gateway marked it so).
    """

    id: str
    phone_id: str
    business_number: str
    author: Author
    at: float
    kind: str
    content: dict[str, Any]
    status: Status
    quoted: str | None = None
    forwarded: bool = False
    reference: str | None = None
    recipient: dict[str, str] = field(default_factory=dict)
    error_code: int | None = None
    history: list[tuple[Status, float]] = field(default_factory=list)
    reactions: dict[str, str] = field(default_factory=dict)
    used_choices: list[str] = field(default_factory=list)
    revoked: bool = False
    edited: bool = False

    def time_of(self, status: Status) -> float | None:
        """When the message first had this status, in seconds since 1970, or `None`."""
        return next((at for name, at in self.history if name == status), None)

    def may_become(self, status: Status) -> bool:
        """Whether `status` may follow: upwards only, and `failed` only before `delivered`."""
        if self.status == Status.FAILED:
            return False
        rank = _RANK[self.status]
        return rank < _RANK[Status.DELIVERED] if status == Status.FAILED else _RANK[status] > rank


@dataclass(frozen=True)
class Upload:
    """A file that the service gave Meta to send."""

    mime_type: str
    content: bytes


def as_record(thing: Phone | Message) -> dict[str, Any]:
    """The form that the journal keeps as JSON."""
    return asdict(thing)


def phone_from_record(record: dict[str, Any]) -> Phone:
    """A phone out of the journal."""
    return Phone(**{**record, "platform": Platform(record.get("platform", Platform.WHATSAPP))})


def message_from_record(record: dict[str, Any]) -> Message:
    """A message out of the journal."""
    closed = {"author": Author(record["author"]), "status": Status(record["status"])}
    return Message(**{**record, **closed, "history": [(Status(name), at) for name, at in record.get("history", [])]})
