"""Meta's error codes as its servers answer them: HTTP status, title and details of each.

Source: Meta's page "Error codes" of the WhatsApp Business Platform documentation (copy of 2026-05-15). The
gateway must build on the number alone; the wording imitates what Meta's servers were seen to answer.
"""

from dataclasses import dataclass
from typing import Any

ERROR_PAGE = "https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes/"


@dataclass(frozen=True)
class KnownError:
    """One row of Meta's table: its HTTP status, title and usual details."""

    http_status: int
    title: str
    details: str


KNOWN: dict[int, KnownError] = {
    0: KnownError(401, "AuthException", "We were unable to authenticate the app user."),
    1: KnownError(400, "API Unknown", "Invalid request or possible server error."),
    2: KnownError(503, "API Service", "Temporary due to downtime or due to being overloaded."),
    4: KnownError(400, "Application request limit reached", "The app has reached its API call rate limit."),
    10: KnownError(403, "Application does not have permission for this action", "Permission is not granted."),
    100: KnownError(400, "Invalid parameter", "The request included unsupported or misspelled parameters."),
    190: KnownError(401, "Access token has expired", "Your access token has expired."),
    368: KnownError(403, "Temporarily blocked for policies violations", "The account has been restricted."),
    80007: KnownError(400, "Rate limit issues", "The WhatsApp Business Account has reached its rate limit."),
    130429: KnownError(400, "Rate limit hit", "Cloud API message throughput has been reached."),
    131000: KnownError(500, "Something went wrong", "Message failed to send due to an unknown error."),
    131005: KnownError(403, "Access denied", "Permission is either not granted or has been removed."),
    131008: KnownError(400, "Required parameter is missing", "The request is missing a required parameter."),
    131009: KnownError(400, "Parameter value is not valid", "One or more parameter values are invalid."),
    131016: KnownError(500, "Service unavailable", "A service is temporarily unavailable."),
    131021: KnownError(400, "Recipient cannot be sender", "Sender and recipient phone number is the same."),
    131026: KnownError(400, "Message undeliverable", "Message Undeliverable."),
    131031: KnownError(403, "Account has been locked", "The account has been restricted or disabled."),
    131042: KnownError(400, "Business eligibility payment issue", "There was an error with your payment method."),
    131047: KnownError(
        400,
        "Re-engagement message",
        "Message failed to send because more than 24 hours have passed since the customer last replied to this number.",
    ),
    131048: KnownError(400, "Spam rate limit hit", "There are restrictions on how many messages can be sent."),
    131051: KnownError(400, "Unsupported message type", "Unsupported message type."),
    131053: KnownError(400, "Media upload error", "Unable to upload the media used in the message."),
    131056: KnownError(
        400,
        "(Business Account, Consumer Account) pair rate limit hit",
        "Message failed to send because there were too many messages sent from this phone number to the same phone "
        "number in a short period of time.",
    ),
    131057: KnownError(500, "Account in maintenance mode", "The account is in maintenance mode."),
    132000: KnownError(400, "Number of parameters does not match", "The number of template parameters is wrong."),
    132005: KnownError(400, "Translated text too long", "The template's text is too long when filled."),
    132012: KnownError(400, "Parameter format mismatch", "The values have another form than the template's gaps."),
    132015: KnownError(400, "Template is paused", "The template is paused because of its quality."),
    132016: KnownError(400, "Template is disabled", "The template has been paused too often and is disabled."),
    132001: KnownError(404, "Template name does not exist in the translation", "The template does not exist."),
}
UNKNOWN = KnownError(500, "Something went wrong", "Message failed to send due to an unknown error.")


def status_error(code: int) -> dict[str, Any]:
    """One entry of `errors` in a `failed` status."""
    known = KNOWN.get(code, UNKNOWN)
    return {
        "code": code,
        "title": known.title,
        "message": known.title,
        "error_data": {"details": known.details},
        "href": ERROR_PAGE,
    }
