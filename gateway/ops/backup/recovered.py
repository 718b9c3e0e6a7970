"""Backups: what is to be done after PostgreSQL itself was returned to a moment, before anybody is served again.

PostgreSQL's own recovery (a base backup and its write-ahead log) brings back every row as it was. So people come back
who have asked to be erased since, and so do sessions that were ended and tokens that were taken away.
"""

import asyncio
from collections.abc import Iterable
from pathlib import Path

from sqlalchemy import Engine, delete, func, select

from gateway.accounts import audit
from gateway.core.config.settings import Settings
from gateway.core.database import Base, Database, now
from gateway.core.models import GatewayProcess
from gateway.ops.backup.erase_again import erase_again
from gateway.ops.backup.file import BackupRefused
from gateway.ops.backup.tables import EXCLUDED_TABLES, engine_for

# What a backup leaves out to be small, or because it lives for hours. Of the moment itself it is true: updates that
# waited are worked on, and what was published is live.
_STAYS = frozenset({"webhook_delivery", "reply_draft", "published_record", "published_chunk"})


def after_recovery(settings: Settings, erased_folders: Iterable[Path]) -> str:
    """Erase again, end what must not come back, and note it in the audit log; returns a report for the operator.

    It may be run again. Raises `BackupRefused` while a process serves, which might have answered those people already.
    """
    engine = engine_for(settings.database_url)
    try:
        erased, ended = _settle(engine, erased_folders)
    finally:
        engine.dispose()
    asyncio.run(_record(settings, erased, ended))
    return (
        f"{erased} conversations that were erased after that moment are gone again. Everybody signs in anew; tokens of "
        "integrators are to be made anew (api-token, api-webhook)."
    )


def _settle(engine: Engine, erased_folders: Iterable[Path]) -> tuple[int, int]:
    with engine.begin() as connection:
        alive = select(func.count()).select_from(GatewayProcess).where(GatewayProcess.alive_until > now())
        if count := connection.scalar(alive):
            raise BackupRefused(
                f"{count} processes of the service are alive in this database: stop all of them, wait a minute, and "
                "run this again."
            )
        ended = 0
        for table in reversed(Base.metadata.sorted_tables):  # whoever refers to a row goes before it
            if table.name in EXCLUDED_TABLES - _STAYS:
                ended += connection.execute(delete(table)).rowcount
        return erase_again(connection, erased_folders), ended


async def _record(settings: Settings, erased: int, ended: int) -> None:
    database = Database(settings.database_url)
    try:
        async with database.transaction() as session:
            details = {"erased_again": erased, "ended": ended}
            await audit.record(session, "operator", "database_recovered", now().isoformat(), details)
    finally:
        await database.close()
