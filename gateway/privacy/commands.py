"""Privacy, commands: keys, retention and backups, for an operator at the command line."""

import argparse
import asyncio
from pathlib import Path
from typing import Any

from gateway.backup.file import BackupRefused
from gateway.backup.making import make_backup
from gateway.backup.restoring import restore_backup
from gateway.backup.verifying import verify_backup
from gateway.database import Database
from gateway.encryption import DataKeys
from gateway.privacy.key_rotation import key_status, rotate
from gateway.privacy.reports import describe_retention
from gateway.settings import Settings

COMMANDS = ("keys", "retention", "backup")


def add_parsers(choices: Any) -> None:
    """The commands and their arguments."""
    keys = choices.add_parser("keys", help="say by which data key every key is wrapped, or wrap all by the present one")
    keys.add_argument("what", choices=["status", "rotate"])
    choices.add_parser("retention", help="say what the rounds of deleting did, and what a legal hold keeps")
    backup = choices.add_parser("backup", help="make, verify or restore an encrypted backup of the database")
    what = backup.add_subparsers(dest="what", required=True)
    what.add_parser("make", help="write a backup beside live processes").add_argument("file", type=Path)
    what.add_parser("verify", help="open every part and count").add_argument("file", type=Path)
    restore = what.add_parser("restore", help="fill an empty database; who was erased since stays erased")
    restore.add_argument("file", type=Path)
    restore.add_argument(
        "--erased", type=Path, action="append", default=[], help="a folder with the list of another machine"
    )
    for name in COMMANDS:
        choices.choices[name].set_defaults(run=run)


def run(settings: Settings, arguments: argparse.Namespace) -> int:
    """Run one of them; returns the exit status."""
    try:
        if arguments.command == "backup":
            print(_backup(settings, arguments))
            return 0
        return asyncio.run(_run(settings, arguments))
    except (BackupRefused, OSError, ValueError) as error:
        print(f"neuvo: {error}")
        return 1


async def _run(settings: Settings, arguments: argparse.Namespace) -> int:
    if arguments.command == "retention":
        print(await describe_retention(settings))
        return 0
    return await _keys(settings, arguments.what)


def _backup(settings: Settings, arguments: argparse.Namespace) -> str:
    if arguments.what == "make":
        return make_backup(settings, arguments.file)
    if arguments.what == "verify":
        return verify_backup(settings, arguments.file).sentence()
    return restore_backup(settings, arguments.file, [settings.erased_folder, *arguments.erased])


async def _keys(settings: Settings, what: str) -> int:
    keys, database = DataKeys(settings.data_key.get_secret_value()), Database(settings.database_url)
    try:
        if what == "rotate":
            async for done in rotate(database, keys):
                print(f"· {done} keys wrapped anew", flush=True)
        status = await key_status(database, keys)
        print(status.sentences())
    finally:
        await database.close()
    return 1 if status.unopened else 0
