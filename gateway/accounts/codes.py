"""Under accounts: six-digit codes of a telephone (TOTP, RFC 6238), each good once."""

import time

import pyotp
import segno
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.accounts.models import StaffPerson
from gateway.accounts.tokens import same
from gateway.conversations.keys import Keyring
from gateway.encryption import seal, unseal

ISSUER = "Neuvo"
STEP = 30
# RFC 6238 5.2: one step for the delay of the network; one ahead for a clock that is fast.
_STEPS = (0, -1, 1)
_SECRET = "staff_person.code_secret_sealed"  # noqa: S105  # the column's name


def new_secret() -> str:
    """160 random bits in base32, as the applications want them."""
    return pyotp.random_base32()


def step_of(secret: str, code: str) -> int | None:
    """The time step that a code belongs to, now; nothing when it is wrong."""
    given = "".join(code.split())
    present = int(time.time()) // STEP
    for offset in _STEPS:
        if same(given, pyotp.TOTP(secret).generate_otp(present + offset)):
            return present + offset
    return None


def keep_secret(keyring: Keyring, person: StaffPerson, secret: str, step: int = 0) -> None:
    """Give the person this secret; the code of `step` has been used."""
    person.code_secret_sealed = seal(keyring.unwrap(person.wrapped_key), secret, _SECRET)
    person.code_step = step


def open_secret(keyring: Keyring, person: StaffPerson) -> str | None:
    """The person's secret, where there is one."""
    if person.code_secret_sealed is None:
        return None
    return unseal(keyring.unwrap(person.wrapped_key), person.code_secret_sealed, _SECRET).decode()


async def use(session: AsyncSession, keyring: Keyring, person: StaffPerson, code: str) -> bool:
    """Whether the code is right and nobody has used it; of two that come at once, one wins."""
    secret = open_secret(keyring, person)
    step = step_of(secret, code) if secret else None
    if step is None:
        return False
    later = update(StaffPerson).where(StaffPerson.id == person.id, StaffPerson.code_step < step)
    used = await session.execute(later.values(code_step=step).returning(StaffPerson.id))
    return used.first() is not None


def address(secret: str, login: str) -> str:
    """What the QR code holds."""
    return pyotp.TOTP(secret).provisioning_uri(name=login, issuer_name=ISSUER)


def picture(secret: str, login: str) -> str:
    """The QR code as an address of an image, so that no secret stands in any address of ours."""
    return segno.make(address(secret, login), error="m").svg_data_uri(scale=5, border=4, dark="#000", light="#fff")
