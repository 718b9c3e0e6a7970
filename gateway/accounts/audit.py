"""Accounts: the append-only audit log. Each entry's hash covers the entry before it.

Entries are appended just before their transaction commits: the row of the head is then the last lock that any
transaction takes, so writers cannot deadlock.
"""

import datetime as dt
import hashlib
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import structlog
from sqlalchemy import event, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session

from gateway.accounts.models import AuditEntry, AuditHead
from gateway.core.database import now
from gateway.core.keyring import Keyring

log = structlog.get_logger()

BEGINNING = bytes(32)  # the hash before the first entry
_WAITING = "audit_entries"
_HEAD = 1
_BATCH = 1000


@dataclass(frozen=True)
class Record:
    """An entry to be written when its transaction commits."""

    actor: str
    action: str
    subject: str
    details: str


def canonical(details: Mapping[str, Any]) -> str:
    """Canonical JSON, as it is hashed: sorted keys, no spaces, ASCII."""
    return json.dumps(details, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False, default=str)


def entry_hash(number: int, at: dt.datetime, record: Record, previous: bytes) -> bytes:
    """SHA-256 of the previous hash and a JSON list of every field."""
    fields = [number, at.astimezone(dt.UTC).isoformat(timespec="microseconds")]
    content = json.dumps([*fields, record.actor, record.action, record.subject, record.details], ensure_ascii=True)
    return hashlib.sha256(previous + content.encode()).digest()


def conversation_subject(keyring: Keyring, conversation_id: uuid.UUID) -> str:
    """How entries name a conversation: by a keyed hash of its id.

    It names nobody and leads to no table, and still is the same when the conversation has been erased.
    """
    return f"conversation {keyring.fingerprint('audit_conversation', conversation_id.hex).hex()}"


async def record(
    session: AsyncSession, actor: uuid.UUID | str, action: str, subject: str, details: Mapping[str, Any] | None = None
) -> None:
    """Record an action; the entry is written when, and only when, this transaction commits.

    `actor` is a person's id or a name such as "operator"; `subject` is the id of what was acted on. No text, name or
    number of a citizen belongs here. Do not call inside a savepoint that may be rolled back.
    """
    entry = Record(str(actor)[:64], action, subject[:128], canonical(details or {}))
    session.info.setdefault(_WAITING, []).append(entry)


@event.listens_for(Session, "before_commit")
def _append(session: Session) -> None:
    if session.in_nested_transaction():
        return
    records: list[Record] = session.info.pop(_WAITING, [])
    if not records:
        return
    session.flush()
    head = session.scalars(select(AuditHead).where(AuditHead.id == _HEAD).with_for_update()).one()
    for each in records:
        at = now()
        number, previous = head.number + 1, head.hash
        digest = entry_hash(number, at, each, previous)
        values = {"actor": each.actor, "action": each.action, "subject": each.subject, "details": each.details}
        session.add(AuditEntry(number=number, at=at, previous_hash=previous, hash=digest, **values))
        head.number, head.hash = number, digest
    session.flush()
    # Outside the database, so that a truncated and rewritten log can be detected.
    log.info("audit_head", number=head.number, hash=head.hash.hex())


@dataclass(frozen=True)
class Verdict:
    """The result of a verification; `problem` is a sentence about the first invalid entry."""

    entries: int
    head: str
    problem: str | None = None


async def verify(session: AsyncSession, known_number: int | None = None, known_hash: str | None = None) -> Verdict:
    """Recompute the whole chain; `known_number` and `known_hash`, noted elsewhere earlier, must be in it."""
    previous, last, seen = BEGINNING, 0, known_number is None
    while True:
        # The head is read first: its entry is then among the entries, even while others are appended.
        head = await session.get(AuditHead, _HEAD, populate_existing=True)
        if not (entries := await _batch(session, last)):
            break
        for entry in entries:
            if problem := _broken(entry, last + 1, previous):
                return Verdict(last, previous.hex(), problem)
            previous, last = entry.hash, entry.number
            if last == known_number:
                seen = True
                if known_hash is not None and previous.hex() != known_hash:
                    return Verdict(last, previous.hex(), f"Entry {last} is not the one whose hash was noted.")
        session.expunge_all()
    problem = _cut(head, last, previous)
    if problem is None and not seen:
        problem = f"Entry {known_number}, which was noted, is missing: the log ends at entry {last}."
    return Verdict(last, previous.hex(), problem)


async def _batch(session: AsyncSession, after: int) -> list[AuditEntry]:
    query = select(AuditEntry).where(AuditEntry.number > after).order_by(AuditEntry.number).limit(_BATCH)
    return list(await session.scalars(query))


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
