"""The API: the authorization of its routes. Each names one scope; a test finds a route without one."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any

import structlog
from fastapi import Depends, FastAPI, Request, Response
from fastapi.responses import JSONResponse
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.api import tokens
from gateway.api.errors import ApiTooOften, ApiUnauthorized
from gateway.api.kinds import Scope
from gateway.api.tokens import Integrator
from gateway.core.context import Context
from gateway.core.errors import GatewayError, StorageUnavailable

log = structlog.get_logger()
_BEARER = HTTPBearer(auto_error=False, scheme_name="token", description="Made by `python -m gateway api-token add`.")
_HEADERS = {"cache-control": "no-store"}


class Scoped:
    """The dependency of one route: the holder of a token with this scope."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope

    async def __call__(
        self, request: Request, given: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)]
    ) -> Integrator:
        """Raises `ApiUnauthorized`, `ApiNotAllowed`, `ApiTooOften`."""
        if given is None or not given.credentials.isascii():
            raise ApiUnauthorized("token_missing")
        service: Context = request.app.state.service
        async with transaction(service) as session:
            return await tokens.find(session, service.keyring, given.credentials, self.scope)


@asynccontextmanager
async def transaction(service: Context) -> AsyncIterator[AsyncSession]:
    """A transaction that waits for the database no longer than a webhook does; raises `StorageUnavailable`."""
    try:
        async with asyncio.timeout(service.settings.storage_timeout), service.database.transaction() as session:
            yield session
    except (SQLAlchemyError, OSError) as error:
        log.error("api_unavailable", error=type(error).__name__)
        raise StorageUnavailable("The database cannot be reached right now. Try again in a minute.") from error


def install(app: FastAPI) -> None:
    """Answer the refusals that have headers of their own."""
    app.add_exception_handler(ApiUnauthorized, _unauthorized)
    app.add_exception_handler(ApiTooOften, _too_often)


async def _unauthorized(_: Request, error: Exception) -> Response:
    return _refusal(error, {"www-authenticate": "Bearer"})


async def _too_often(_: Request, error: Exception) -> Response:
    return _refusal(error, {"retry-after": "5"})


def _refusal(error: Exception, headers: dict[str, Any]) -> Response:
    assert isinstance(error, GatewayError)
    return JSONResponse({"error": str(error)}, error.status, headers={**_HEADERS, **headers})
