"""Under accounts: people, found by sign-in name or id, with their names opened."""

import datetime as dt
import unicodedata
import uuid
from collections.abc import Iterable
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.accounts import tokens
from gateway.accounts.models import StaffPerson
from gateway.conversations.keys import Keyring
from gateway.database import now
from gateway.encryption import new_key, seal, unseal
from gateway.errors import ChangeNotAllowed

if TYPE_CHECKING:
    from gateway.accounts.access import Role

INVITATION_LIFE = dt.timedelta(hours=72)
_NAME, _LOGIN = "staff_person.name_sealed", "staff_person.login_sealed"


def plain_login(login: str) -> str:
    """One form of a sign-in name, so that Olivia and olivia are the same person."""
    return unicodedata.normalize("NFKC", login).strip().casefold()


def login_fingerprint(keyring: Keyring, login: str) -> bytes:
    """How the table knows a sign-in name."""
    return keyring.fingerprint("staff_login", plain_login(login))


def open_name(keyring: Keyring, person: StaffPerson) -> str:
    """The person's name."""
    return unseal(keyring.unwrap(person.wrapped_key), person.name_sealed, _NAME).decode()


def open_login(keyring: Keyring, person: StaffPerson) -> str:
    """The person's sign-in name."""
    return unseal(keyring.unwrap(person.wrapped_key), person.login_sealed, _LOGIN).decode()


def rename(keyring: Keyring, person: StaffPerson, name: str) -> None:
    """Give the person another name."""
    person.name_sealed = seal(keyring.unwrap(person.wrapped_key), name, _NAME)


async def by_login(session: AsyncSession, keyring: Keyring, login: str) -> StaffPerson | None:
    """Who signs in under this name."""
    wanted = select(StaffPerson).where(StaffPerson.login_fingerprint == login_fingerprint(keyring, login))
    found: StaffPerson | None = await session.scalar(wanted)
    return found


async def names(session: AsyncSession, keyring: Keyring) -> dict[uuid.UUID, str]:
    """Everybody's name by id: the force is some hundreds, not millions."""
    return {person.id: open_name(keyring, person) for person in await session.scalars(select(StaffPerson))}


async def create(
    session: AsyncSession, keyring: Keyring, *, login: str, name: str, roles: "Iterable[Role]", language: str
) -> StaffPerson:
    """A new person, who cannot sign in yet; raises `ChangeNotAllowed` when the sign-in name is taken."""
    if await by_login(session, keyring, login) is not None:
        raise ChangeNotAllowed("Somebody already signs in under this name.")
    key = new_key()
    person = StaffPerson(
        id=uuid.uuid4(),
        wrapped_key=keyring.wrap(key),
        name_sealed=seal(key, name.strip(), _NAME),
        login_sealed=seal(key, plain_login(login), _LOGIN),
        login_fingerprint=login_fingerprint(keyring, login),
        roles=sorted(role.value for role in roles),
        language=language,
        created_at=now(),
    )
    session.add(person)
    await session.flush()
    return person


def invite(person: StaffPerson) -> str:
    """A new one-time code with which the person sets a password and a second factor; an older code ends."""
    code = tokens.new_token()
    person.invitation_hash = tokens.token_hash(code)
    person.invitation_ends_at = now() + INVITATION_LIFE
    return code


async def by_invitation(session: AsyncSession, code: str) -> StaffPerson | None:
    """Whose invitation this is, while it lasts."""
    wanted = select(StaffPerson).where(StaffPerson.invitation_hash == tokens.token_hash(code.strip()))
    person: StaffPerson | None = await session.scalar(wanted)
    if person is None or person.blocked_at or not person.invitation_ends_at or person.invitation_ends_at < now():
        return None
    return person
