"""Beside the road: errors that carry their HTTP status; a 500 is always a bug."""


class GatewayError(Exception):
    """Something a caller can act on; `status` is the HTTP status, the text is for people."""

    status = 400


class SignatureRejected(GatewayError):
    """The webhook's signature is missing or wrong; the answer has an empty body so that nothing leaks."""

    status = 401


class BodyTooLarge(GatewayError):
    """The webhook's body is over the size cap."""

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


class ChangeNotAllowed(GatewayError):
    """The conversation is not in a state from which this change may be made."""

    status = 409


class ConversationMissing(GatewayError):
    """There is no such conversation, or its time is over and it has been deleted."""

    status = 404


class WindowClosed(GatewayError):
    """The citizen's last message is more than 24 hours old: only an approved template may go out."""

    status = 409


class NothingWritten(GatewayError):
    """A text is empty, too long, or not one of those that are offered."""

    status = 422
