"""Content, errors: refusals with a code and fields, rendered in the reader's language last."""

import errno

from gateway.content.wording import english, say
from gateway.core.errors import GatewayError

# No room: the disk, the user's share of it, or the size that a file may have.
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class ContentRefused(GatewayError):
    """An editor's order cannot be followed; `key` is the code of a sentence in `wording.py`, `parameters` fill it."""

    status = 422

    def __init__(self, key: str, **parameters: object) -> None:
        self.key = key
        self.parameters = parameters
        super().__init__(english(key, **parameters))

    def sentence(self, language: str) -> str:
        """The refusal in fi, sv or en."""
        return say(self.key, language, **self.parameters)


class ChangedMeanwhile(ContentRefused):
    """Somebody else has changed the same place; nothing was written."""

    status = 409


class NoRoom(ContentRefused):
    """The disk is full; nothing was changed."""

    status = 507


def refusal_of(error: OSError) -> ContentRefused:
    """The sentence for a failure of the disk."""
    if error.errno in _NO_ROOM:
        return NoRoom("disk_full")
    return ContentRefused("cannot_write", reason=error.strerror or "?")
