"""Hours, where they are kept: the newest that was saved in the console, else the file that is published."""

import time
from pathlib import Path
from typing import Any

import structlog
import yaml
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.acting import Actor, Record
from gateway.conversations.lines import LANGUAGES, Lines
from gateway.database import now
from gateway.hours import words
from gateway.hours.document import HoursDocument, HoursRefused, read_document
from gateway.hours.models import SavedHours
from gateway.hours.schedule import Schedule
from gateway.settings import PROJECT

log = structlog.get_logger()
# Seconds for which a process may go on with what it read last: hours are changed rarely, and every turn asks.
REMEMBERED = 2.0


def hours_path(content: Path) -> Path:
    """The service hours that hold until others are saved; the shipped ones where the content has none."""
    published = content / "hours.yml"
    return published if published.exists() else PROJECT / "data" / "hours.yml"


class ServiceHours:
    """The hours of the whole service, as one process knows them.

    A table and not a file decides, so that several processes on several machines agree at once. Hours that nobody has
    confirmed are said only where `unconfirmed_allowed` (development). Raises `HoursRefused` at start when the file is
    not usable.
    """

    def __init__(self, path: Path, *, unconfirmed_allowed: bool) -> None:
        self._shipped = read_file(path)
        self._unconfirmed_allowed = unconfirmed_allowed
        self._schedule = self._shipped.schedule()
        self._version: int | None = None
        self._read_at = float("-inf")

    async def schedule(self, session: AsyncSession) -> Schedule | None:
        """The hours that may be said now; nothing while nobody has confirmed any. At most `REMEMBERED` seconds old."""
        if not self.is_fresh:
            await self._refresh(session)
        return self._sayable()

    async def document(self, session: AsyncSession) -> HoursDocument:
        """What a form for editing begins with: the newest saved document, else the shipped one."""
        row = await _newest(session)
        return self._shipped if row is None else read_document(row.document)

    async def filled(self, session: AsyncSession, text: str, language: str | None, lines: Lines) -> str:
        """The text with opening hours put in where it has placeholders for them (`answers.render.LATE`)."""
        if "{" not in text:
            return text
        schedule = await self.schedule(session)
        return words.fill(text, words.values(schedule, now(), language or LANGUAGES[0], lines))

    async def presence(self, session: AsyncSession, language: str, lines: Lines) -> str:
        """In one or two sentences: when officers answer, and whether they do now."""
        await self.schedule(session)
        return self.known_presence(language, lines)

    def known_presence(self, language: str, lines: Lines) -> str:
        """The same by what was read last, without the database: for pages that must stay when it is away."""
        return words.values(self._sayable(), now(), language, lines)["officer_presence"]

    @property
    def is_fresh(self) -> bool:
        """Whether what is known was read within `REMEMBERED` seconds, so that nobody needs to ask."""
        return time.monotonic() - self._read_at < REMEMBERED

    def _sayable(self) -> Schedule | None:
        return self._schedule if self._schedule.confirmed or self._unconfirmed_allowed else None

    def forget(self) -> None:
        """Read again at the next question."""
        self._read_at = float("-inf")

    async def _refresh(self, session: AsyncSession) -> None:
        row = await _newest(session)
        self._read_at = time.monotonic()
        if row is None or row.id == self._version:
            return
        try:
            self._schedule, self._version = read_document(row.document).schedule(), row.id
        except HoursRefused as refused:
            # Saved by another version of this software: what was known before is better than silence.
            log.error("hours_not_usable", version=row.id, why=str(refused))


async def save(
    session: AsyncSession, actor: Actor, document: dict[str, Any], record: Record | None = None
) -> HoursDocument:
    """Save new hours, which hold in every process within `REMEMBERED` seconds; whoever saves confirms them.

    Raises `HoursRefused` with every fault in words.
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
    """The document of a file; raises `HoursRefused`."""
    try:
        return read_document(yaml.safe_load(path.read_text("utf-8")))
    except (OSError, yaml.YAMLError) as error:
        raise HoursRefused(f"{path.name} cannot be read: {error}") from error


async def _newest(session: AsyncSession) -> SavedHours | None:
    found: SavedHours | None = await session.scalar(select(SavedHours).order_by(SavedHours.id.desc()).limit(1))
    return found
