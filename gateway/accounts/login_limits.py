"""Accounts: limits on sign-in attempts, counted in the database for all processes, before a secret is checked.

An attempt counts when it begins: a thousand concurrent guesses are a thousand attempts.
"""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from fastapi import Request
from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.accounts.models import LoginLimit
from gateway.core.config.settings import Settings
from gateway.core.database import now, upsert
from gateway.core.http.client_ip import client_address
from gateway.core.keyring import Keyring

# NIST SP 800-63B 5.2.2 allows at most 100 attempts; ours are delayed longer with each.
RESET_AFTER = dt.timedelta(hours=1)
FIRST_WAIT = 30.0  # seconds, doubled with each attempt
MAX_WAIT = 900.0


class AttemptKind(StrEnum):
    """What an attempt is counted for: an account, a second factor, a client address, or an invitation's code."""

    ACCOUNT = "account"
    FACTOR = "factor"
    ADDRESS = "address"
    CODE = "code"


# Attempts before the first delay. A police station may have one address for all.
FREE_ATTEMPTS = {AttemptKind.ACCOUNT: 5, AttemptKind.FACTOR: 5, AttemptKind.ADDRESS: 50, AttemptKind.CODE: 20}


@dataclass(frozen=True)
class Attempt:
    """One thing that an attempt is counted for."""

    kind: AttemptKind
    value: str

    def key(self, keyring: Keyring) -> bytes:
        """Its blind index in the table, which reveals neither name nor address."""
        return keyring.fingerprint(f"throttle_{self.kind}", self.value)


def address_of(request: Request, settings: Settings) -> str:
    """The client's address; behind our own proxy, the one that the proxy reports."""
    peer = request.client.host if request.client else "?"
    return client_address(peer, request.headers.get("x-forwarded-for", ""), settings.proxies)


async def begin_attempt(session: AsyncSession, keyring: Keyring, *attempts: Attempt) -> float:
    """Count one attempt of each; returns 0, or for how many seconds no attempt is allowed."""
    at = now()
    kinds = {each.key(keyring): each.kind for each in attempts}
    for key in sorted(kinds):  # in one order everywhere, which prevents deadlocks
        values = {"key_fingerprint": key, "attempts": 0, "attempted_at": at, "blocked_until": at}
        await session.execute(upsert(session, LoginLimit).values(**values).on_conflict_do_nothing())
    query = select(LoginLimit).where(LoginLimit.key_fingerprint.in_(kinds))
    rows = (await session.scalars(query.order_by(LoginLimit.key_fingerprint).with_for_update())).all()
    wait = max((row.blocked_until - at).total_seconds() for row in rows)
    if wait > 0:
        return wait
    for row in rows:
        row.attempts = 1 if at - row.attempted_at > RESET_AFTER else row.attempts + 1
        row.attempted_at = at
        over = row.attempts - FREE_ATTEMPTS[kinds[row.key_fingerprint]]
        if over >= 0:
            row.blocked_until = at + dt.timedelta(seconds=min(FIRST_WAIT * 2 ** min(over, 10), MAX_WAIT))
    return 0.0


async def record_success(session: AsyncSession, keyring: Keyring, *attempts: Attempt) -> None:
    """The secret was right: reset the counts, and give the address its attempt back."""
    for each in sorted(attempts, key=lambda one: one.key(keyring)):
        mine = LoginLimit.key_fingerprint == each.key(keyring)
        if each.kind == AttemptKind.ADDRESS:
            back = update(LoginLimit).where(mine, LoginLimit.attempts > 0)
            await session.execute(back.values(attempts=LoginLimit.attempts - 1, blocked_until=now()))
        else:
            await session.execute(delete(LoginLimit).where(mine))
