"""WhatsApp, media: fetches a citizen's file from Meta when an officer asks for it, and stores it nowhere.

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
from gateway.channels.meta.graph import GraphClient
from gateway.channels.whatsapp import limits

_REFERENCE = re.compile(r"[0-9A-Za-z_-]{1,256}")
# Where Meta keeps files; a host is one of these or below it.
META_HOSTS = ("fbsbx.com", "facebook.com", "whatsapp.net", "whatsapp.com", "fbcdn.net")
# The types that are opened and their largest sizes (Meta's page "Media", 2026): only what a browser shows without
# running anything; a document with macros or markup is not opened.
LARGEST: Mapping[str, int] = {
    "image/jpeg": limits.PICTURE_BYTES,
    "image/png": limits.PICTURE_BYTES,
    "image/webp": limits.STICKER_BYTES,
    "audio/aac": limits.SOUND_OR_FILM_BYTES,
    "audio/amr": limits.SOUND_OR_FILM_BYTES,
    "audio/mpeg": limits.SOUND_OR_FILM_BYTES,
    "audio/mp4": limits.SOUND_OR_FILM_BYTES,
    "audio/ogg": limits.SOUND_OR_FILM_BYTES,
    "video/mp4": limits.SOUND_OR_FILM_BYTES,
    "video/3gpp": limits.SOUND_OR_FILM_BYTES,
    "application/pdf": limits.DOCUMENT_BYTES,
    "text/plain": limits.DOCUMENT_BYTES,
}
_MAGIC_BYTES: tuple[tuple[int, bytes, frozenset[str]], ...] = (
    (0, b"\xff\xd8\xff", frozenset({"image/jpeg"})),
    (0, b"\x89PNG\r\n\x1a\n", frozenset({"image/png"})),
    (8, b"WEBP", frozenset({"image/webp"})),
    (0, b"OggS", frozenset({"audio/ogg"})),
    (0, b"#!AMR", frozenset({"audio/amr"})),
    (0, b"ID3", frozenset({"audio/mpeg"})),
    (4, b"ftyp", frozenset({"video/mp4", "video/3gpp", "audio/mp4"})),
    (0, b"%PDF-", frozenset({"application/pdf"})),
)


class MediaReader:
    """Asks for the address of a file and reads it within the limit of its type."""

    def __init__(self, graph: GraphClient, graph_url: str) -> None:
        self._graph = graph
        self._own_host = urlsplit(graph_url)[:2]  # of the simulator, in development and tests

    async def open(self, reference: str) -> tuple[str, bytes]:
        """Type and bytes; raises `MediaRefused`."""
        if not _REFERENCE.fullmatch(reference):
            raise MediaRefused("not_a_reference")
        about = await self._about(reference)
        declared, address = _declared(about), str(about.get("url") or "")
        if not self._is_metas(address):
            raise MediaRefused("foreign_address")
        content = await self._read(address, LARGEST[declared])
        _compare(about, declared, content)
        return declared, content

    async def _about(self, reference: str) -> Mapping[str, Any]:
        try:
            return await self._graph.get(reference)
        except SendFailed as failure:
            # 100 with the subcode for "no such object" is classified as `auth`; for a file it means that it is gone.
            gone = failure.code == 100
            raise MediaRefused("gone" if gone else "not_fetched") from failure

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
                    raise MediaRefused("gone" if response.status_code in (404, 410) else "not_fetched")
                async for chunk in response.aiter_bytes():
                    content += chunk
                    if len(content) > limit:
                        raise _too_large(limit)
        except httpx2.HTTPError as error:
            raise MediaRefused("not_fetched") from error
        return bytes(content)


def _declared(about: Mapping[str, Any]) -> str:
    declared = str(about.get("mime_type") or "").partition(";")[0].strip().lower()
    if declared not in LARGEST:
        raise MediaRefused("type_not_opened")
    size = about.get("file_size")
    if isinstance(size, int) and size > LARGEST[declared]:
        raise _too_large(LARGEST[declared])
    return declared


def _compare(about: Mapping[str, Any], declared: str, content: bytes) -> None:
    promised = about.get("sha256")
    if isinstance(promised, str) and not hmac.compare_digest(promised.encode(), _checksum_like(promised, content)):
        raise MediaRefused("not_fetched")
    if declared not in sniffed(content):
        raise MediaRefused("type_differs")


def _checksum_like(promised: str, content: bytes) -> bytes:
    """Meta writes the SHA-256 of a file in hexadecimal here and in base64 in webhooks."""
    digest = hashlib.sha256(content)
    return digest.hexdigest().encode() if len(promised) == limits.SHA256_HEX else base64.b64encode(digest.digest())


def _too_large(limit: int) -> MediaRefused:
    return MediaRefused("too_large", limit_kb=limit // 1024)


def sniffed(content: bytes) -> frozenset[str]:
    """What these bytes may be, by how they begin; empty when they are nothing that is opened here."""
    for place, mark, types in _MAGIC_BYTES:
        if content[place : place + len(mark)] == mark:
            return types
    if len(content) > 1 and content[0] == 0xFF and content[1] & 0xE0 == 0xE0:
        # The frame sync of MPEG audio; two zero bits of the layer mean AAC in ADTS.
        return frozenset({"audio/mpeg" if content[1] & 0x06 else "audio/aac"})
    return frozenset({"text/plain"}) if _is_text(content) else frozenset()


def _is_text(content: bytes) -> bool:
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return all(character.isprintable() or character in "\r\n\t" for character in text)
