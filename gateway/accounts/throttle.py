"""Under accounts: how often somebody may try. Counted in the database, for all processes, before a secret is looked at.

A try counts when it begins: a thousand guesses at once are a thousand tries, not one that nobody has counted yet.
"""

import datetime as dt
from dataclasses import dataclass

from fastapi import Request
from sqlalchemy import delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.accounts.models import SignInThrottle
from gateway.client_address import client_address
from gateway.conversations.keys import Keyring
from gateway.database import now
from gateway.settings import Settings

# NIST SP 800-63B 5.2.2 allows 100 tries at most; ours come slower with each.
FORGET_AFTER = dt.timedelta(hours=1)
FIRST_WAIT = 30.0
LONGEST_WAIT = 900.0
# A police station may have one address for everybody.
FREE_TRIES = {"account": 5, "factor": 5, "address": 50, "code": 20}


@dataclass(frozen=True)
class Tried:
    """What is being tried: an account, a second factor, from an address."""

    kind: str
    value: str

    def key(self, keyring: Keyring) -> bytes:
        """How the table knows it: neither name nor address can be read there."""
        return keyring.fingerprint(f"throttle_{self.kind}", self.value)


def address_of(request: Request, settings: Settings) -> str:
    """The address that a request comes from; behind our own proxy, the one that the proxy saw."""
    peer = request.client.host if request.client else "?"
    return client_address(peer, request.headers.get("x-forwarded-for", ""), settings.proxies)


async def begin_try(session: AsyncSession, keyring: Keyring, *tried: Tried) -> float:
    """Count one try of each; returns 0, or for how many seconds nothing may be tried."""
    at = now()
    kinds = {each.key(keyring): each.kind for each in tried}
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    for key in sorted(kinds):  # in one order everywhere, so that nobody waits in a circle
        values = {"key_fingerprint": key, "tries": 0, "tried_at": at, "waits_until": at}
        await session.execute(insert(SignInThrottle).values(**values).on_conflict_do_nothing())
    wanted = select(SignInThrottle).where(SignInThrottle.key_fingerprint.in_(kinds))
    rows = (await session.scalars(wanted.order_by(SignInThrottle.key_fingerprint).with_for_update())).all()
    wait = max((row.waits_until - at).total_seconds() for row in rows)
    if wait > 0:
        return wait
    for row in rows:
        row.tries = 1 if at - row.tried_at > FORGET_AFTER else row.tries + 1
        row.tried_at = at
        over = row.tries - FREE_TRIES[kinds[row.key_fingerprint]]
        if over >= 0:
            row.waits_until = at + dt.timedelta(seconds=min(FIRST_WAIT * 2 ** min(over, 10), LONGEST_WAIT))
    return 0.0


async def succeeded(session: AsyncSession, keyring: Keyring, *tried: Tried) -> None:
    """The secret was right: what was tried begins anew, and an address gets its try back."""
    for each in sorted(tried, key=lambda one: one.key(keyring)):
        mine = SignInThrottle.key_fingerprint == each.key(keyring)
        if each.kind == "address":
            back = update(SignInThrottle).where(mine, SignInThrottle.tries > 0)
            await session.execute(back.values(tries=SignInThrottle.tries - 1, waits_until=now()))
        else:
            await session.execute(delete(SignInThrottle).where(mine))
