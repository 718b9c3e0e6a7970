"""Beside the road: what an operator does about accounts from the command line."""

import argparse
import asyncio
from typing import Any

from gateway.accounts import audit, demonstration, people
from gateway.accounts.access import Role, clash
from gateway.conversations.keys import Keyring
from gateway.database import Database
from gateway.encryption import DataKeys
from gateway.errors import GatewayError
from gateway.settings import Settings

COMMANDS = ("audit", "invite", "code", "forget-demonstration")


def add_parsers(choices: Any) -> None:
    """The commands and their arguments."""
    log = choices.add_parser("audit", help="verify the audit log, and say the first entry that was changed or removed")
    log.add_argument("what", choices=["verify"])
    log.add_argument("--noted", metavar="NUMBER:HASH", help="an entry noted elsewhere, which must be in the log")
    invitation = choices.add_parser("invite", help="print a one-time invitation; how the first administrator gets in")
    invitation.add_argument("login", help="the name under which the person signs in")
    invitation.add_argument("name", help="the person's name")
    invitation.add_argument("roles", nargs="+", choices=[role.value for role in Role])
    invitation.add_argument("--language", choices=["fi", "sv", "en"], default="fi")
    code = choices.add_parser("code", help="print the present code of a demonstration person")
    code.add_argument("login")
    choices.add_parser("forget-demonstration", help="delete the demonstration people from this database")
    for name in COMMANDS:
        choices.choices[name].set_defaults(run=run)


def run(settings: Settings, arguments: argparse.Namespace) -> int:
    """Run one of them; returns the exit status."""
    try:
        status, sentence = asyncio.run(_run(settings, arguments))
    except (GatewayError, ValueError) as error:
        status, sentence = 1, f"neuvo: {error}"
    print(sentence)
    return status


async def _run(settings: Settings, arguments: argparse.Namespace) -> tuple[int, str]:
    if arguments.command == "audit":
        return await _verify(settings, arguments.noted)
    if arguments.command == "invite":
        roles = frozenset(Role(role) for role in arguments.roles)
        return 0, await _invite(settings, arguments.login, arguments.name, roles, arguments.language)
    if arguments.command == "code":
        if not settings.demonstration_enabled:
            return 1, "neuvo: There are no demonstration people here."
        return 0, f"{demonstration.code(arguments.login)} (for {demonstration.seconds_left()} s)"
    return 0, f"{await demonstration.forget_people(settings)} demonstration people are gone."


async def _verify(settings: Settings, noted: str | None) -> tuple[int, str]:
    number, _, digest = (noted or "").partition(":")
    if noted and not number.isdecimal():
        raise ValueError("Write --noted as NUMBER:HASH, as `audit verify` prints it.")
    database = Database(settings.database_url)
    try:
        async with database.transaction() as session:
            verdict = await audit.verify(session, int(number) if noted else None, digest or None)
    finally:
        await database.close()
    if verdict.problem:
        return 1, verdict.problem
    return 0, (
        f"The audit log is whole: {verdict.entries} entries. Note this elsewhere: {verdict.entries}:{verdict.head}"
    )


async def _invite(settings: Settings, login: str, name: str, roles: frozenset[Role], language: str) -> str:
    if clash(roles):
        raise ValueError("One person may not have these roles together.")
    database, keyring = Database(settings.database_url), Keyring(DataKeys(settings.data_key.get_secret_value()))
    try:
        async with database.transaction() as session:
            await keyring.load(session)  # a key may be used once it is committed
        async with database.transaction() as session:
            person = await people.create(session, keyring, login=login, name=name, roles=roles, language=language)
            code = people.invite(person)
            await audit.record(session, "operator", "person_invited", str(person.id), {"roles": person.roles})
    finally:
        await database.close()
    hours = int(people.INVITATION_LIFE.total_seconds() // 3600)
    return f"Good once, for {hours} hours: {settings.public_url.rstrip('/')}/enrol?code={code}"
