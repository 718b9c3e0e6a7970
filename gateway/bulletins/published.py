"""Bulletins, the public list: those of now and of the last weeks, with their corrections; pure."""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.bulletins.content import BulletinContent
from gateway.bulletins.models import Bulletin, BulletinVersion
from gateway.bulletins.states import BulletinState, BulletinStatus, Case, status_at
from gateway.bulletins.word_diff import Part, differences
from gateway.core.database import now

SHOWN_AFTER_END = dt.timedelta(days=14)
MOST_SHOWN = 50


@dataclass(frozen=True)
class Correction:
    """What a correction changed, in one language."""

    at: dt.datetime
    title: tuple[Part, ...]
    text: tuple[Part, ...]
    moved_end: dt.datetime | None  # the new end, where it is another


@dataclass(frozen=True)
class PublicBulletin:
    """A bulletin in one language as the page and the feed show it; authors and approvers are not in it."""

    id: uuid.UUID
    status: BulletinStatus  # `IN_FORCE`, `ENDED` or `WITHDRAWN`
    title: str
    text: str
    places: tuple[str, ...]
    starts_at: dt.datetime
    ends_at: dt.datetime
    published_at: dt.datetime
    changed_at: dt.datetime
    corrections: tuple[Correction, ...]


async def public_bulletins(session: AsyncSession, language: str) -> list[PublicBulletin]:
    """What is in force, then what was withdrawn or has ended lately; the newest change first."""
    at = now()
    rows = list(
        await session.scalars(
            select(Bulletin)
            .where(
                Bulletin.state.in_((BulletinState.PUBLISHED, BulletinState.WITHDRAWN)),
                Bulletin.ends_at > at - SHOWN_AFTER_END,
            )
            .where(Bulletin.starts_at <= at)
            .order_by(Bulletin.changed_at.desc())
            .limit(MOST_SHOWN)
        )
    )
    versions = await _published_versions(session, [row.id for row in rows])
    found = [_public(row, versions[row.id], language, at) for row in rows]
    return sorted(found, key=lambda each: (each.status != BulletinStatus.IN_FORCE, -each.changed_at.timestamp()))


async def _published_versions(
    session: AsyncSession, ids: Sequence[uuid.UUID]
) -> dict[uuid.UUID, list[BulletinVersion]]:
    """Of each bulletin the versions that were ever published, the oldest first."""
    rows = await session.scalars(
        select(BulletinVersion)
        .where(BulletinVersion.bulletin_id.in_(ids), BulletinVersion.published_at.is_not(None))
        .order_by(BulletinVersion.number)
    )
    found: dict[uuid.UUID, list[BulletinVersion]] = {key: [] for key in ids}
    for row in rows:
        found[row.bulletin_id].append(row)
    return found


def _public(row: Bulletin, versions: Sequence[BulletinVersion], language: str, at: dt.datetime) -> PublicBulletin:
    contents = [BulletinContent.model_validate(version.content) for version in versions]
    words = contents[-1].words[language]
    assert row.starts_at is not None
    assert row.ends_at is not None
    assert row.first_published_at is not None
    assert versions[-1].published_at is not None
    status = status_at(Case(state=row.state), row.starts_at, row.ends_at, at)
    changed_at = {BulletinStatus.WITHDRAWN: row.changed_at, BulletinStatus.ENDED: row.ends_at}
    return PublicBulletin(
        id=row.id,
        status=status,
        title=words.title,
        text=words.text,
        places=contents[-1].places,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        published_at=row.first_published_at,
        changed_at=changed_at.get(status, versions[-1].published_at),
        corrections=tuple(
            _correction(before, after, version, language)
            for before, after, version in zip(contents, contents[1:], versions[1:], strict=False)
        ),
    )


def _correction(before: BulletinContent, after: BulletinContent, version: BulletinVersion, language: str) -> Correction:
    old, new = before.words[language], after.words[language]
    assert version.published_at is not None
    return Correction(
        at=version.published_at,
        title=differences(old.title, new.title) if old.title != new.title else (),
        text=differences(old.text, new.text) if old.text != new.text else (),
        moved_end=after.ends_at if after.ends_at != before.ends_at else None,
    )
