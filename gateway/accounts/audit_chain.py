"""Accounts: verifying the chain of the audit log, and deleting its oldest entries so that the rest stays verifiable."""

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.accounts import audit
from gateway.accounts.audit import HEAD, Record, entry_hash
from gateway.accounts.models import AuditEntry, AuditHead
from gateway.core.database import now, upsert

BEGINNING = bytes(32)  # the hash before the first entry
PRUNED = "audit_pruned"
_BASE = 2  # the row of `AuditHead` that names the last deleted entry
_BATCH = 1000
_MAX_PRUNED = 20_000  # in one round of retention


@dataclass(frozen=True)
class Verdict:
    """The result of a verification; `problem` is a sentence about the first invalid entry."""

    entries: int
    head: str
    problem: str | None = None


async def verify(session: AsyncSession, noted: Mapping[int, str | None] | None = None) -> Verdict:
    """Recompute the whole chain; the entries `noted` elsewhere earlier, hashes by number, must be in it."""
    base = await session.get(AuditHead, _BASE, populate_existing=True)
    first = base.number if base else 0
    previous, last, explained = (base.hash, first, False) if base else (BEGINNING, 0, True)
    left = {number: digest for number, digest in (noted or {}).items() if number > first}
    while True:
        # The head is read first: its entry is then among the entries, even while others are appended.
        head = await session.get(AuditHead, HEAD, populate_existing=True)
        if not (entries := await _batch(session, last)):
            break
        for entry in entries:
            if problem := _broken(entry, last + 1, previous):
                return Verdict(last, previous.hex(), problem)
            previous, last = entry.hash, entry.number
            explained = explained or (base is not None and _explains(entry, base))
            if last in left and (digest := left.pop(last)) is not None and previous.hex() != digest:
                return Verdict(last, previous.hex(), f"Entry {last} is not the one whose hash was noted.")
        session.expunge_all()
    problem = _cut(head, last, previous)
    if problem is None and not explained:
        problem = f"Entry 1 to {first} is missing, and no entry says that their time was over."
    if problem is None and left:
        problem = f"Entry {min(left)}, which was noted, is missing: the log ends at entry {last}."
    return Verdict(last, previous.hex(), problem)


async def prune(session: AsyncSession, days: int) -> int:
    """Delete the entries that are older than this, the oldest first; returns how many.

    The chain then begins at the entry after them. An entry of the log names the last one that was deleted, so that
    whoever cuts the beginning off in another way is found.
    """
    base = await session.get(AuditHead, _BASE, with_for_update=True)
    first = base.number if base else 0
    old = select(AuditEntry).where(AuditEntry.at < now() - dt.timedelta(days=days), AuditEntry.number > first)
    last = await session.scalar(
        old.where(AuditEntry.number <= first + _MAX_PRUNED).order_by(AuditEntry.number.desc()).limit(1)
    )
    if last is None:
        return 0
    values = {"number": last.number, "hash": last.hash}
    row = upsert(session, AuditHead).values(id=_BASE, **values)
    await session.execute(row.on_conflict_do_update(index_elements=["id"], set_=values))
    await session.execute(delete(AuditEntry).where(AuditEntry.number <= last.number))
    details = {"to": last.number, "hash": last.hash.hex(), "days": days}
    await audit.record(session, "retention", PRUNED, "audit", details)
    return last.number - first


async def _batch(session: AsyncSession, after: int) -> list[AuditEntry]:
    query = select(AuditEntry).where(AuditEntry.number > after).order_by(AuditEntry.number).limit(_BATCH)
    return list(await session.scalars(query))


def _explains(entry: AuditEntry, base: AuditHead) -> bool:
    if entry.action != PRUNED:
        return False
    details = json.loads(entry.details)
    return bool(details.get("to") == base.number and details.get("hash") == base.hash.hex())


def _broken(entry: AuditEntry, expected: int, previous: bytes) -> str | None:
    if entry.number != expected:
        missing = str(expected) if entry.number == expected + 1 else f"{expected} to {entry.number - 1}"
        return f"Entry {missing} is missing: entry {entry.number} follows directly on entry {expected - 1}."
    if entry.previous_hash != previous:
        return f"Entry {entry.number} does not follow on entry {expected - 1}: one of them was exchanged."
    content = Record(entry.actor, entry.action, entry.subject, entry.details)
    if entry.hash != entry_hash(entry.number, entry.at, content, previous):
        return f"Entry {entry.number} was changed after it was written ({entry.action}, {entry.at:%Y-%m-%d %H:%M} UTC)."
    return None


def _cut(head: AuditHead | None, last: int, previous: bytes) -> str | None:
    if head is None:
        return "The head row is missing: it cannot be said whether entries were removed at the end."
    if head.number > last:
        return f"Entry {last + 1} is missing: the log ends at entry {last}, but {head.number} were written."
    if head.number < last or head.hash != previous:
        return f"The head row does not name the last entry ({last}): it was changed."
    return None
