"""Content, the shared store as objects of an S3-compatible service: four verbs, signed with AWS Signature Version 4.

Path-style addresses, which every such service knows. A blob is written once under its digest, so no object but the
record is ever replaced.
"""

import asyncio
import datetime as dt
import hashlib
import hmac
from collections.abc import AsyncIterator, Iterable, Mapping
from pathlib import Path
from typing import Final
from urllib.parse import quote, urlsplit

import httpx2

from gateway.content.publishing.blobs import CHUNK, StoreFailed
from gateway.core.config.settings import Settings
from gateway.core.database import now
from gateway.core.tls import ssl_context

_TIMEOUT: Final = httpx2.Timeout(60.0, connect=3.0)
_RECORD: Final = "record.json"
_NOTHING: Final = hashlib.sha256(b"").hexdigest()
_ALGORITHM: Final = "AWS4-HMAC-SHA256"


class S3Store:
    """A bucket, or a part of one (`NEUVO_S3_PREFIX`)."""

    def __init__(self, settings: Settings) -> None:
        assert settings.s3_access_key is not None
        assert settings.s3_secret_key is not None
        self._key = settings.s3_access_key.get_secret_value()
        self._secret = settings.s3_secret_key.get_secret_value()
        self._region = settings.s3_region
        self._base = settings.s3_endpoint.rstrip("/")
        self._host = urlsplit(self._base).netloc
        self._path = f"/{settings.s3_bucket}/{settings.s3_prefix}"
        self._client = httpx2.AsyncClient(timeout=_TIMEOUT, verify=ssl_context(), trust_env=False)

    async def record(self) -> str | None:
        """See `PublishedStore`."""
        answer = await self._ask("GET", _RECORD)
        return None if answer.status_code == 404 else self._right(answer, "record").text

    async def set_record(self, text: str, number: int) -> None:
        """See `PublishedStore`."""
        content = text.encode()
        digest = hashlib.sha256(content).hexdigest()
        self._right(await self._ask("PUT", _RECORD, digest, content=content), "record")

    async def has(self, digest: str) -> bool:
        """See `PublishedStore`."""
        answer = await self._ask("HEAD", f"blobs/{digest}")
        return answer.status_code != 404 and self._right(answer, "blob").is_success

    async def put(self, digest: str, path: Path) -> None:
        """See `PublishedStore`. The service refuses what has another digest: it is part of the signature."""
        length = {"content-length": str(path.stat().st_size)}
        self._right(await self._ask("PUT", f"blobs/{digest}", digest, content=_parts(path), headers=length), "blob")

    async def fetch(self, digest: str, path: Path) -> None:
        """See `PublishedStore`."""
        name = f"blobs/{digest}"
        try:
            headers = self._signed("GET", name, _NOTHING)
            async with self._client.stream("GET", self._url(name), headers=headers) as answer:
                self._right(answer, "blob")
                with path.open("wb") as file:
                    async for part in answer.aiter_bytes(CHUNK):
                        await asyncio.to_thread(file.write, part)
        except httpx2.HTTPError as error:
            raise StoreFailed(f"The store gave no whole answer: {type(error).__name__}.") from error

    async def forget(self, digests: Iterable[str]) -> None:
        """See `PublishedStore`."""
        for digest in digests:
            answer = await self._ask("DELETE", f"blobs/{digest}")
            if answer.status_code != 404:
                self._right(answer, "blob")

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def _ask(
        self,
        method: str,
        name: str,
        digest: str = _NOTHING,
        *,
        content: bytes | AsyncIterator[bytes] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx2.Response:
        signed = self._signed(method, name, digest) | dict(headers or {})
        try:
            return await self._client.request(method, self._url(name), content=content, headers=signed)
        except httpx2.HTTPError as error:
            raise StoreFailed(f"The store gave no answer: {type(error).__name__}.") from error

    def _right(self, answer: httpx2.Response, what: str) -> httpx2.Response:
        if not answer.is_success:
            raise StoreFailed(f"The store answered {answer.status_code} for a {what}.")
        return answer

    def _url(self, name: str) -> str:
        return f"{self._base}{quote(self._path + name)}"

    def _signed(self, method: str, name: str, digest: str) -> dict[str, str]:
        return signed_headers(
            method, self._host, quote(self._path + name), digest, self._region, self._key, self._secret, now()
        )


def signed_headers(
    method: str, host: str, path: str, digest: str, region: str, key: str, secret: str, at: dt.datetime
) -> dict[str, str]:
    """The headers of a request without a query, as AWS Signature Version 4 wants them; `path` is encoded already."""
    moment = at.strftime("%Y%m%dT%H%M%SZ")
    scope = f"{moment[:8]}/{region}/s3/aws4_request"
    headers = {"host": host, "x-amz-content-sha256": digest, "x-amz-date": moment}
    names = ";".join(sorted(headers))
    lines = "".join(f"{name}:{headers[name]}\n" for name in sorted(headers))
    request = "\n".join([method, path, "", lines, names, digest])
    to_sign = "\n".join([_ALGORITHM, moment, scope, hashlib.sha256(request.encode()).hexdigest()])
    signing = f"AWS4{secret}".encode()
    for part in (moment[:8], region, "s3", "aws4_request"):
        signing = hmac.digest(signing, part.encode(), "sha256")
    signature = hmac.digest(signing, to_sign.encode(), "sha256").hex()
    credential = f"{_ALGORITHM} Credential={key}/{scope}, SignedHeaders={names}, Signature={signature}"
    return {**headers, "authorization": credential}


async def _parts(path: Path) -> AsyncIterator[bytes]:
    with path.open("rb") as file:
        while part := await asyncio.to_thread(file.read, CHUNK):
            yield part
