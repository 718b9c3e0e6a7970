"""Tests of the gateway: each has a database of its own (`tests/worlds/fixtures.py`)."""

from tests.worlds.fixtures import (
    anyio_backend,
    cheap_passwords,
    database_url,
    engine,
    logs,
    migrated_postgres,
    migrated_sqlite,
    reused_postgres,
    road,
    service,
    settings,
    statements_compiled_once,
    usual_settings,
    words_read_once,
)

__all__ = [
    "anyio_backend",
    "cheap_passwords",
    "database_url",
    "engine",
    "logs",
    "migrated_postgres",
    "migrated_sqlite",
    "reused_postgres",
    "road",
    "service",
    "settings",
    "statements_compiled_once",
    "usual_settings",
    "words_read_once",
]
