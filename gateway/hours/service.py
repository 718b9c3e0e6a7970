"""Service hours: the valid version: the newest that was saved in the console, else the published file."""

import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Protocol

import structlog
import yaml
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.core.audit_context import Actor, Record
from gateway.core.config.settings import PROJECT
from gateway.core.database import now
from gateway.core.lines import Lines
from gateway.core.locale import LANGUAGES
from gateway.dialogue.engine import EngineContext
from gateway.hours import wording
from gateway.hours.document import HoursDocument, HoursRefused, read_document
from gateway.hours.models import SavedHours
from gateway.hours.schedule import Schedule

log = structlog.get_logger()
# Seconds for which a process caches the hours: they change rarely, and every turn needs them.
CACHE_LIFETIME = 2.0


def hours_path(content: Path) -> Path:
    """The file of the published service hours; the shipped one where the content has none."""
    published = content / "hours.yml"
    return published if published.exists() else PROJECT / "data" / "hours.yml"


class ServiceHours:
    """The service hours, cached in one process.

    They are in a table and not in a file, so that processes on several machines agree. Unconfirmed hours are used only
    where `unconfirmed_allowed` (development). Raises `HoursRefused` at start when the file is invalid.
    """

    def __init__(self, path: Path, *, unconfirmed_allowed: bool) -> None:
        self._shipped = read_file(path)
        self._unconfirmed_allowed = unconfirmed_allowed
        self._schedule = self._shipped.schedule()
        self._version: int | None = None
        self._read_at = float("-inf")
        # Whether an officer is on duty, asked with the hours; set by the process that knows (`gateway.service`).
        self.anybody_on_duty: Callable[[AsyncSession], Awaitable[bool]] | None = None
        self._on_duty = False

    async def schedule(self, session: AsyncSession) -> Schedule | None:
        """The confirmed hours, at most `CACHE_LIFETIME` seconds old; None while none are confirmed."""
        if not self.is_fresh:
            await self._refresh(session)
        return self._confirmed_schedule()

    async def document(self, session: AsyncSession) -> HoursDocument:
        """The document to edit: the newest saved, else the shipped one."""
        row = await _newest(session)
        return self._shipped if row is None else read_document(row.document)

    async def filled(self, session: AsyncSession, text: str, language: str | None, lines: Lines) -> str:
        """The text with its placeholders for opening hours filled in (`answers.render.LATE`)."""
        if "{" not in text:
            return text
        await self.schedule(session)
        return self.filled_known(text, language, lines)

    def filled_known(self, text: str, language: str | None, lines: Lines) -> str:
        """The same from the cache, without the database."""
        if "{" not in text:
            return text
        return wording.fill(text, self._values(language or LANGUAGES[0], lines))

    async def presence(self, session: AsyncSession, language: str, lines: Lines) -> str:
        """One or two sentences: when officers answer, and whether they do now."""
        await self.schedule(session)
        return self.known_presence(language, lines)

    def known_presence(self, language: str, lines: Lines) -> str:
        """The same from the cache, without the database: for pages that must be shown while it is unavailable."""
        return self._values(language, lines)["officer_presence"]

    def _values(self, language: str, lines: Lines) -> dict[str, str]:
        return wording.values(self._confirmed_schedule(), now(), language, lines, on_duty=self._on_duty)

    @property
    def is_fresh(self) -> bool:
        """Whether the cache is at most `CACHE_LIFETIME` seconds old."""
        return time.monotonic() - self._read_at < CACHE_LIFETIME

    def _confirmed_schedule(self) -> Schedule | None:
        return self._schedule if self._schedule.confirmed or self._unconfirmed_allowed else None

    def forget(self) -> None:
        """Empty the cache: the next call reads the table."""
        self._read_at = float("-inf")

    async def _refresh(self, session: AsyncSession) -> None:
        row = await _newest(session)
        self._on_duty = self.anybody_on_duty is not None and await self.anybody_on_duty(session)
        self._read_at = time.monotonic()
        if row is None or row.id == self._version:
            return
        try:
            self._schedule, self._version = read_document(row.document).schedule(), row.id
        except HoursRefused as refused:
            # Saved by another version of this software: the earlier hours remain in use.
            log.error("hours_refused", version=row.id, why=str(refused))


async def save(
    session: AsyncSession, actor: Actor, document: dict[str, Any], record: Record | None = None
) -> HoursDocument:
    """Save and confirm new hours, which every process uses within `CACHE_LIFETIME` seconds.

    Raises `HoursRefused` with every fault.
    """
    read = read_document(document).model_copy(update={"confirmed_by": actor.name})
    session.add(
        SavedHours(
            document=read.model_dump(mode="json", by_alias=True),
            actor_id=actor.id,
            actor_name=actor.name,
            saved_at=now(),
        )
    )
    await session.flush()
    if record is not None:
        await record(session, actor, "hours.saved", "service_hours", {})
    return read


def read_file(path: Path) -> HoursDocument:
    """Read the document of a file; raises `HoursRefused`."""
    try:
        return read_document(yaml.safe_load(path.read_text("utf-8")))
    except (OSError, yaml.YAMLError) as error:
        raise HoursRefused(f"{path.name} cannot be read: {error}") from error


async def _newest(session: AsyncSession) -> SavedHours | None:
    found: SavedHours | None = await session.scalar(select(SavedHours).order_by(SavedHours.id.desc()).limit(1))
    return found


class HoursContext(EngineContext, Protocol):
    """A process that knows when officers answer."""

    @property
    def hours(self) -> ServiceHours:
        """The service hours, as the force has set them."""
