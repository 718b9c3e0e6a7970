"""Checks of the release before a migration on the tables after it: it starts where they serve it, and nowhere else."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import create_engine

from gateway.core.config.settings import Settings
from gateway.core.migrate import UnknownSchema, is_served, migrate
from tests.worlds.next_release import make_next_release, run_command
from tests.worlds.services import TemporaryPostgres, need_postgres

_NEXT = "SELECT version_num FROM alembic_version"


@pytest.fixture
def postgres(tmp_path: Path) -> Iterator[str]:
    """A database with the tables of this release, migrated with a note of whom they serve."""
    need_postgres()
    database = TemporaryPostgres()
    migrate(Settings(database_url=database.url, state_dir=tmp_path))
    yield database.url
    database.drop()


@pytest.fixture
def release(tmp_path: Path, postgres: str) -> Path:
    return make_next_release(tmp_path / "next", postgres)


def revision_of(url: str) -> str:
    with psycopg.connect(url) as connection:
        row = connection.execute(_NEXT).fetchone()
    assert row is not None
    return str(row[0])


def served(url: str) -> bool:
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.connect() as connection:
        found = is_served(connection)
    engine.dispose()
    return found


def test_a_machine_that_starts_again_between_the_migration_and_its_own_upgrade_serves(
    tmp_path: Path, postgres: str, release: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings, before = Settings(database_url=postgres, state_dir=tmp_path), revision_of(postgres)
    run_command(release, postgres, "migrate")
    after = revision_of(postgres)
    assert after != before

    migrate(settings)

    assert "serve this one too" in capsys.readouterr().out
    assert revision_of(postgres) == after
    assert served(postgres)
    run_command(release, postgres, "migrate")  # nothing to do, and what was noted stays
    assert served(postgres)


def test_on_tables_from_which_something_was_taken_away_the_old_release_does_not_start(
    tmp_path: Path, postgres: str, release: Path
) -> None:
    [written] = (release / "gateway/migrations/versions").glob("*noted_at*.py")
    written.write_text(written.read_text("utf-8").replace("contracts = False", "contracts = True"), "utf-8")
    run_command(release, postgres, "migrate")

    with pytest.raises(UnknownSchema, match="which this version cannot upgrade"):
        migrate(Settings(database_url=postgres, state_dir=tmp_path))
    assert not served(postgres)
