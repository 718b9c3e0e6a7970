"""Accounts: people of the staff: creation, invitations, and look-up by sign-in name with decrypted names."""

import datetime as dt
import hmac
import unicodedata
import uuid
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, ClassVar

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.accounts import tokens
from gateway.accounts.models import StaffPerson
from gateway.core.crypto import new_key, seal, unseal
from gateway.core.database import now
from gateway.core.errors import ChangeNotAllowed
from gateway.core.keyring import Keyring
from gateway.core.locale import Language

if TYPE_CHECKING:
    from gateway.core.actors import Role

# The hash of no word: the invitation waits for a second person.
NO_WORD = bytes(32)
INVITATION_LIFETIME = dt.timedelta(hours=72)
_NAME, _LOGIN = "staff_person.name_sealed", "staff_person.login_sealed"


class AccountRefused(ChangeNotAllowed):
    """The account cannot be created or changed in this way."""

    texts: ClassVar[Mapping[str, str]] = {
        "login_taken": "Somebody already signs in under this name.",
        "provider_account": "This person signs in through the identity provider; recover the account there.",
    }


def normalize_login(login: str) -> str:
    """The canonical form of a sign-in name: Olivia and olivia are the same person."""
    return unicodedata.normalize("NFKC", login).strip().casefold()


def login_fingerprint(keyring: Keyring, login: str) -> bytes:
    """The blind index of a sign-in name."""
    return keyring.fingerprint("staff_login", normalize_login(login))


def open_name(keyring: Keyring, person: StaffPerson) -> str:
    """The person's decrypted name."""
    return unseal(keyring.unwrap(person.wrapped_key), person.name_sealed, _NAME).decode()


def open_login(keyring: Keyring, person: StaffPerson) -> str:
    """The person's decrypted sign-in name."""
    return unseal(keyring.unwrap(person.wrapped_key), person.login_sealed, _LOGIN).decode()


def rename(keyring: Keyring, person: StaffPerson, name: str) -> None:
    """Set the person's name."""
    person.name_sealed = seal(keyring.unwrap(person.wrapped_key), name, _NAME)


async def by_login(session: AsyncSession, keyring: Keyring, login: str) -> StaffPerson | None:
    """The person with this sign-in name, or None."""
    query = select(StaffPerson).where(StaffPerson.login_fingerprint == login_fingerprint(keyring, login))
    found: StaffPerson | None = await session.scalar(query)
    return found


async def names(session: AsyncSession, keyring: Keyring) -> dict[uuid.UUID, str]:
    """The names of all people by id: there are some hundreds."""
    return {person.id: open_name(keyring, person) for person in await session.scalars(select(StaffPerson))}


async def create(
    session: AsyncSession, keyring: Keyring, *, login: str, name: str, roles: "Iterable[Role]", language: str
) -> StaffPerson:
    """Create a person, who cannot sign in yet; raises `AccountRefused` when the sign-in name is taken."""
    if await by_login(session, keyring, login) is not None:
        raise AccountRefused("login_taken")
    key = new_key()
    person = StaffPerson(
        id=uuid.uuid4(),
        wrapped_key=keyring.wrap(key),
        name_sealed=seal(key, name.strip(), _NAME),
        login_sealed=seal(key, normalize_login(login), _LOGIN),
        login_fingerprint=login_fingerprint(keyring, login),
        roles=sorted(role.value for role in roles),
        language=Language(language),
        created_at=now(),
    )
    session.add(person)
    await session.flush()
    return person


def invite(person: StaffPerson) -> str:
    """A new invitation code for setting a password and a second factor; it replaces an older one."""
    code = tokens.new_token()
    keep_invitation(person, tokens.token_hash(code))
    return code


def keep_invitation(person: StaffPerson, code_hash: bytes, word_hash: bytes | None = None) -> None:
    """Let the code with this hash invite the person, with a second person's word where there is a hash of one."""
    person.invitation_hash, person.invitation_word_hash = code_hash, word_hash
    person.invitation_ends_at = now() + INVITATION_LIFETIME


async def by_invitation(session: AsyncSession, code: str, word: str = "") -> StaffPerson | None:
    """The person of a valid invitation code, or None; one that two have made needs the second's word too."""
    query = select(StaffPerson).where(StaffPerson.invitation_hash == tokens.token_hash(code.strip()))
    person: StaffPerson | None = await session.scalar(query)
    if (
        person is None
        or person.blocked_at
        or person.left_at
        or not person.invitation_ends_at
        or person.invitation_ends_at < now()
    ):
        return None
    wanted = person.invitation_word_hash
    if wanted is not None and not hmac.compare_digest(wanted, tokens.token_hash(word.strip().lower())):
        return None
    return person
