"""Handover: labels, from a closed list in the content folder, so that nobody's name becomes one."""

import uuid
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path

import yaml
from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from answers.content import signature_of
from gateway.database import now
from gateway.errors import NothingWritten
from gateway.handover.models import ConversationLabel
from gateway.handover.officers import Officer
from gateway.handover.queue import add_event, locked
from gateway.service import Service


def offered_labels(content_dir: Path) -> Mapping[str, Mapping[str, str]]:
    """The labels of `labels.yml`, each with its title in fi, sv and en."""
    path = content_dir / "labels.yml"
    return _parsed(path, signature_of(path))


@lru_cache(maxsize=4)
def _parsed(path: Path, _: tuple[int, int]) -> Mapping[str, Mapping[str, str]]:
    """Read again only when the file has changed."""
    loaded: dict[str, dict[str, str]] = yaml.safe_load(path.read_text("utf-8"))
    return loaded


async def add_label(
    session: AsyncSession, service: Service, officer: Officer, conversation_id: uuid.UUID, label: str
) -> None:
    """Put a label on a conversation; raises `NothingWritten` for one that is not offered."""
    if label not in offered_labels(service.content):
        raise NothingWritten(f"There is no label {label!r}: choose one of the list.")
    await locked(session, conversation_id)
    if await session.get(ConversationLabel, (conversation_id, label)) is not None:
        return
    session.add(
        ConversationLabel(conversation_id=conversation_id, label=label, officer_id=officer.id, created_at=now())
    )
    add_event(session, conversation_id, "labelled", officer.actor, name=officer.name, label=label)
    service.signals.send(session, "conversation", conversation_id.hex)


async def remove_label(
    session: AsyncSession, service: Service, officer: Officer, conversation_id: uuid.UUID, label: str
) -> None:
    """Take a label away."""
    await locked(session, conversation_id)
    gone = await session.scalar(
        delete(ConversationLabel)
        .where(ConversationLabel.conversation_id == conversation_id, ConversationLabel.label == label)
        .returning(ConversationLabel.label)
    )
    if gone is not None:
        add_event(session, conversation_id, "unlabelled", officer.actor, name=officer.name, label=label)
        service.signals.send(session, "conversation", conversation_id.hex)


async def labels_of(session: AsyncSession, conversation_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, tuple[str, ...]]:
    """The labels of these conversations, in one question."""
    found: dict[uuid.UUID, tuple[str, ...]] = {}
    rows = await session.execute(
        select(ConversationLabel.conversation_id, ConversationLabel.label)
        .where(ConversationLabel.conversation_id.in_(conversation_ids))
        .order_by(ConversationLabel.label)
    )
    for row in rows:
        found[row.conversation_id] = (*found.get(row.conversation_id, ()), row.label)
    return found
