"""Beside the road: what a signed-in person does is written into the audit log, in the form that other parts ask for."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from gateway.accounts import audit
from gateway.acting import Actor


async def record(session: AsyncSession, actor: Actor, action: str, subject: str, details: Mapping[str, Any]) -> None:
    """An entry of the audit log by this person; see `gateway.acting.Record`."""
    await audit.record(session, actor.id, action, subject, details)
