"""Content, sources: what the codes beside a text stand for, and which pages of the content still answer."""

import asyncio
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

import httpx2

from gateway.content.editing.overview import Files
from gateway.content.editing.preview import contacts_of
from gateway.core.tls import ssl_context

SOURCES: Final = "sources.yml"
_CODE: Final = re.compile(r"\b[A-Z]\d{2,4}[a-z]?\b")
_ADDRESS: Final = re.compile(r"https://[^\s;,()]+")
# A page has so many seconds to answer; so many are asked at once, so that no site is pressed.
_PATIENCE: Final = 20.0
_AT_ONCE: Final = 4
# These say that a page is gone. What refuses a program (401, 403, 405, 429) may be there for people.
_GONE: Final = frozenset({404, 410})


@dataclass(frozen=True)
class Source:
    """Where a fact comes from; `address` is "" for what cannot be opened, `kind` a key of `SOURCE_KINDS`."""

    code: str
    what: str
    address: str
    date: str
    kind: str


class LinkState(StrEnum):
    """What became of asking for a page. `UNSURE`: it refuses programs, so a person must look."""

    OPEN = "open"
    GONE = "gone"
    AWAY = "away"
    UNSURE = "unsure"


@dataclass(frozen=True)
class Link:
    """A page that the content names: by which contacts or sources, and what it answered."""

    address: str
    names: tuple[str, ...]
    state: LinkState = LinkState.UNSURE
    reason: str = ""


def read_sources(folder: Path) -> dict[str, Source]:
    """The sources of a content folder by code; empty where it has none."""
    found = {}
    for code, fields in Files().read(folder / SOURCES, "").items():
        if isinstance(fields, dict):
            address = str(fields.get("address") or "")
            found[code] = Source(
                code=code,
                what=str(fields.get("what") or code),
                address=f"https://{address}" if address and "//" not in address else address,
                date=str(fields.get("date") or ""),
                kind=str(fields.get("kind") or ""),
            )
    return found


def sources_of(text: str | Iterable[str], known: Mapping[str, Source]) -> list[Source]:
    """What a field with codes and addresses names; a code that nobody explains stands for itself."""
    words = text if isinstance(text, str) else " ".join(text)
    addresses = [Source("", each, each, "", "") for each in _ADDRESS.findall(words)]
    codes = _CODE.findall(_ADDRESS.sub(" ", words))
    return [known.get(code, Source(code, code, "", "", "")) for code in codes] + addresses


def links_of(folder: Path) -> list[Link]:
    """Every page that contacts and sources name, each once, in the order of the files."""
    names: dict[str, list[str]] = {}
    for key, contact in contacts_of(folder).items():
        if contact.url is not None:
            for value in contact.url.value.values():
                names.setdefault(_whole(value), []).append(key)
    for source in read_sources(folder).values():
        if source.address:
            names.setdefault(_whole(source.address), []).append(source.code)
    return [Link(address, tuple(dict.fromkeys(who))) for address, who in names.items()]


async def asked(links: Sequence[Link]) -> list[Link]:
    """The links with what their pages answer now; nothing is sent but the request for the page."""
    gate = asyncio.Semaphore(_AT_ONCE)
    timeout = httpx2.Timeout(_PATIENCE)
    async with httpx2.AsyncClient(timeout=timeout, verify=ssl_context(), follow_redirects=True) as client:

        async def ask(link: Link) -> Link:
            async with gate:
                try:
                    async with client.stream("GET", link.address) as answer:
                        status = answer.status_code
                except (httpx2.HTTPError, httpx2.InvalidURL, UnicodeError) as error:
                    return Link(link.address, link.names, LinkState.AWAY, type(error).__name__)
            state = LinkState.OPEN if answer.is_success else LinkState.GONE if status in _GONE else LinkState.UNSURE
            return Link(link.address, link.names, state, str(status))

        return await asyncio.gather(*map(ask, links))


def _whole(address: str) -> str:
    return address if "//" in address else f"https://{address}"
