"""Accounts: the audit log in the form of `core.audit_context.Record`, for features below accounts."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from gateway.accounts import audit
from gateway.core.audit_context import Actor


async def record(session: AsyncSession, actor: Actor, action: str, subject: str, details: Mapping[str, Any]) -> None:
    """Record an action of this person in the audit log; see `gateway.core.audit_context.Record`."""
    await audit.record(session, actor.id, action, subject, details)
