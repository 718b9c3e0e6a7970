"""WhatsApp, the line to Meta: the Graph API of one app, for sending, for files and for the list of templates."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2

from gateway.channels.base import SendFailed
from gateway.channels.whatsapp.errors import classify
from gateway.trust import trusted


class GraphClient:
    """Meta's endpoints for one app; `POST /{version}/{number}/messages` sends."""

    def __init__(self, base_url: str, version: str, access_token: str, timeout: float) -> None:
        self._base = f"{base_url}/{version}"
        self._client = httpx2.AsyncClient(
            headers={"Authorization": f"Bearer {access_token}"},
            timeout=httpx2.Timeout(timeout, connect=5.0),
            limits=httpx2.Limits(max_connections=64, max_keepalive_connections=32),
            verify=trusted(),
            trust_env=False,
        )

    async def post(self, business_number: str, body: dict[str, Any]) -> dict[str, Any]:
        """The answer of a success; raises `SendFailed` with the class of every other outcome."""
        try:
            response = await self._client.post(f"{self._base}/{business_number}/messages", json=body)
        except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout) as error:
            raise SendFailed("retry") from error  # the request never left
        except httpx2.HTTPError as error:
            raise SendFailed("unknown_outcome") from error
        return _success(response)

    async def get(self, path: str, **parameters: str) -> dict[str, Any]:
        """What Meta says of an object of ours; raises `SendFailed`. Nothing changes there, so it may be asked again."""
        try:
            response = await self._client.get(f"{self._base}/{path}", params=parameters)
        except httpx2.HTTPError as error:
            raise SendFailed("retry") from error
        return _success(response)

    @asynccontextmanager
    async def stream(self, address: str) -> AsyncIterator[httpx2.Response]:
        """A file while it comes, with our token: only for an address that was checked to be Meta's."""
        async with self._client.stream("GET", address, follow_redirects=False) as response:
            yield response

    async def close(self) -> None:
        """Give the connections back."""
        await self._client.aclose()


def _success(response: httpx2.Response) -> dict[str, Any]:
    if response.is_success:
        return _object(response)
    code, subcode = _numbers(_object(response).get("error"))
    raise SendFailed(classify(response.status_code, code, subcode), code)


def _object(response: httpx2.Response) -> dict[str, Any]:
    try:
        content = response.json()
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}


def _numbers(error: Any) -> tuple[int | None, int | None]:
    found = (error.get("code"), error.get("error_subcode")) if isinstance(error, dict) else (None, None)
    code, subcode = (number if type(number) is int and abs(number) < 2**31 else None for number in found)
    return code, subcode
