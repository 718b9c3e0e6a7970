"""Migrations: bring a database to the schema of this version, and refuse one that this version does not know.

A release may be followed by the next one while it serves: a migration adds what the new code needs and takes nothing
away that the old code uses (expand); what nobody uses any more goes a release later (contract). On PostgreSQL each
migration notes the revisions whose code works on its tables, so that an old process knows whether it may start there.
"""

import asyncio
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.exc import ProgrammingError

from gateway.core.config.settings import PROJECT, Settings
from gateway.core.database import Database
from gateway.core.database_roles import grant

_MAY_NOT = "42501"  # SQLSTATE: insufficient privilege
_HERE = Path(__file__).parents[1] / "migrations"
_NOTE = "Serves the code of: "  # before the revisions, in the comment of Alembic's own table
_READ_NOTE = text("SELECT obj_description(to_regclass('alembic_version'), 'pg_class')")


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
    """Run every missing migration; creates the folder of an SQLite file. Raises `UnknownSchema`, `MayNotMigrate`.

    Does nothing where the next release has migrated already and its tables serve this one too.
    """
    if settings.database_url.startswith("sqlite"):
        Path(settings.database_url.split(":///", 1)[1]).parent.mkdir(parents=True, exist_ok=True)
    config = configuration(settings.database_url)
    scripts = ScriptDirectory.from_config(config)
    known = {script.revision for script in scripts.walk_revisions()}
    found, is_served = asyncio.run(_look(settings.database_url))
    if unknown := set(found) - known:
        if is_served:
            print("· The tables are of a newer release and serve this one too: nothing was migrated", flush=True)
            return
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


def is_served(connection: Connection) -> bool:
    """Whether a database with the tables of a newer version says that the code of this one works on them."""
    head = ScriptDirectory.from_config(configuration("")).get_current_head()
    if connection.dialect.name != "postgresql":
        return False
    note = connection.scalar(_READ_NOTE) or ""
    return note.startswith(_NOTE) and head in note.removeprefix(_NOTE).split()


def note_whom_it_serves(connection: Connection, scripts: ScriptDirectory) -> None:
    """Write down, after a migration, whose code works on the tables: back to the last one that took something away."""
    served = []
    for script in scripts.walk_revisions():
        served.append(script.revision)
        if getattr(script.module, "contracts", False):
            break
    connection.execute(text(f"COMMENT ON TABLE alembic_version IS '{_NOTE}{' '.join(served)}'"))


async def _grant(database_url: str) -> None:
    database = Database(database_url)
    try:
        async with database.engine.begin() as connection:
            await connection.run_sync(grant)
    finally:
        await database.close()


async def _look(database_url: str) -> tuple[tuple[str, ...], bool]:
    """The revisions that a database says it has, none for an empty one; and whether its tables serve this version."""
    database = Database(database_url)
    try:
        async with database.engine.connect() as connection:
            found = await connection.run_sync(lambda sync: MigrationContext.configure(sync).get_current_heads())
            return found, await connection.run_sync(is_served)
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
