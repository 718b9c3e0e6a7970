"""Bulletins, the service: write, propose, approve, correct, withdraw, end; each stores an event.

A correction is a new version of a published bulletin and goes the same way, while the version before it stays in force.
Every function runs in the caller's transaction and locks the bulletin's row, so that two people cannot decide at once.
"""

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.bulletins import states
from gateway.bulletins.content import BulletinContent, BulletinRefused, read_content
from gateway.bulletins.models import Bulletin, BulletinEvent, BulletinVersion
from gateway.bulletins.states import BulletinEventKind, BulletinState, VersionState
from gateway.core.audit_context import Actor, Record
from gateway.core.database import now
from gateway.core.errors import GatewayError

LONGEST_REASON = 500


class NoSuchBulletin(GatewayError):
    """There is no bulletin with this id."""

    status = 404


class ChangedMeanwhile(GatewayError):
    """Somebody else has changed the version since it was read."""

    status = 409


async def create(session: AsyncSession, actor: Actor, content: Mapping[str, Any] | BulletinContent) -> uuid.UUID:
    """Write a new bulletin as a draft; returns its id. Raises `BulletinRefused`."""
    read = read_content(content)
    case = states.write(states.Case(), actor.id)
    at = now()
    bulletin = Bulletin(id=uuid.uuid4(), state=case.state, created_at=at, changed_at=at, updates=0)
    session.add(bulletin)
    await session.flush()
    await _write_version(session, bulletin, actor, read)
    return bulletin.id


async def revise(
    session: AsyncSession,
    actor: Actor,
    bulletin_id: uuid.UUID,
    content: Mapping[str, Any] | BulletinContent,
    *,
    seen: dt.datetime,
) -> None:
    """Change the pending version, or begin a correction of what is published.

    `seen` is the bulletin's `changed_at` as the writer knew it. Raises `BulletinRefused`, `NotAllowed`,
    `ChangedMeanwhile`.
    """
    read = read_content(content)
    bulletin, pending = await _locked(session, bulletin_id)
    if bulletin.changed_at != seen:
        raise ChangedMeanwhile("Somebody else has changed this bulletin since you opened it. Look at it again.")
    case = states.write(_case(bulletin, pending), actor.id)
    if pending is None:
        await _write_version(session, bulletin, actor, read)
        return
    pending.state, pending.content = VersionState.DRAFT, read.model_dump(mode="json")
    pending.author_ids = sorted(str(author) for author in case.authors)
    pending.author_name, pending.written_at = actor.name, now()
    _add_event(session, bulletin, actor, BulletinEventKind.CHANGED, pending.number)


async def propose(session: AsyncSession, actor: Actor, bulletin_id: uuid.UUID) -> None:
    """Put the draft in front of a second person. Raises `NotAllowed`."""
    bulletin, pending = await _locked(session, bulletin_id)
    states.propose(_case(bulletin, pending))
    assert pending is not None
    pending.state = VersionState.PROPOSED
    _add_event(session, bulletin, actor, BulletinEventKind.PROPOSED, pending.number)


async def send_back(session: AsyncSession, actor: Actor, bulletin_id: uuid.UUID, why: str) -> None:
    """Return a proposal to its authors and say why. Raises `NotAllowed`."""
    bulletin, pending = await _locked(session, bulletin_id)
    states.send_back(_case(bulletin, pending))
    assert pending is not None
    pending.state = VersionState.DRAFT
    _add_event(session, bulletin, actor, BulletinEventKind.SENT_BACK, pending.number, {"why": why[:LONGEST_REASON]})


async def approve(
    session: AsyncSession, actor: Actor, bulletin_id: uuid.UUID, *, seen: dt.datetime, record: Record | None = None
) -> None:
    """Publish what somebody else has proposed, as it was when `seen`.

    Raises `NotAllowed`, `FourEyes`, `BulletinRefused` when its end has passed, `ChangedMeanwhile` when the words are
    not those that were read.
    """
    bulletin, pending = await _locked(session, bulletin_id)
    if bulletin.changed_at != seen:
        raise ChangedMeanwhile("The bulletin has been changed since you read it. Read it again before you approve it.")
    states.approve(_case(bulletin, pending), actor.id)
    assert pending is not None
    kind = await _publish(session, bulletin, pending, actor)
    _add_event(session, bulletin, actor, kind, pending.number)
    await _record(session, record, actor, f"bulletin.{kind}", bulletin, {"version": pending.number})


async def publish_alone(
    session: AsyncSession, actor: Actor, bulletin_id: uuid.UUID, reason: str, record: Record | None = None
) -> None:
    """Publish without a second person, in an emergency; the reason is kept and logged.

    Raises `NotAllowed`, `ReasonMissing`, `BulletinRefused` when its end has passed.
    """
    bulletin, pending = await _locked(session, bulletin_id)
    states.publish_alone(_case(bulletin, pending), reason)
    assert pending is not None
    kind = await _publish(session, bulletin, pending, actor)
    pending.emergency_reason = reason.strip()[:LONGEST_REASON]
    details = {"version": pending.number, "alone": True, "reason": pending.emergency_reason}
    _add_event(session, bulletin, actor, BulletinEventKind(f"{kind}_alone"), pending.number, details)
    await _record(session, record, actor, f"bulletin.{kind}_alone", bulletin, details)


