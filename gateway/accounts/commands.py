"""Accounts, commands: verifying the audit log, invitations and demonstration accounts."""

import argparse
import asyncio
from pathlib import Path

from gateway.accounts import audit, audit_anchor, audit_chain, demonstration, people
from gateway.core.actors import Role, clash
from gateway.core.config.settings import Settings
from gateway.core.crypto import DataKeys
from gateway.core.database import Database
from gateway.core.errors import GatewayError
from gateway.core.keyring import Keyring


def run(settings: Settings, arguments: argparse.Namespace) -> int:
    """Run the command named by `arguments.command`; returns the exit status."""
    try:
        status, sentence = asyncio.run(_run(settings, arguments))
    except (GatewayError, ValueError) as error:
        status, sentence = 1, f"neuvo: {error}"
    print(sentence)
    return status


async def _run(settings: Settings, arguments: argparse.Namespace) -> tuple[int, str]:
    if arguments.command == "audit":
        return await _verify(settings, arguments.noted, arguments.anchors)
    if arguments.command == "invite":
        roles = frozenset(Role(role) for role in arguments.roles)
        return 0, await _invite(settings, arguments.login, arguments.name, roles, arguments.language)
    if arguments.command == "code":
        if not settings.demonstration_enabled:
            return 1, "neuvo: There are no demonstration people here."
        return 0, f"{demonstration.code(arguments.login)} (for {demonstration.seconds_left()} s)"
    return 0, f"{await demonstration.forget_people(settings)} demonstration people are gone."


async def _verify(settings: Settings, noted: str | None, anchors: Path | None) -> tuple[int, str]:
    number, _, digest = (noted or "").partition(":")
    if noted and not number.isdecimal():
        raise ValueError("Write --noted as NUMBER:HASH, as `audit verify` prints it.")
    known: dict[int, str | None] = {int(number): digest or None} if noted else {}
    if anchors is not None:
        lines = await asyncio.to_thread(anchors.read_text, "utf-8")
        known |= audit_anchor.read_anchors(lines.splitlines(), audit_anchor.signing_key(settings).public_key())
    database = Database(settings.database_url)
    try:
        async with database.transaction() as session:
            verdict = await audit_chain.verify(session, known)
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
            await keyring.load(session)
        async with database.transaction() as session:  # the keyring's keys are usable once they are committed
            person = await people.create(session, keyring, login=login, name=name, roles=roles, language=language)
            code = people.invite(person)
            await audit.record(session, "operator", "person_invited", str(person.id), {"roles": person.roles})
    finally:
        await database.close()
    hours = int(people.INVITATION_LIFETIME.total_seconds() // 3600)
    return f"Good once, for {hours} hours: {settings.public_url.rstrip('/')}/enrol?code={code}"
