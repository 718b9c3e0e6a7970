"""The API, its refusals: each is JSON, `{"error": "…"}`, with its status."""

from collections.abc import Mapping
from typing import ClassVar

from gateway.core.errors import GatewayError


class ApiUnauthorized(GatewayError):
    """There is no token, or it is of no use."""

    status = 401
    texts: ClassVar[Mapping[str, str]] = {
        "token_missing": "Send a token: Authorization: Bearer neuvo_…",
        "token_refused": "This token is unknown, expired or revoked.",
    }


class ApiNotAllowed(GatewayError):
    """The token may not be used for this."""

    status = 403
    texts: ClassVar[Mapping[str, str]] = {"scope_missing": "This token lacks the scope {scope}."}


class ApiTooOften(GatewayError):
    """The token's rate is used up."""

    status = 429
    texts: ClassVar[Mapping[str, str]] = {"too_often": "Too many requests of this token. Wait a few seconds."}


class ApiNotFound(GatewayError):
    """There is no such month, or no figures of it yet."""

    status = 404
    texts: ClassVar[Mapping[str, str]] = {"no_such_month": "Figures are told of whole months since 2020."}
