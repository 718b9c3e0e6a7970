"""Both ends of the road: the contract that every channel keeps; nothing here knows a provider's JSON."""

import datetime as dt
from collections.abc import Mapping
from typing import Literal, Protocol

from pydantic import BaseModel, ConfigDict

from gateway.errors import GatewayError

MessageKind = Literal[
    "text",
    "choice",
    "picture",
    "video",
    "voice",
    "file",
    "sticker",
    "location",
    "contact_card",
    "reaction",
    "edit",
    "revoke",
    "system",
    "group",
    "unsupported",
]


# Why a reply did not go out, for every channel: a platform's own numbers end at its door.
FailureClass = Literal[
    "retry",
    "throttle_number",
    "throttle_pair",
    "window_closed",
    "undeliverable",
    "content",
    "auth",
    "policy",
    "unknown_outcome",
    "led_elsewhere",
]


class IncomingMessage(BaseModel):
    """One message of a citizen in our own words; at least one of `phone` and `user_id` is there."""

    model_config = ConfigDict(frozen=True)

    external_id: str
    business_number: str
    sent_at: dt.datetime
    kind: MessageKind
    phone: str | None = None
    user_id: str | None = None
    text: str | None = None
    choice: str | None = None
    media_id: str | None = None
    about: str | None = None  # the provider's id of the message that is quoted, edited or revoked
    # A change of address: what the citizen has from now on; `phone` and `user_id` are then the old ones.
    new_phone: str | None = None
    new_user_id: str | None = None
    # The name of the link, poster or advertisement that brought the citizen here.
    referral: str | None = None


class IncomingStatus(BaseModel):
    """What became of a message of ours; `reference` is the outbox id that we gave along.

    With `earlier` it holds for everything said before too: before the message of `external_id`, or, where the platform
    names none, everything to `user_id` that was on its way at `occurred_at`.
    """

    model_config = ConfigDict(frozen=True)

    external_id: str
    business_number: str
    occurred_at: dt.datetime
    status: str
    reference: str | None = None
    earlier: bool = False
    user_id: str | None = None
    error_code: int | None = None
    failure: FailureClass | None = None  # when the status is `failed`


class IncomingNotice(BaseModel):
    """Something about a talk that nobody said in it.

    `echo`: a message went out from our place that no reference of ours names. `led_elsewhere`,
    `led_by_us`: who has the talk now, a person or program beside this service, or this service. `referral`: the
    citizen came back by a link. `restricted`: the platform acts against our place.
    """

    model_config = ConfigDict(frozen=True)

    kind: Literal["echo", "led_elsewhere", "led_by_us", "referral", "restricted"]
    external_id: str
    business_number: str
    occurred_at: dt.datetime
    user_id: str | None = None
    by_us: bool | None = None  # of an echo: whether our own application wrote it; nothing when that was not told
    referral: str | None = None


class IncomingEvent(BaseModel):
    """One update of a webhook body: a message, a status, a notice, or something else that is only kept."""

    model_config = ConfigDict(frozen=True)

    kind: Literal["message", "status", "notice", "other"]
    unique_id: str
    occurred_at: dt.datetime
    message: IncomingMessage | None = None
    status: IncomingStatus | None = None
    notice: IncomingNotice | None = None
    name: str | None = None


class Choice(BaseModel):
    """A button or list row: the id comes back when it is tapped."""

    model_config = ConfigDict(frozen=True)

    id: str
    title: str


class TemplateUse(BaseModel):
    """A template that the provider has approved, with the values of its parameters in order of appearance."""

    model_config = ConfigDict(frozen=True)

    name: str
    language: str
    parameters: tuple[tuple[str, str], ...] = ()


# Who speaks; a channel that can tells a person from the bot.
Author = Literal["bot", "officer", "system"]


class Reply(BaseModel):
    """What we say, in no provider's words; choices become buttons or a list.

    With a `template` the provider says its own copy of the words, also after the 24 hours; `text` is then what the
    citizen sees of it, for our own eyes. `numbered`: the choices also stand as a numbered list in the text, so that a
    typed number is a choice. `late`: the channel's `reply_window` is over, so only what a person wrote may still go.
    """

    model_config = ConfigDict(frozen=True)

    text: str
    choices: tuple[Choice, ...] = ()
    list_button: str = ""
    template: TemplateUse | None = None
    author: Author = "bot"
    numbered: bool = False
    late: bool = False


class Recipient(BaseModel):
    """Where a reply goes: from which number of ours, to which address of the citizen."""

    model_config = ConfigDict(frozen=True)

    business_number: str
    phone: str | None = None
    user_id: str | None = None


# What may be tried again; `unknown_outcome` first waits for a status that tells what happened.
RETRIED: frozenset[str] = frozenset({"retry", "throttle_number", "throttle_pair", "auth", "policy", "unknown_outcome"})


# Nobody's reply is at fault but our access or standing: the whole number stops until an operator has looked.
STOPS: frozenset[str] = frozenset({"auth", "policy"})


class SendFailed(Exception):
    """The only error that leaves a channel's `send`; `code` is the provider's number, for the operator."""

    def __init__(self, failure: FailureClass, code: int | None = None) -> None:
        super().__init__(f"{failure} ({code})" if code is not None else failure)
        self.failure: FailureClass = failure
        self.code = code


class MediaRefused(GatewayError):
    """A file cannot be shown; the text tells an officer why."""

    status = 422


class Pace(BaseModel):
    """How fast a platform lets one place of ours write: `number_rate` a second to everybody together.

    To one citizen `pair_burst` may go at once, and one more each `pair_seconds` (0: no such limit).
    """

    model_config = ConfigDict(frozen=True)

    number_rate: float
    pair_burst: float
    pair_seconds: float
    both_directions: bool = False  # what citizens write counts too


class Channel(Protocol):
    """A messaging platform, complete: verify, read, send."""

    name: str
    has_templates: bool  # whether something may go out after the 24 hours
    reply_window: dt.timedelta
    """How long after a citizen's words a free reply may still go out."""
    officer_window: dt.timedelta
    """The same for what an officer wrote; some platforms give a person more time than a program."""
    keeps_order: bool
    """Whether two messages arrive in the order in which they were sent, so that the second need not wait."""

    @property
    def pace(self) -> Pace | None:
        """How fast the platform lets us write; nothing where nobody limits it."""

    def verify(self, headers: Mapping[str, str], body: bytes) -> bool:
        """Whether the provider really sent these bytes."""

    def read(self, body: bytes) -> list[IncomingEvent]:
        """Every update of a verified body; what is not understood comes back as `other`, never as an error."""

    def is_ours(self, business_number: str) -> bool:
        """Whether a number of the body belongs to this service."""

    def split(self, reply: Reply) -> list[Reply]:
        """The reply in as few messages as the platform's limits allow, in order."""

    async def send(self, recipient: Recipient, reply: Reply, reference: str) -> str:
        """Send one message and return the provider's id; raises `SendFailed`."""

    async def open_media(self, reference: str) -> tuple[str, bytes]:
        """The type and the bytes of a file that a citizen sent, for an officer who asks; raises `MediaRefused`.

        Fetched at that moment and kept by nobody: the caller must not store it either, and logs who asked.
        """

    async def show_typing(self, recipient: Recipient, external_id: str) -> None:
        """Mark a message read and show that an answer is on its way; raises `SendFailed`."""

    async def close(self) -> None:
        """Give the connections back."""
