"""Errors that a caller can act on, each with its HTTP status; a 500 is always a bug."""

from collections.abc import Mapping
from typing import ClassVar


class GatewayError(Exception):
    """Something a caller can act on; `status` is the HTTP status.

    `code` names what happened and `fields` holds its values, so that pages can say it in the reader's language; `str()`
    is the English sentence of `texts`, or `code` itself where that is already a sentence.
    """

    status: ClassVar[int] = 400
    texts: ClassVar[Mapping[str, str]] = {}

    def __init__(self, code: str = "", **fields: object) -> None:
        super().__init__(code)
        self.code = code
        self.fields = fields

    def __str__(self) -> str:
        text = self.texts.get(self.code)
        return self.code if text is None else text.format_map(self.fields)


class SignatureRejected(GatewayError):
    """The webhook's signature is missing or wrong; the answer has an empty body so that nothing leaks."""

    status = 401


class BodyTooLarge(GatewayError):
    """The webhook's body is over the size limit."""

    status = 413


class HandshakeRefused(GatewayError):
    """Meta's subscription handshake carried another verify token than ours."""

    status = 403


class ChannelOff(GatewayError):
    """The platform is not set up here: to the outside there is no such address."""

    status = 404


class StorageUnavailable(GatewayError):
    """Nothing durable could be written: the sender must keep the message and try again."""

    status = 503
    texts: ClassVar[Mapping[str, str]] = {
        "keys_not_loaded": "The database has been away since this process began: its keys are not known yet.",
        "not_stored": "The message could not be stored; send it again later.",
    }


class ChangeNotAllowed(GatewayError):
    """The conversation is not in a state from which this change may be made, or not by this person."""

    status = 409
    texts: ClassVar[Mapping[str, str]] = {
        "wrong_state": "The conversation cannot be {change}: it is '{state}' now.",
        "wrong_role": "The conversation cannot be {change} by you: only by its {allowed}.",
        "conversation_closed": "This conversation is over; the citizen can begin a new one.",
        "window_open": "The citizen can still be written to freely; templates are for after the 24 hours.",
        "template_sent": "This citizen has been told already and has not written since; a second would press.",
    }


class ConversationMissing(GatewayError):
    """There is no such conversation, or its time is over and it has been deleted."""

    status = 404
    texts: ClassVar[Mapping[str, str]] = {"conversation_missing": "This conversation does not exist any more."}


class WindowClosed(GatewayError):
    """The citizen's last message is more than 24 hours old: only an approved template may be sent."""

    status = 409


class NothingWritten(GatewayError):
    """A text is empty, too long, or not one of those that are offered."""

    status = 422
