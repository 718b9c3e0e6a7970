"""The API, tokens: made and revoked by an operator, looked up by a keyed hash, limited in rate for all processes.

A token is shown once. What is stored is its keyed hash under the index key, of no use without the data key.
"""

import datetime as dt
import secrets
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.accounts import audit
from gateway.api.errors import ApiNotAllowed, ApiTooOften, ApiUnauthorized
from gateway.api.kinds import Scope
from gateway.api.models import ApiToken
from gateway.core.database import now
from gateway.core.keyring import Keyring
from gateway.core.models import LimitScope
from gateway.core.rate_limit import Rate, take_tokens, timestamp

PREFIX: Final = "neuvo_"  # by which scanners of secrets find one in a repository
LONGEST_LIFE: Final = 366  # days
RATE: Final = Rate(60, 1.0)  # a minute's requests at once, then one each second
_USED_EVERY: Final = dt.timedelta(hours=1)
_KIND: Final = "api_token"
_BYTES: Final = 32


@dataclass(frozen=True)
class Integrator:
    """Who asks: the token's id, by which logs name it, and what it may be used for."""

    id: uuid.UUID
    scopes: frozenset[Scope]

    @property
    def actor(self) -> str:
        """How the audit log and a conversation's events name it."""
        return f"api:{self.id}"


async def make(
    session: AsyncSession, keyring: Keyring, name: str, scopes: Iterable[Scope], days: int
) -> tuple[ApiToken, str]:
    """A new token, as its row and in clear; raises `ValueError` without a name or scope, or for more than a year."""
    wanted = sorted(set(scopes))
    if not name.strip() or len(name) > 80 or not wanted:
        raise ValueError("A token needs a name of at most 80 characters and at least one scope.")
    if not 1 <= days <= LONGEST_LIFE:
        raise ValueError(f"A token lives from 1 to {LONGEST_LIFE} days.")
    token = PREFIX + secrets.token_urlsafe(_BYTES)
    row = ApiToken(
        id=uuid.uuid4(),
        name=name.strip(),
        token_fingerprint=keyring.fingerprint(_KIND, token),
        scopes=[str(each) for each in wanted],
        created_at=now(),
        ends_at=now() + dt.timedelta(days=days),
    )
    session.add(row)
    await audit.record(session, "operator", "api_token_made", str(row.id), {"scopes": row.scopes, "days": days})
    return row, token


async def revoke(session: AsyncSession, token_id: uuid.UUID) -> bool:
    """Make the token useless from now on; returns whether it was of use."""
    row = await session.get(ApiToken, token_id, with_for_update=True)
    if row is None or row.revoked_at is not None:
        return False
    row.revoked_at = now()
    await audit.record(session, "operator", "api_token_revoked", str(row.id))
    return True


async def every(session: AsyncSession) -> Sequence[ApiToken]:
    """All tokens, the newest first."""
    return (await session.scalars(select(ApiToken).order_by(ApiToken.created_at.desc()))).all()


async def find(session: AsyncSession, keyring: Keyring, token: str, needed: Scope) -> Integrator:
    """Who holds this token, one request of its rate taken.

    Raises `ApiUnauthorized` for one that is unknown, expired or revoked, `ApiNotAllowed` without the scope,
    `ApiTooOften`.
    """
    row = await session.scalar(select(ApiToken).where(ApiToken.token_fingerprint == keyring.fingerprint(_KIND, token)))
    if row is None or row.revoked_at is not None or row.ends_at <= now():
        raise ApiUnauthorized("token_refused")
    scopes = frozenset(Scope(each) for each in row.scopes if each in Scope)
    if needed not in scopes:
        raise ApiNotAllowed("scope_missing", scope=needed)
    if not await take_tokens(session, LimitScope.API, {row.id.hex: 1}, RATE, timestamp()):
        raise ApiTooOften("too_often")
    if row.used_at is None or row.used_at < now() - _USED_EVERY:
        row.used_at = now()
        # Reading leaves a trace here too. Each request would be too many: states are asked for again and again.
        await audit.record(session, Integrator(row.id, scopes).actor, "api_read", str(row.id), {"scope": needed})
    return Integrator(row.id, scopes)