async def withdraw(
    session: AsyncSession, actor: Actor, bulletin_id: uuid.UUID, reason: str, record: Record | None = None
) -> None:
    """Withdraw a published bulletin at once; the reason is for colleagues. Raises `NotAllowed`, `ReasonMissing`."""
    bulletin, pending = await _locked(session, bulletin_id)
    case = states.withdraw(_case(bulletin, pending), reason)
    if pending is not None:
        pending.state = VersionState.DISCARDED
    bulletin.state, bulletin.pending = case.state, None
    bulletin.updates += 1
    details = {"reason": reason.strip()[:LONGEST_REASON]}
    _add_event(session, bulletin, actor, BulletinEventKind.WITHDRAWN, bulletin.published, details)
    await _record(session, record, actor, "bulletin.withdrawn", bulletin, details)


async def end_now(session: AsyncSession, actor: Actor, bulletin_id: uuid.UUID, record: Record | None = None) -> None:
    """End a published bulletin before its time; it was right and is over. Raises `NotAllowed`."""
    bulletin, pending = await _locked(session, bulletin_id)
    states.require_published(_case(bulletin, pending))
    at = now()
    assert bulletin.ends_at is not None
    bulletin.ends_at = min(bulletin.ends_at, at)
    bulletin.starts_at = min(bulletin.starts_at or at, bulletin.ends_at)
    _add_event(session, bulletin, actor, BulletinEventKind.ENDED, bulletin.published)
    await _record(session, record, actor, "bulletin.ended", bulletin, {})


async def discard(session: AsyncSession, actor: Actor, bulletin_id: uuid.UUID) -> None:
    """Discard the pending version; what is published stays. Raises `NotAllowed`."""
    bulletin, pending = await _locked(session, bulletin_id)
    case = states.discard(_case(bulletin, pending))
    assert pending is not None
    pending.state = VersionState.DISCARDED
    bulletin.state, bulletin.pending = case.state, None
    _add_event(session, bulletin, actor, BulletinEventKind.DISCARDED, pending.number)


async def _locked(session: AsyncSession, bulletin_id: uuid.UUID) -> tuple[Bulletin, BulletinVersion | None]:
    bulletin = await session.get(Bulletin, bulletin_id, with_for_update=True, populate_existing=True)
    if bulletin is None:
        raise NoSuchBulletin("There is no such bulletin.")
    if bulletin.pending is None:
        return bulletin, None
    return bulletin, await session.get_one(
        BulletinVersion, {"bulletin_id": bulletin_id, "number": bulletin.pending}, populate_existing=True
    )


def _case(bulletin: Bulletin, pending: BulletinVersion | None) -> states.Case:
    authors = pending.author_ids if pending is not None else []
    return states.Case(
        state=bulletin.state,
        pending=pending.state if pending is not None else None,
        authors=frozenset(map(uuid.UUID, authors)),
    )


async def _write_version(session: AsyncSession, bulletin: Bulletin, actor: Actor, content: BulletinContent) -> None:
    last = await session.scalar(
        select(func.max(BulletinVersion.number)).where(BulletinVersion.bulletin_id == bulletin.id)
    )
    version = BulletinVersion(
        bulletin_id=bulletin.id,
        number=(last or 0) + 1,
        state=VersionState.DRAFT,
        content=content.model_dump(mode="json"),
        author_ids=[str(actor.id)],
        author_name=actor.name,
        written_at=now(),
    )
    session.add(version)
    bulletin.pending = version.number
    _add_event(session, bulletin, actor, BulletinEventKind.WRITTEN, version.number)
    await session.flush()


async def _publish(
    session: AsyncSession, bulletin: Bulletin, version: BulletinVersion, actor: Actor
) -> BulletinEventKind:
    """Put the version in force; returns `PUBLISHED`, or `CORRECTED` where it replaces another."""
    content = read_content(version.content)
    at = now()
    if content.ends_at <= at:
        raise BulletinRefused("The end of this bulletin has passed. Give it a later end first.")
    if bulletin.published is not None:
        before = await session.get_one(BulletinVersion, {"bulletin_id": bulletin.id, "number": bulletin.published})
        before.state = VersionState.REPLACED
    kind = BulletinEventKind.PUBLISHED if bulletin.published is None else BulletinEventKind.CORRECTED
    version.state, version.published_at = VersionState.PUBLISHED, at
    version.approver_id, version.approver_name = actor.id, actor.name
    bulletin.state, bulletin.published, bulletin.pending = BulletinState.PUBLISHED, version.number, None
    bulletin.starts_at, bulletin.ends_at = content.starts_at, content.ends_at
    bulletin.first_published_at = bulletin.first_published_at or at
    bulletin.updates += 1
    return kind


def _add_event(
    session: AsyncSession,
    bulletin: Bulletin,
    actor: Actor,
    kind: BulletinEventKind,
    version: int | None,
    details: dict[str, Any] | None = None,
) -> None:
    at = now()
    bulletin.changed_at = max(at, bulletin.changed_at + dt.timedelta(microseconds=1))
    session.add(
        BulletinEvent(
            bulletin_id=bulletin.id,
            version=version,
            kind=kind,
            actor_id=actor.id,
            actor_name=actor.name,
            details=details or {},
            created_at=at,
        )
    )


async def _record(
    session: AsyncSession,
    record: Record | None,
    actor: Actor,
    action: str,
    bulletin: Bulletin,
    details: Mapping[str, Any],
) -> None:
    if record is not None:
        await record(session, actor, action, f"bulletin {bulletin.id}", details)
