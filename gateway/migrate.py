"""Under the road: bring a database to the newest form."""

from pathlib import Path

from alembic import command
from alembic.config import Config

from gateway.settings import PROJECT, Settings

_HERE = Path(__file__).parent / "migrations"


def configuration(database_url: str) -> Config:
    """Alembic's settings in code: one place less to keep in step."""
    config = Config()
    config.set_main_option("script_location", str(_HERE))
    config.set_main_option("sqlalchemy.url", database_url.replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.set_main_option("prepend_sys_path", str(PROJECT))
    config.set_main_option("file_template", "%%(year)d-%%(month).2d-%%(day).2d-%%(hour).2d%%(minute).2d_%%(slug)s")
    return config


def migrate(settings: Settings) -> None:
    """Run every migration that is missing; makes the folder of an SQLite file."""
    if settings.database_url.startswith("sqlite"):
        Path(settings.database_url.split(":///", 1)[1]).parent.mkdir(parents=True, exist_ok=True)
    command.upgrade(configuration(settings.database_url), "head")


def revise(settings: Settings, what: str) -> None:
    """Write a migration for the difference between the models and the newest form."""
    command.revision(configuration(settings.database_url), message=what, autogenerate=True)
