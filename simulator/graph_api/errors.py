"""The simulated Graph API's refusals, in the JSON of Meta's errors."""

from typing import Any

from simulator.core.error_codes import KNOWN, UNKNOWN


class GraphRefusal(Exception):
    """A request is refused; `reason` is the sentence for the message log."""

    def __init__(
        self,
        code: int,
        details: str | None = None,
        *,
        message: str | None = None,
        http_status: int | None = None,
        kind: str = "OAuthException",
        subcode: int | None = None,
    ) -> None:
        known = KNOWN.get(code, UNKNOWN)
        self.code = code
        self.http_status = http_status or known.http_status
        self.message = message or f"(#{code}) {known.title}"
        self.details = details if details is not None or message else known.details
        self.kind = kind
        self.subcode = subcode
        self.reason = f"{self.message}: {self.details}" if self.details else self.message
        super().__init__(self.reason)

    def body(self, trace: str) -> dict[str, Any]:
        """The JSON that Meta answers with; `trace` is its id for support."""
        error: dict[str, Any] = {"message": self.message, "type": self.kind, "code": self.code}
        if self.subcode is not None:
            error["error_subcode"] = self.subcode
        if self.details:
            error["error_data"] = {"messaging_product": "whatsapp", "details": self.details}
        return {"error": {**error, "fbtrace_id": trace}}
