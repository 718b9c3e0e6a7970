"""The simulator's nouns: a phone in somebody's pocket, and a message on it."""

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Author = Literal["citizen", "service"]
# In the order in which a message can pass through them; `failed` ends the road from any of the first two.
STATUS_RANK = {"accepted": 0, "sent": 1, "delivered": 2, "read": 3, "played": 4}


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
    platform: str = "whatsapp"

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
    status: str
    quoted: str | None = None
    forwarded: bool = False
    reference: str | None = None
    recipient: dict[str, str] = field(default_factory=dict)
    error_code: int | None = None
    history: list[tuple[str, float]] = field(default_factory=list)
    reactions: dict[str, str] = field(default_factory=dict)
    used_choices: list[str] = field(default_factory=list)
    revoked: bool = False
    edited: bool = False

    def moment_of(self, status: str) -> float | None:
        """When the message first had this status, or `None`."""
        return next((at for name, at in self.history if name == status), None)

    def may_become(self, status: str) -> bool:
        """Whether the road leads on to `status`: upwards only, and to `failed` only before `delivered`."""
        if self.status == "failed":
            return False
        rank = STATUS_RANK[self.status]
        return rank < STATUS_RANK["delivered"] if status == "failed" else STATUS_RANK[status] > rank


def as_record(thing: Phone | Message) -> dict[str, Any]:
    """The JSON form that the log keeps."""
    return asdict(thing)


def phone_from_record(record: dict[str, Any]) -> Phone:
    """A phone out of the log."""
    return Phone(**record)


def message_from_record(record: dict[str, Any]) -> Message:
    """A message out of the log."""
    return Message(**{**record, "history": [(name, at) for name, at in record.get("history", [])]})
