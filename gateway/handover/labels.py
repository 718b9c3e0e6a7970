"""Handover: labels of conversations, from a closed list in the content folder, so that no name becomes one."""

import uuid
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path

import yaml
from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from answers.content import signature_of
from gateway.conversations.kinds import EventKind
from gateway.conversations.repository import add_event, locked
from gateway.core.actors import Officer
from gateway.core.database import now
from gateway.handover.errors import HandoverTextRefused
from gateway.handover.models import ConversationLabel
from gateway.outbox.templates import OutboxContext


def offered_labels(content_dir: Path) -> Mapping[str, Mapping[str, str]]:
    """The labels of `labels.yml`, each with its title in fi, sv and en."""
    path = content_dir / "labels.yml"
    return _parse_file(path, signature_of(path))


@lru_cache(maxsize=4)
def _parse_file(path: Path, _: tuple[int, int]) -> Mapping[str, Mapping[str, str]]:
    """The file, parsed again only when it has changed."""
    loaded: dict[str, dict[str, str]] = yaml.safe_load(path.read_text("utf-8"))
    return loaded


async def add_label(
    session: AsyncSession, service: OutboxContext, officer: Officer, conversation_id: uuid.UUID, label: str
) -> None:
    """Label a conversation; raises `HandoverTextRefused` for a label that is not offered."""
    if label not in offered_labels(service.content):
        raise HandoverTextRefused("unknown_label", label=label)
    await locked(session, conversation_id)
    if await session.get(ConversationLabel, (conversation_id, label)) is not None:
        return
    session.add(
        ConversationLabel(conversation_id=conversation_id, label=label, officer_id=officer.id, created_at=now())
    )
    add_event(session, conversation_id, EventKind.LABELLED, officer.actor, name=officer.name, label=label)
    service.signals.send(session, "conversation", conversation_id.hex)


async def remove_label(
    session: AsyncSession, service: OutboxContext, officer: Officer, conversation_id: uuid.UUID, label: str
) -> None:
    """Remove a label from a conversation."""
    await locked(session, conversation_id)
    removed = await session.scalar(
        delete(ConversationLabel)
        .where(ConversationLabel.conversation_id == conversation_id, ConversationLabel.label == label)
        .returning(ConversationLabel.label)
    )
    if removed is not None:
        add_event(session, conversation_id, EventKind.UNLABELLED, officer.actor, name=officer.name, label=label)
        service.signals.send(session, "conversation", conversation_id.hex)


async def labels_of(session: AsyncSession, conversation_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, tuple[str, ...]]:
    """The labels of these conversations, in one query."""
    found: dict[uuid.UUID, tuple[str, ...]] = {}
    rows = await session.execute(
        select(ConversationLabel.conversation_id, ConversationLabel.label)
        .where(ConversationLabel.conversation_id.in_(conversation_ids))
        .order_by(ConversationLabel.label)
    )
    for row in rows:
        found[row.conversation_id] = (*found.get(row.conversation_id, ()), row.label)
    return found
