"""Messages between channels and stations, free of any provider's JSON: what a webhook brought, what is sent."""

import datetime as dt

from pydantic import BaseModel, ConfigDict

from gateway.conversations.attachments import AttachedFile, Place
from gateway.conversations.kinds import (
    Author,
    Danger,
    FailureClass,
    InboxEventKind,
    MessageKind,
    PlatformEventKind,
)


class IncomingMessage(BaseModel):
    """One message of a citizen; at least one of `phone` and `user_id` is set."""

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
    # Of a place or a contact card: what it says, by name, for an officer who opens it for a reason.
    details: tuple[tuple[str, str], ...] = ()
    about: str | None = None  # the provider's id of the message that is quoted, edited or revoked
    reaction: str | None = None  # of a reaction: its emoji; None takes it back
    forwarded: bool = False  # the platform says that somebody else wrote it
    # A change of address: what the citizen has from now on; `phone` and `user_id` are then the old ones.
    new_phone: str | None = None
    new_user_id: str | None = None
    # The name of the link, poster or advertisement that brought the citizen here.
    referral: str | None = None
    # What the danger screen says of the text, and whether the citizen has been told whom to call already.
    suspected: Danger | None = None
    warned: bool = False


class IncomingStatus(BaseModel):
    """The delivery status of a message of ours; `reference` is the outbox id that was sent along.

    With `earlier` it is a watermark: it holds for all earlier messages too, up to that of `external_id` or, where the
    platform names none, for everything to `user_id` that was being delivered at `occurred_at`.
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


class PlatformEvent(BaseModel):
    """What a platform reports about a conversation besides its messages; see `PlatformEventKind`."""

    model_config = ConfigDict(frozen=True)

    kind: PlatformEventKind
    external_id: str
    business_number: str
    occurred_at: dt.datetime
    user_id: str | None = None
    by_us: bool | None = None  # of an echo: whether our own application wrote it; None when that was not told
    referral: str | None = None


class IncomingEvent(BaseModel):
    """One update of a webhook body: a message, a status, a platform event, or something else that is only stored."""

    model_config = ConfigDict(frozen=True)

    kind: InboxEventKind
    unique_id: str
    occurred_at: dt.datetime
    message: IncomingMessage | None = None
    status: IncomingStatus | None = None
    platform_event: PlatformEvent | None = None
    name: str | None = None


class Choice(BaseModel):
    """A button or list row; its id comes back when it is tapped."""

    model_config = ConfigDict(frozen=True)

    id: str
    title: str


class TemplateUse(BaseModel):
    """A template that the provider has approved, with the values of its parameters in order of appearance."""

    model_config = ConfigDict(frozen=True)

    name: str
    language: str
    parameters: tuple[tuple[str, str], ...] = ()


class Reply(BaseModel):
    """A reply; its choices become buttons or a list.

    With a `template` the provider sends its own copy of the text, also after the 24 hours; `text` is then what the
    citizen sees, for the officers' pages. `numbered`: the choices also stand as a numbered list in the text, so that a
    typed number is a choice. `late`: the channel's `reply_window` is over, so only an officer's text may still be sent.
    `file` and `place` go along with what an officer wrote, or stand for it.
    """

    model_config = ConfigDict(frozen=True)

    text: str
    choices: tuple[Choice, ...] = ()
    list_button: str = ""
    template: TemplateUse | None = None
    author: Author = Author.BOT
    numbered: bool = False
    late: bool = False
    file: AttachedFile | None = None
    place: Place | None = None

    @property
    def whole_text(self) -> str:
        """What it says, with the name of its file and its place in words: for transcripts, which have no pictures."""
        file = f"[{self.file.name}]" if self.file is not None else ""
        return "\n".join(filter(None, (self.text, file, self.place.words if self.place is not None else "")))


class Recipient(BaseModel):
    """Where a reply goes: from which of our numbers, to which address of the citizen."""

    model_config = ConfigDict(frozen=True)

    business_number: str
    phone: str | None = None
    user_id: str | None = None
