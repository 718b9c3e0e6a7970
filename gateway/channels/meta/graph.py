"""Channels: the client of Meta's Graph API, for sending, files and lists; and the warning before a version ends."""

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import structlog

from gateway.channels.base import SendFailed
from gateway.channels.meta.errors import ErrorCodes
from gateway.channels.meta.json import code_of, get
from gateway.conversations.attachments import AttachedFile
from gateway.conversations.kinds import FailureClass
from gateway.core.http.client import Answer, JsonClient, NoAnswer, NotSent
from gateway.core.tls import ssl_context

log = structlog.get_logger()

# Meta's page "Versions": when each ends.
VERSION_ENDS: Mapping[str, dt.date] = {"v21.0": dt.date(2027, 1, 21), "v25.0": dt.date(2028, 7, 29)}
# Seconds for a file: below the lease of the reply that it goes with, with the time of the message itself.
UPLOAD_TIME = 25.0
WARN_BEFORE = dt.timedelta(days=120)


class GraphClient:
    """The objects and edges below `base_url/version`, with one access token; `timeout` in seconds."""

    def __init__(self, base_url: str, version: str, access_token: str, timeout: float, codes: ErrorCodes) -> None:
        self._base = f"{base_url}/{version}"
        self._codes = codes
        headers = {"Authorization": f"Bearer {access_token}"}
        self._sending = JsonClient(self._base, headers, timeout=timeout, connect_timeout=5.0, tls=ssl_context())
        self._client = httpx2.AsyncClient(
            headers=headers,
            timeout=httpx2.Timeout(timeout, connect=5.0),
            limits=httpx2.Limits(max_connections=64, max_keepalive_connections=32),
            verify=ssl_context(),
            trust_env=False,
        )

    async def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """The answer of a success, for example to `{number}/messages`; raises `SendFailed` for every other outcome."""
        try:
            response = await self._sending.post(path, body)
        except NotSent as error:
            raise SendFailed(FailureClass.RETRY) from error
        except NoAnswer as error:
            raise SendFailed(FailureClass.UNKNOWN_OUTCOME) from error
        return self._success(response)

    async def upload(self, path: str, file: AttachedFile) -> str:
        """Give Meta a file to send, and return its id there; raises `SendFailed`.

        Nothing has gone to anybody by it, so a failed request may always be repeated. Its name goes with the message.
        """
        fields = {"messaging_product": "whatsapp", "type": file.media_type.value}
        try:
            async with asyncio.timeout(UPLOAD_TIME):
                response = await self._client.post(
                    f"{self._base}/{path}",
                    data=fields,
                    files={"file": ("file", file.content, file.media_type.value)},
                    timeout=UPLOAD_TIME,
                )
        except (httpx2.HTTPError, TimeoutError) as error:
            raise SendFailed(FailureClass.RETRY) from error
        found = self._success(response).get("id")
        if not isinstance(found, str) or not found:
            raise SendFailed(FailureClass.RETRY)
        return found

    async def get(self, path: str, **parameters: str) -> dict[str, Any]:
        """An object of ours; raises `SendFailed`. It changes nothing, so a failed request may always be repeated."""
        try:
            response = await self._client.get(f"{self._base}/{path}", params=parameters)
        except httpx2.HTTPError as error:
            raise SendFailed(FailureClass.RETRY) from error
        return self._success(response)

    @asynccontextmanager
    async def stream(self, address: str) -> AsyncIterator[httpx2.Response]:
        """A file while it comes, asked for with our token: only for an address that was checked to be Meta's."""
        async with self._client.stream("GET", address, follow_redirects=False) as response:
            yield response

    async def close(self) -> None:
        """Close the connections."""
        await self._sending.close()
        await self._client.aclose()

    def _success(self, response: Answer | httpx2.Response) -> dict[str, Any]:
        content = _object(response)
        if response.is_success:
            return content
        error = content.get("error")
        code, subcode = code_of(get(error, "code")), code_of(get(error, "error_subcode"))
        is_transient = get(error, "is_transient") is True
        failure = self._codes.classify(_status(response), code, subcode, is_transient=is_transient)
        raise SendFailed(failure, self._codes.shown(code, subcode))


def _status(response: Answer | httpx2.Response) -> int:
    return response.status if isinstance(response, Answer) else response.status_code


def _object(response: Answer | httpx2.Response) -> dict[str, Any]:
    try:
        content = response.json()
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}


def warn_of_end(version: str, today: dt.date | None = None) -> bool:
    """Log a warning, at start, when the version of the settings ends within 120 days; returns whether it did."""
    today = today or dt.datetime.now(dt.UTC).date()
    ends = VERSION_ENDS.get(version)
    if ends is None or today < ends - WARN_BEFORE:
        return False
    log.warning("graph_version_ends", version=version, ends=str(ends), what_to_do="set a newer NEUVO_GRAPH_VERSION")
    return True
