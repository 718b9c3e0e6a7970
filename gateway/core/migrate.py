"""Migrations: bring a database to the schema of this version, and refuse one that this version does not know."""

import asyncio
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection
from sqlalchemy.exc import ProgrammingError

from gateway.core.config.settings import PROJECT, Settings
from gateway.core.database import Database
from gateway.core.database_roles import grant

_MAY_NOT = "42501"  # SQLSTATE: insufficient privilege
_HERE = Path(__file__).parents[1] / "migrations"


class UnknownSchema(SystemExit):
    """The database was made by another version, to which no migration leads; ends a command with these words."""


class MayNotMigrate(SystemExit):
    """The login may use the tables and not change them, as a service's should; ends a command with these words."""


def configuration(database_url: str) -> Config:
    """Alembic's settings, in code."""
    config = Config()
    config.set_main_option("script_location", str(_HERE))
    config.set_main_option("sqlalchemy.url", database_url.replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.set_main_option("prepend_sys_path", str(PROJECT))
    config.set_main_option("file_template", "%%(year)d-%%(month).2d-%%(day).2d-%%(hour).2d%%(minute).2d_%%(slug)s")
    return config


def migrate(settings: Settings) -> None:
    """Run every missing migration; creates the folder of an SQLite file. Raises `UnknownSchema`, `MayNotMigrate`."""
    if settings.database_url.startswith("sqlite"):
        Path(settings.database_url.split(":///", 1)[1]).parent.mkdir(parents=True, exist_ok=True)
    config = configuration(settings.database_url)
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if unknown := set(asyncio.run(_revisions(settings.database_url))) - known:
        raise UnknownSchema(_explain(settings, min(unknown)))
    try:
        command.upgrade(config, "head")
    except ProgrammingError as error:
        if getattr(error.orig, "sqlstate", None) != _MAY_NOT:
            raise
        raise MayNotMigrate(
            "neuvo: The login of NEUVO_DATABASE_URL may not change the tables: migrate as their owner, with "
            "NEUVO_DATABASE_URL set to the owner's address for `python -m gateway migrate` alone."
        ) from None
    asyncio.run(_grant(settings.database_url))


def revise(settings: Settings, what: str) -> None:
    """Write a migration for the difference between the models and the schema of the database."""
    command.revision(configuration(settings.database_url), message=what, autogenerate=True)


def is_up_to_date(connection: Connection) -> bool:
    """Whether a database has the tables of this version."""
    head = ScriptDirectory.from_config(configuration("")).get_current_head()
    return MigrationContext.configure(connection).get_current_revision() == head


async def _grant(database_url: str) -> None:
    database = Database(database_url)
    try:
        async with database.engine.begin() as connection:
            await connection.run_sync(grant)
    finally:
        await database.close()


async def _revisions(database_url: str) -> tuple[str, ...]:
    """The revisions that a database says it has; empty for an empty one."""
    database = Database(database_url)
    try:
        async with database.engine.connect() as connection:
            return await connection.run_sync(lambda sync: MigrationContext.configure(sync).get_current_heads())
    finally:
        await database.close()


def _explain(settings: Settings, revision: str) -> str:
    if settings.database_url.startswith("sqlite"):
        start_anew = f"`make clean-data`, or move {settings.state_dir}/ away and start again"
    else:
        start_anew = "point NEUVO_DATABASE_URL at an empty database"
    return (
        f"neuvo: The database has the tables of another version ({revision!r}), which this version cannot upgrade; "
        "nothing was changed.\n"
        f"To begin with an empty database: {start_anew}.\n"
        "To keep what is in it: run the version that made it."
    )
