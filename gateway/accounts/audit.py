"""Accounts: the append-only audit log. Each entry's hash covers the entry before it.

Entries are appended just before their transaction commits: the row of the head is then the last lock that any
transaction takes, so writers cannot deadlock.
"""

import datetime as dt
import hashlib
import json
import re
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

_WAITING = "audit_entries"
HEAD = 1  # the row of `AuditHead`
_NUMBER = re.compile("[0-9a-f]{32}")  # of a conversation in the log
_ID = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


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


def named_conversation(keyring: Keyring, written: str) -> str | None:
    """How entries name the conversation that somebody writes down: its page's address, its id, or its number here."""
    known = _NUMBER.fullmatch(written.strip().removeprefix("conversation ").lower())
    if known:
        return f"conversation {known.group()}"
    found = _ID.search(written)
    return conversation_subject(keyring, uuid.UUID(found.group())) if found else None


async def record(
    session: AsyncSession, actor: uuid.UUID | str, action: str, subject: str, details: Mapping[str, Any] | None = None
) -> None:
    """Record an action; the entry is written when, and only when, this transaction commits.

    `actor` is a person's id or a name such as "operator"; `subject` is the id of what was acted on. No text, name or
    number of a citizen belongs here. Do not call inside a savepoint that may be rolled back.
    """
    # A path that somebody tried may hold what PostgreSQL does not store.
    plain = "".join(each if each.isprintable() else "\ufffd" for each in subject[:128])
    entry = Record(str(actor)[:64], action, plain, canonical(details or {}))
    session.info.setdefault(_WAITING, []).append(entry)


@event.listens_for(Session, "before_commit")
def _append(session: Session) -> None:
    if session.in_nested_transaction():
        return
    records: list[Record] = session.info.pop(_WAITING, [])
    if not records:
        return
    session.flush()
    head = session.scalars(select(AuditHead).where(AuditHead.id == HEAD).with_for_update()).one()
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
