"""WhatsApp, when an officer asks: a citizen's file is fetched from Meta at that moment, and kept nowhere.

No machine opens these files by itself: a picture of a minor must not be copied by one. The reference lives seven days
at Meta, the address it leads to five minutes, and only Meta's own hosts ever see our token.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import httpx2

from gateway.channels.base import MediaRefused, SendFailed
from gateway.channels.whatsapp import limits
from gateway.channels.whatsapp.graph import GraphClient
from gateway.channels.whatsapp.media_types import LARGEST, sniffed

_REFERENCE = re.compile(r"[0-9A-Za-z_-]{1,256}")
# Where Meta keeps files; a host is one of these or below it.
META_HOSTS = ("fbsbx.com", "facebook.com", "whatsapp.net", "whatsapp.com", "fbcdn.net")
_GONE = "The file is not there any more: WhatsApp keeps it for seven days. Ask the citizen to send it again."
_FAILED = "WhatsApp did not give the file. Try again in a moment."


class MediaReader:
    """Asks for the address of a file and reads it within the limit of its type."""

    def __init__(self, graph: GraphClient, graph_url: str) -> None:
        self._graph = graph
        self._own_host = urlsplit(graph_url)[:2]  # of the stand-in, in development and tests

    async def open(self, reference: str) -> tuple[str, bytes]:
        """Type and bytes; raises `MediaRefused` with a sentence for the officer."""
        if not _REFERENCE.fullmatch(reference):
            raise MediaRefused("This is not the reference of a file.")
        about = await self._about(reference)
        declared, address = _declared(about), str(about.get("url") or "")
        if not self._is_metas(address):
            raise MediaRefused("WhatsApp named an address that is not its own; the file was not opened.")
        content = await self._read(address, LARGEST[declared])
        _compare(about, declared, content)
        return declared, content

    async def _about(self, reference: str) -> Mapping[str, Any]:
        try:
            return await self._graph.get(reference)
        except SendFailed as failure:
            # 100 with a subcode for "no such object" is told as `auth`; of a file it means that it is gone.
            gone = failure.code == 100
            raise MediaRefused(_GONE if gone else _FAILED) from failure

    def _is_metas(self, address: str) -> bool:
        parts = urlsplit(address)
        if parts[:2] == self._own_host:
            return True
        host = (parts.hostname or "").rstrip(".").lower()
        return parts.scheme == "https" and any(host == one or host.endswith("." + one) for one in META_HOSTS)

    async def _read(self, address: str, limit: int) -> bytes:
        content = bytearray()
        try:
            async with self._graph.stream(address) as response:
                if response.status_code != httpx2.codes.OK:
                    raise MediaRefused(_GONE if response.status_code in (404, 410) else _FAILED)
                async for chunk in response.aiter_bytes():
                    content += chunk
                    if len(content) > limit:
                        raise MediaRefused(_too_large(limit))
        except httpx2.HTTPError as error:
            raise MediaRefused(_FAILED) from error
        return bytes(content)


def _declared(about: Mapping[str, Any]) -> str:
    declared = str(about.get("mime_type") or "").partition(";")[0].strip().lower()
    if declared not in LARGEST:
        raise MediaRefused("This type of file is not opened here.")
    size = about.get("file_size")
    if isinstance(size, int) and size > LARGEST[declared]:
        raise MediaRefused(_too_large(LARGEST[declared]))
    return declared


def _compare(about: Mapping[str, Any], declared: str, content: bytes) -> None:
    promised = about.get("sha256")
    if isinstance(promised, str) and not hmac.compare_digest(promised.encode(), _checksum_like(promised, content)):
        raise MediaRefused(_FAILED)
    if declared not in sniffed(content):
        raise MediaRefused("The file is not what it says it is; it was not opened.")


def _checksum_like(promised: str, content: bytes) -> bytes:
    """Meta writes the SHA-256 of a file in hexadecimal here and in base64 in webhooks."""
    digest = hashlib.sha256(content)
    return digest.hexdigest().encode() if len(promised) == limits.SHA256_HEX else base64.b64encode(digest.digest())


def _too_large(limit: int) -> str:
    return f"The file is larger than WhatsApp allows for its type ({limit // 1024} KB); it was not opened."
