"""Under the road: how Alembic finds the tables and the database."""

import asyncio
from typing import Literal

from alembic import context
from sqlalchemy import TypeDecorator, text
from sqlalchemy.engine import Connection

import gateway.ops.all_models  # noqa: F401
from gateway.core.config.settings import Settings
from gateway.core.database import Base, Database
from gateway.core.migrate import note_whom_it_serves

# Two processes that start together: the second waits here, and then finds nothing to do.
_ONE_AT_A_TIME = text("SELECT pg_advisory_lock(1315272054)")
_DONE = text("SELECT pg_advisory_unlock(1315272054)")
LOCK_TIMEOUT = "5s"  # a migration that cannot have its lock fails instead of stopping the service


def _without_ours(kind: str, item: object, _: object) -> str | Literal[False]:
    """A type of ours as the database's own in a new migration, which imports nothing of ours: that would change."""
    return f"sa.{item.impl!r}" if kind == "type" and isinstance(item, TypeDecorator) else False


def _migrate(connection: Connection) -> None:
    shared = connection.dialect.name == "postgresql"
    if shared:
        connection.execute(_ONE_AT_A_TIME)
        connection.execute(text(f"SET lock_timeout = '{LOCK_TIMEOUT}'"))
        connection.commit()
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=True,  # SQLite cannot alter a table in place
        compare_type=True,
        render_item=_without_ours,
    )
    with context.begin_transaction():
        before = context.get_context().get_current_heads()
        context.run_migrations()
        if shared and context.get_context().get_current_heads() != before:
            note_whom_it_serves(connection, context.script)
    if shared:
        connection.commit()
        connection.execute(_DONE)


async def _run() -> None:
    url = context.config.get_main_option("sqlalchemy.url") or Settings().database_url
    database = Database(url)
    async with database.engine.connect() as connection:
        await connection.run_sync(_migrate)
        await connection.commit()
    await database.close()


given: Connection | None = context.config.attributes.get("connection")
if given is not None:
    _migrate(given)
else:
    asyncio.run(_run())
