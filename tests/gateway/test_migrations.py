"""Checks of the tables' history: it ends where the models are, and every step can be taken back."""

from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy.engine import Connection

import gateway.tables  # noqa: F401
from gateway.database import Base, Database
from gateway.migrate import configuration

pytestmark = pytest.mark.anyio


async def test_the_history_ends_where_the_models_are(database_url: str) -> None:
    database = Database(database_url)

    def differences(connection: Connection) -> list[object]:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, Base.metadata))

    async with database.engine.connect() as connection:
        assert await connection.run_sync(differences) == []
    await database.close()


def test_every_step_can_be_taken_back_and_made_again(tmp_path: Path) -> None:
    config = configuration(f"sqlite+aiosqlite:///{tmp_path / 'a.db'}")

    for step in ("upgrade", "downgrade", "upgrade"):
        getattr(command, step)(config, "base" if step == "downgrade" else "head")
