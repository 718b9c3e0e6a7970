"""Refusals of the simulated Graph API for Pages and Instagram accounts, with their subcodes.

Source: Meta's page "Error codes" of the Messenger Platform (2026-03-18).
"""

from typing import Any

from simulator.core.models import Platform
from simulator.graph_api.errors import GraphRefusal

_OUTSIDE = "This message is sent outside of allowed window."
_NOT_AVAILABLE = "This person isn't available right now."
WINDOW_SUBCODES = {Platform.MESSENGER: 2018278, Platform.INSTAGRAM: 2534022}


class MetaRefusal(GraphRefusal):
    """A refusal with a subcode, and without the parts that only WhatsApp's errors have."""

    def body(self, trace: str) -> dict[str, Any]:
        """The JSON that Meta answers with; `trace` is its id for support."""
        error: dict[str, Any] = {"message": self.message, "type": self.kind, "code": self.code}
        if self.subcode is not None:
            error["error_subcode"] = self.subcode
        return {"error": {**error, "fbtrace_id": trace}}


def refusal(code: int, message: str, subcode: int | None = None, http_status: int = 400) -> MetaRefusal:
    """A refusal in Meta's form."""
    return MetaRefusal(code, message=f"(#{code}) {message}", subcode=subcode, http_status=http_status)


def outside_window(platform: Platform) -> MetaRefusal:
    """The citizen has said nothing for too long."""
    return refusal(10, _OUTSIDE, WINDOW_SUBCODES[platform], 403)


def no_human_agent() -> MetaRefusal:
    """The tag needs a feature that Meta approves."""
    return refusal(10, "The feature Human Agent is not approved for this application.", 2534044, 403)


def unknown_person() -> MetaRefusal:
    """Nobody with this id has written to this account."""
    return refusal(100, "No matching user found.", 2018001)


def not_available() -> MetaRefusal:
    """The citizen has blocked the account."""
    return refusal(551, _NOT_AVAILABLE, 1545041, 403)


def bad(message: str) -> MetaRefusal:
    """A bug of the sender."""
    return refusal(100, message)


def bad_token() -> MetaRefusal:
    """Not the token of this account."""
    return refusal(190, "Invalid OAuth access token.", http_status=401)


def no_such_object(name: str) -> MetaRefusal:
    """Another account than the simulated one."""
    return refusal(100, f"Unsupported post request. Object with ID '{name}' does not exist.", 33)
