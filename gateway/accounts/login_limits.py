"""Accounts: limits on sign-in attempts, counted in the database for all processes, before a secret is checked.

An attempt counts when it begins: a thousand concurrent guesses are a thousand attempts. It counts for its source, so
that wrong tries of one keep no other out, and only very many of very many for the account; a browser in which the
person has signed in before (`known_devices`) is counted by itself. What failed is recorded in the audit log each time
its number has doubled, so that nobody can fill it.
"""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from fastapi import Request
from sqlalchemy import case, update
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.accounts.models import LoginLimit
from gateway.core.config.settings import Settings
from gateway.core.database import now, upsert
from gateway.core.http.client_ip import client_address, network_of
from gateway.core.keyring import Keyring

# NIST SP 800-63B 5.2.2 allows at most 100 attempts; ours are delayed longer with each.
RESET_AFTER = dt.timedelta(hours=1)
FIRST_WAIT = 30.0  # seconds, doubled with each attempt
MAX_WAIT = 900.0


class AttemptKind(StrEnum):
    """What an attempt is counted for: an account from one source, and from all; a known device; a factor; and so on."""

    ACCOUNT = "account"
    EVERYWHERE = "everywhere"
    DEVICE = "device"
    FACTOR = "factor"
    ADDRESS = "address"
    CODE = "code"
    FAILED = "failed"


# Attempts before the first delay. A police station may have one address for all.
FREE_ATTEMPTS = {
    AttemptKind.ACCOUNT: 5,
    AttemptKind.EVERYWHERE: 50,
    AttemptKind.DEVICE: 5,
    AttemptKind.FACTOR: 5,
    AttemptKind.ADDRESS: 50,
    AttemptKind.CODE: 20,
}


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


def attempts_of(login: str, epoch: int, address: str, device: str | None) -> tuple[Attempt, ...]:
    """What a password's try is counted for; `device` names a browser that this account knows, `epoch` its unlocking."""
    if device is not None:
        return (Attempt(AttemptKind.DEVICE, f"{login} {epoch} {device}"),)
    source = network_of(address)
    return (
        Attempt(AttemptKind.ACCOUNT, f"{login} {epoch} {source}"),
        Attempt(AttemptKind.EVERYWHERE, f"{login} {epoch}"),
        Attempt(AttemptKind.ADDRESS, source),
    )


async def begin_attempt(session: AsyncSession, keyring: Keyring, *attempts: Attempt) -> float:
    """Count one attempt of each; returns 0, or for how many seconds no attempt is allowed."""
    kinds = {each.key(keyring): each.kind for each in attempts}
    # In one order everywhere, which prevents deadlocks.
    rows = [await _locked(session, key, now()) for key in sorted(kinds)]
    at = now()  # only now: whoever held the rows may have ended a wait
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


async def _locked(session: AsyncSession, key: bytes, at: dt.datetime) -> LoginLimit:
    """The row of a key, made where there is none, and locked in the same statement: nobody can delete it in between."""
    values = {"key_fingerprint": key, "attempts": 0, "attempted_at": at, "blocked_until": at}
    statement = upsert(session, LoginLimit).values(**values)
    statement = statement.on_conflict_do_update(
        index_elements=["key_fingerprint"], set_={"attempts": LoginLimit.attempts}
    )
    returned = await session.scalars(statement.returning(LoginLimit), execution_options={"populate_existing": True})
    row: LoginLimit = returned.one()
    return row


async def record_success(session: AsyncSession, keyring: Keyring, *attempts: Attempt) -> None:
    """The secret was right: reset the counts, and give the address its attempt back."""
    for each in sorted(attempts, key=lambda one: one.key(keyring)):
        mine = update(LoginLimit).where(LoginLimit.key_fingerprint == each.key(keyring), LoginLimit.attempts > 0)
        left = LoginLimit.attempts - 1 if each.kind == AttemptKind.ADDRESS else 0
        await session.execute(mine.values(attempts=left, blocked_until=now()))


async def count_failure(session: AsyncSession, keyring: Keyring, who: str) -> int | None:
    """Count a failed try at an account, or at `unknown` ones; returns how many it were where that is to be recorded.

    It is at 1, 2, 4, 8 …, anew after an hour without.
    """
    at = now()
    key = Attempt(AttemptKind.FAILED, who).key(keyring)
    values = {"key_fingerprint": key, "attempts": 1, "attempted_at": at, "blocked_until": at}
    rested = LoginLimit.attempted_at < at - RESET_AFTER
    more = {"attempts": case((rested, 1), else_=LoginLimit.attempts + 1), "attempted_at": at}
    counted = upsert(session, LoginLimit).values(**values)
    counted = counted.on_conflict_do_update(index_elements=["key_fingerprint"], set_=more)
    tries: int = (await session.execute(counted.returning(LoginLimit.attempts))).scalar_one()
    return tries if tries & (tries - 1) == 0 else None
