"""Accounts: one-time codes of an authenticator application (TOTP, RFC 6238), each valid once."""

import time

import pyotp
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.accounts.models import StaffPerson
from gateway.accounts.tokens import same
from gateway.core.crypto import seal, unseal
from gateway.core.keyring import Keyring

ISSUER = "Neuvo"
STEP = 30  # seconds
# RFC 6238 5.2: one step back for the network delay, one ahead for a fast clock.
_STEPS = (0, -1, 1)
_SECRET = "staff_person.code_secret_sealed"  # noqa: S105  # the column's name


def new_secret() -> str:
    """A new secret: 160 random bits in base32, the format of authenticator applications."""
    return pyotp.random_base32()


def matching_step(secret: str, code: str) -> int | None:
    """The time step of a code that is valid now, or None."""
    given = "".join(code.split())
    current = int(time.time()) // STEP
    for offset in _STEPS:
        if same(given, pyotp.TOTP(secret).generate_otp(current + offset)):
            return current + offset
    return None


def store_secret(keyring: Keyring, person: StaffPerson, secret: str, step: int = 0) -> None:
    """Set the person's secret; the code of `step` counts as used."""
    person.code_secret_sealed = seal(keyring.unwrap(person.wrapped_key), secret, _SECRET)
    person.code_step = step


def open_secret(keyring: Keyring, person: StaffPerson) -> str | None:
    """The person's secret, or None."""
    if person.code_secret_sealed is None:
        return None
    return unseal(keyring.unwrap(person.wrapped_key), person.code_secret_sealed, _SECRET).decode()


async def use(session: AsyncSession, keyring: Keyring, person: StaffPerson, code: str) -> bool:
    """Whether the code is valid and unused; of two concurrent uses one succeeds."""
    secret = open_secret(keyring, person)
    step = matching_step(secret, code) if secret else None
    if step is None:
        return False
    later = update(StaffPerson).where(StaffPerson.id == person.id, StaffPerson.code_step < step)
    used = await session.execute(later.values(code_step=step).returning(StaffPerson.id))
    return used.first() is not None


def provisioning_uri(secret: str, login: str) -> str:
    """The `otpauth:` URI of the QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=login, issuer_name=ISSUER)


def qr_code(secret: str, login: str) -> str:
    """The QR code as a `data:` URI, so that the secret is in no URL of ours."""
    import segno  # loaded only when a factor is set up

    return segno.make(provisioning_uri(secret, login), error="m").svg_data_uri(
        scale=5, border=4, dark="#000", light="#fff"
    )
