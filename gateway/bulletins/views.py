"""Bulletins, the views of officers: the list, one with its versions and events, and what this person may do."""

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.bulletins import states
from gateway.bulletins.content import BulletinContent
from gateway.bulletins.models import Bulletin, BulletinEvent, BulletinVersion
from gateway.bulletins.service import NoSuchBulletin
from gateway.bulletins.states import FINAL_STATES, BulletinState, BulletinStatus, VersionState
from gateway.bulletins.word_diff import Part, differences
from gateway.core.locale import LANGUAGES

MOST_SHOWN = 200  # the newest; what is older is in the table and in nobody's way


@dataclass(frozen=True)
class BulletinRow:
    """A line of the list."""

    id: uuid.UUID
    title: str
    status: BulletinStatus
    pending: VersionState | None
    places: tuple[str, ...]
    ends_at: dt.datetime
    changed_at: dt.datetime
    author: str


async def list_bulletins(session: AsyncSession, language: str, at: dt.datetime) -> list[BulletinRow]:
    """The bulletins, the last changed first."""
    bulletins = (await session.scalars(select(Bulletin).order_by(Bulletin.changed_at.desc()).limit(MOST_SHOWN))).all()
    wanted = [bulletin.id for bulletin in bulletins]
    rows = await session.scalars(select(BulletinVersion).where(BulletinVersion.bulletin_id.in_(wanted)))
    versions: dict[uuid.UUID, dict[int, BulletinVersion]] = {}
    for row in rows:
        versions.setdefault(row.bulletin_id, {})[row.number] = row
    return [_row(bulletin, versions[bulletin.id], language, at) for bulletin in bulletins]


def _row(bulletin: Bulletin, versions: dict[int, BulletinVersion], language: str, at: dt.datetime) -> BulletinRow:
    version = versions[bulletin.published or bulletin.pending or max(versions)]
    pending = versions[bulletin.pending] if bulletin.pending else None
    content = BulletinContent.model_validate(version.content)
    return BulletinRow(
        id=bulletin.id,
        title=content.words[language].title,
        status=states.status_at(_case(bulletin, pending), bulletin.starts_at, bulletin.ends_at, at),
        pending=pending.state if pending else None,
        places=content.places,
        ends_at=bulletin.ends_at or content.ends_at,
        changed_at=bulletin.changed_at,
        author=(pending or version).author_name,
    )


@dataclass(frozen=True)
class LanguageDiff:
    """One language of the version in the making against what is published."""

    language: str
    title: tuple[Part, ...]
    text: tuple[Part, ...]


@dataclass(frozen=True)
class BulletinDetail:
    """One bulletin with all that its page shows."""

    id: uuid.UUID
    status: BulletinStatus
    seen: dt.datetime
    published: BulletinContent | None
    pending: BulletinContent | None
    pending_state: VersionState | None
    pending_author: str
    emergency_reason: str | None  # why the published version was published by one person
    changes: tuple[LanguageDiff, ...]
    may: frozenset[str]
    mine: bool  # this person wrote on the version in the making
    events: tuple[BulletinEvent, ...]

    @property
    def content(self) -> BulletinContent:
        """What the form begins with."""
        found = self.pending or self.published
        assert found is not None
        return found


async def load_detail(
    session: AsyncSession, bulletin_id: uuid.UUID, person: uuid.UUID, at: dt.datetime
) -> BulletinDetail:
    """One bulletin as this person sees it; raises `NoSuchBulletin`."""
    bulletin = await session.get(Bulletin, bulletin_id)
    if bulletin is None:
        raise NoSuchBulletin("There is no such bulletin.")
    rows = await session.scalars(select(BulletinVersion).where(BulletinVersion.bulletin_id == bulletin_id))
    versions = {row.number: row for row in rows}
    shown = versions.get(bulletin.published or max(versions))
    pending = versions.get(bulletin.pending) if bulletin.pending else None
    published = shown if bulletin.published else None
    before, after = _content(published), _content(pending)
    case = _case(bulletin, pending)
    status = states.status_at(case, bulletin.starts_at, bulletin.ends_at, at)
    events = await session.scalars(
        select(BulletinEvent).where(BulletinEvent.bulletin_id == bulletin_id).order_by(BulletinEvent.id.desc())
    )
    return BulletinDetail(
        id=bulletin.id,
        status=status,
        seen=bulletin.changed_at,
        published=before,
        pending=after if after or before else _content(shown),
        pending_state=pending.state if pending else None,
        pending_author=pending.author_name if pending else "",
        emergency_reason=published.emergency_reason if published else None,
        changes=_changes(before, after),
        may=_allowed(case, status, person),
        mine=person in case.authors,
        events=tuple(events),
    )


def _allowed(case: states.Case, status: BulletinStatus, person: uuid.UUID) -> frozenset[str]:
    over = case.state in FINAL_STATES
    rules: dict[str, bool] = {
        "write": not over,
        "propose": case.pending == VersionState.DRAFT,
        "send_back": case.pending == VersionState.PROPOSED,
        "approve": case.pending == VersionState.PROPOSED and person not in case.authors,
        "publish_alone": case.pending is not None and not over,
        "withdraw": case.state == BulletinState.PUBLISHED,
        "end": status in (BulletinStatus.IN_FORCE, BulletinStatus.SCHEDULED),
        "discard": case.pending is not None,
    }
    return frozenset(step for step, allowed in rules.items() if allowed)


def _changes(before: BulletinContent | None, after: BulletinContent | None) -> tuple[LanguageDiff, ...]:
    if before is None or after is None:
        return ()
    return tuple(
        LanguageDiff(
            language,
            differences(before.words[language].title, after.words[language].title),
            differences(before.words[language].text, after.words[language].text),
        )
        for language in LANGUAGES
    )


def _content(version: BulletinVersion | None) -> BulletinContent | None:
    return BulletinContent.model_validate(version.content) if version is not None else None


def _case(bulletin: Bulletin, pending: BulletinVersion | None) -> states.Case:
    authors: list[Any] = list(pending.author_ids) if pending is not None else []
    return states.Case(
        state=bulletin.state,
        pending=pending.state if pending is not None else None,
        authors=frozenset(map(uuid.UUID, authors)),
    )
