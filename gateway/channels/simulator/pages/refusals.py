"""Meta's stand-in when it says no to a Page or account: numbers, subcodes and bodies of errors.

Source: Meta's page "Error codes" of the Messenger Platform (2026-03-18).
"""

from typing import Any

from gateway.channels.simulator.counter.errors import GraphRefusal

_OUTSIDE = "This message is sent outside of allowed window."
_NOT_AVAILABLE = "This person isn't available right now."
WINDOW_SUBCODES = {"messenger": 2018278, "instagram": 2534022}


class PageRefusal(GraphRefusal):
    """A refusal with a subcode, and without the parts that only WhatsApp's errors have."""

    def body(self, trace: str) -> dict[str, Any]:
        """The JSON that Meta answers with; `trace` is its id for support."""
        error: dict[str, Any] = {"message": self.message, "type": self.kind, "code": self.code}
        if self.subcode is not None:
            error["error_subcode"] = self.subcode
        return {"error": {**error, "fbtrace_id": trace}}


def refusal(code: int, message: str, subcode: int | None = None, http_status: int = 400) -> PageRefusal:
    """A refusal in Meta's form."""
    return PageRefusal(code, message=f"(#{code}) {message}", subcode=subcode, http_status=http_status)


def outside_window(platform: str) -> PageRefusal:
    """The citizen has said nothing for too long."""
    return refusal(10, _OUTSIDE, WINDOW_SUBCODES[platform], 403)


def no_human_agent() -> PageRefusal:
    """The tag needs a feature that Meta approves."""
    return refusal(10, "The feature Human Agent is not approved for this application.", 2534044, 403)


def unknown_person() -> PageRefusal:
    """Nobody with this id has written to this place."""
    return refusal(100, "No matching user found.", 2018001)


def not_available() -> PageRefusal:
    """The citizen has blocked the place."""
    return refusal(551, _NOT_AVAILABLE, 1545041, 403)


def bad(message: str) -> PageRefusal:
    """A bug of the sender."""
    return refusal(100, message)


def bad_token() -> PageRefusal:
    """Not the token of this place."""
    return refusal(190, "Invalid OAuth access token.", http_status=401)


def no_such_object(name: str) -> PageRefusal:
    """Another place than the one that is played."""
    return refusal(100, f"Unsupported post request. Object with ID '{name}' does not exist.", 33)
