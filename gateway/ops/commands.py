"""Operations, commands: keys, retention, traces, backups and the outbox, for an operator at the command line."""

import argparse
import asyncio

from sqlalchemy.exc import SQLAlchemyError

from gateway.core.config.settings import Settings
from gateway.core.crypto import DataKeys
from gateway.core.database import Database
from gateway.core.db_errors import is_database_unavailable
from gateway.ops.backup.file import BackupRefused
from gateway.ops.backup.make import make_backup
from gateway.ops.backup.recovered import after_recovery
from gateway.ops.backup.restore import restore_backup
from gateway.ops.backup.verify import verify_backup
from gateway.ops.doctor import report
from gateway.ops.key_renewal import NothingToRenew, ServiceRuns, renew
from gateway.ops.key_rotation import key_status, rotate
from gateway.ops.outbox_admin import describe_sending, resume_sending
from gateway.ops.trace import trace
from gateway.privacy.reports import describe_retention


def run(settings: Settings, arguments: argparse.Namespace) -> int:
    """Run the command named by `arguments.command`; returns the exit status."""
    try:
        if arguments.command == "backup":
            print(_backup(settings, arguments))
            return 0
        return asyncio.run(_run(settings, arguments))
    except (BackupRefused, OSError, ValueError) as error:
        print(f"neuvo: {error}")
        return 1
    except SQLAlchemyError as error:
        if not is_database_unavailable(error):
            raise
        name = type(error).__name__
        print(f"neuvo: The database does not answer ({name}). `python -m gateway doctor` looks at it and at the rest.")
        return 1


async def _run(settings: Settings, arguments: argparse.Namespace) -> int:
    if arguments.command == "doctor":
        return await report(settings)
    if arguments.command == "trace":
        print(await trace(settings, arguments.id))
        return 0
    if arguments.command == "retention":
        print(await describe_retention(settings))
        return 0
    if arguments.command == "sending":
        print(await describe_sending(settings))
        return 0
    if arguments.command == "resume":
        print(await resume_sending(settings, arguments.number))
        return 0
    return await _keys(settings, arguments.what)


def _backup(settings: Settings, arguments: argparse.Namespace) -> str:
    if arguments.what == "make":
        return make_backup(settings, arguments.file)
    if arguments.what == "verify":
        return verify_backup(settings, arguments.file).sentence()
    # Its own may be missing, where nobody has been erased; one that was given is not, unless it is written wrong.
    if missing := [str(folder) for folder in arguments.erased if not folder.is_dir()]:
        raise BackupRefused(f"There is no folder {', '.join(missing)}: the erased whom it names would come back.")
    folders = [settings.erased_folder, *arguments.erased]
    if arguments.what == "recovered":
        return after_recovery(settings, folders)
    return restore_backup(settings, arguments.file, folders)


async def _keys(settings: Settings, what: str) -> int:
    keys, database = DataKeys(settings.data_key.get_secret_value()), Database(settings.database_url)
    try:
        if what == "renew":
            async for done in renew(database, keys):
                print(f"· {done} keys renewed", flush=True)
        if what == "rotate":
            async for done in rotate(database, keys):
                print(f"· {done} keys rewrapped", flush=True)
        status = await key_status(database, keys)
        print(status.sentences())
    except (ServiceRuns, NothingToRenew) as error:
        print(f"neuvo: {error}")
        return 1
    finally:
        await database.close()
    return 1 if status.unopened else 0
