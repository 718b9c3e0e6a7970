"""Accounts: demonstration accounts with public secrets; in development only."""

import base64
import hashlib
import time

import pyotp
from sqlalchemy import select

from gateway.accounts import audit, codes, passwords, people
from gateway.accounts.models import StaffPerson
from gateway.core.actors import Role
from gateway.core.config.samples import SAMPLE
from gateway.core.config.settings import Settings, UnsafeSettings
from gateway.core.crypto import DataKeys
from gateway.core.database import Database
from gateway.core.keyring import Keyring

PASSWORD = SAMPLE + "sign-in"
PEOPLE = (
    ("olivia", "Olivia Virta", Role.OFFICER, "fi"),
    ("oskar", "Oskar Lehto", Role.OFFICER, "sv"),
    ("sanna", "Sanna Korpi", Role.SUPERVISOR, "fi"),
    ("eetu", "Eetu Salo", Role.EDITOR, "fi"),
    ("elli", "Elli Ranta", Role.EDITOR, "sv"),
    ("aada", "Aada Niemi", Role.ADMINISTRATOR, "fi"),
    ("auri", "Auri Halla", Role.AUDITOR, "en"),
)


def secret(login: str) -> str:
    """The TOTP secret of a demonstration account: always the same, so that an authenticator can store it."""
    return base64.b32encode(hashlib.sha256(f"{SAMPLE}{login}".encode()).digest()[:20]).decode()


def code(login: str) -> str:
    """The current one-time code; raises `ValueError` for any other sign-in name."""
    if login not in {each[0] for each in PEOPLE}:
        raise ValueError(f"{login!r} is no demonstration person; they are {', '.join(each[0] for each in PEOPLE)}.")
    return pyotp.TOTP(secret(login)).now()


def seconds_left() -> int:
    """Seconds for which the current code is valid."""
    return codes.STEP - int(time.time()) % codes.STEP


async def make_people(settings: Settings) -> None:
    """Create the demonstration accounts if there are none.

    Raises `UnsafeSettings` in production where the database has some.
    """
    database = Database(settings.database_url)
    keyring = Keyring(DataKeys(settings.data_key.get_secret_value()))
    try:
        async with database.transaction() as session:
            present = await session.scalar(select(StaffPerson.id).where(StaffPerson.demonstration).limit(1))
            if settings.environment == "production" and present is not None:
                raise UnsafeSettings(
                    "This database has demonstration people, whose passwords everybody knows. "
                    "Production needs a database of its own, or `python -m gateway forget-demonstration` first."
                )
            if not settings.demonstration_enabled or present is not None:
                return
        password = await passwords.hash_password(PASSWORD)
        async with database.transaction() as session:
            await keyring.load(session)  # its keys are usable once they are committed
        async with database.transaction() as session:
            for login, name, role, language in PEOPLE:
                person = await people.create(session, keyring, login=login, name=name, roles=[role], language=language)
                person.password_hash, person.demonstration = password, True
                codes.store_secret(keyring, person, secret(login))
                await audit.record(session, "operator", "person_created", str(person.id), {"demonstration": True})
    finally:
        await database.close()


async def forget_people(settings: Settings) -> int:
    """Delete every demonstration account with its sessions; returns how many."""
    database = Database(settings.database_url)
    try:
        async with database.transaction() as session:
            rows = (await session.scalars(select(StaffPerson).where(StaffPerson.demonstration))).all()
            for row in rows:
                await session.delete(row)
                await audit.record(session, "operator", "person_deleted", str(row.id), {"demonstration": True})
    finally:
        await database.close()
    return len(rows)


def announcement() -> list[str]:
    """The lines that `make run` prints about them."""
    who = ", ".join(f"{login} ({role.value})" for login, _, role, _ in PEOPLE)
    return [
        f"  {'Sign in as':<20} {who}",
        f"  {'Password':<20} {PASSWORD}",
        f"  {'Code':<20} .venv/gateway/bin/python -m gateway code olivia",
    ]
