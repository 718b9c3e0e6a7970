"""Channels: the contract that every messaging platform keeps; no JSON of a provider is known here."""

import datetime as dt
from collections.abc import Mapping
from typing import ClassVar, Protocol

from gateway.conversations.attachments import AttachmentKind
from gateway.conversations.kinds import ChannelName, FailureClass
from gateway.conversations.messages import IncomingEvent, Recipient, Reply
from gateway.core.context import Context
from gateway.core.errors import GatewayError
from gateway.core.rate_limit import Pace

# What may be tried again; `unknown_outcome` first waits for a status that tells what happened.
RETRIED = frozenset(
    {
        FailureClass.RETRY,
        FailureClass.THROTTLE_NUMBER,
        FailureClass.THROTTLE_PAIR,
        FailureClass.AUTH,
        FailureClass.POLICY,
        FailureClass.UNKNOWN_OUTCOME,
    }
)
# Our access or standing is at fault, not one reply: the whole number is suspended until an operator has looked.
STOPS = frozenset({FailureClass.AUTH, FailureClass.POLICY})


class SendFailed(Exception):
    """The only error that leaves a channel's `send`; `code` is the provider's number, for the operator."""

    def __init__(self, failure: FailureClass, code: int | None = None) -> None:
        super().__init__(f"{failure} ({code})" if code is not None else failure)
        self.failure: FailureClass = failure
        self.code = code


class MediaRefused(GatewayError):
    """A file cannot be shown to an officer; the code says why."""

    status = 422
    texts: ClassVar[Mapping[str, str]] = {
        "not_a_reference": "This is not the reference of a file.",
        "foreign_address": "WhatsApp named an address that is not its own; the file was not opened.",
        "gone": "The file is not there any more: WhatsApp keeps it for seven days. Ask the citizen to send it again.",
        "not_fetched": "WhatsApp did not give the file. Try again in a moment.",
        "type_not_opened": "This type of file is not opened here.",
        "type_differs": "The file is not what it says it is; it was not opened.",
        "too_large": "The file is larger than WhatsApp allows for its type ({limit_kb} KB); it was not opened.",
        "only_in_inbox": "Files from this platform are looked at in the platform's own inbox.",
        "none_in_web_chat": "The web chat has no pictures or files.",
    }


class Channel(Protocol):
    """A messaging platform, complete: verify, read, send."""

    name: ChannelName
    has_templates: bool  # whether something may go out after the 24 hours
    attachments: frozenset[AttachmentKind]
    """What officers may send along; a place is carried by every channel, at least in words."""
    reply_window: dt.timedelta
    """How long after a citizen's last message a free-form reply may still go out."""
    officer_window: dt.timedelta
    """The same for what an officer wrote; some platforms give a person more time than a program."""
    keeps_order: bool
    """Whether two messages arrive in the order in which they were sent, so that the second need not wait."""

    @property
    def pace(self) -> Pace | None:
        """The platform's rate limit, or `None` where there is none."""

    def verify(self, headers: Mapping[str, str], body: bytes) -> bool:
        """Whether the provider really sent these bytes."""

    def read(self, body: bytes) -> list[IncomingEvent]:
        """Every update of a verified body; what is not understood comes back as `other`, never as an error.

        A body that went through the spool is read again when it is stored, so an event's id must come from the body:
        one that is drawn here would make two messages of one.
        """

    def is_ours(self, business_number: str) -> bool:
        """Whether a number of the body belongs to this service."""

    def split(self, reply: Reply) -> list[Reply]:
        """The reply in as few messages as the platform's limits allow, in order."""

    async def send(self, recipient: Recipient, reply: Reply, reference: str) -> str:
        """Send one message and return the provider's id; raises `SendFailed`."""

    async def open_media(self, reference: str) -> tuple[str, bytes]:
        """The type and the bytes of a file that a citizen sent, for an officer who asks; raises `MediaRefused`.

        Fetched for this call and never stored, by the caller neither; the caller logs who asked.
        """

    async def show_typing(self, recipient: Recipient, external_id: str) -> None:
        """Mark a message read and show that an answer is on its way; raises `SendFailed`."""

    async def close(self) -> None:
        """Close the connections."""


class ChannelsContext(Context, Protocol):
    """A process that has channels."""

    @property
    def channels(self) -> Mapping[str, Channel]:
        """The platforms that are switched on, by name."""

    async def receive(self, channel: Channel, body: bytes) -> None:
        """Store a verified body durably; raises `StorageUnavailable` when neither database nor spool takes it."""
