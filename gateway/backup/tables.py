"""Backup, the tables: what a backup holds, and what it leaves out because it lives for hours at most.

The inbox keys are left out, and with them whatever is still raw: a backup outlives them by months.
"""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, Engine, Table, create_engine, event, select, text
from sqlalchemy.engine import make_url

import gateway.tables  # noqa: F401  # every table
from gateway.backup.file import Row
from gateway.database import Base, Database

# Raw bodies, sessions, presence: worth nothing after a restore.
LEFT_OUT = frozenset(
    {
        "webhook_delivery", "sign_in_step", "sign_in_throttle", "staff_session", "web_session", "web_message",
        "conversation_presence", "privacy_question", "send_limit", "reply_draft", "gateway_process",
        "conversation_claim",
    }
)  # fmt: skip


def kept_tables() -> list[Table]:
    """In an order in which they can be filled: what is pointed at comes first."""
    return [table for table in Base.metadata.sorted_tables if table.name not in LEFT_OUT]


def engine_for(database_url: str) -> Engine:
    """A plain engine for one long read or write beside the service's own."""
    url = make_url(Database(database_url).url)
    if url.get_backend_name() != "sqlite":
        return create_engine(url)
    engine = create_engine(url.set(drivername="sqlite"))
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
    return engine


def _prepare(connection: Any, _: object) -> None:
    connection.isolation_level = None
    connection.execute("PRAGMA foreign_keys=ON")
    connection.execute("PRAGMA busy_timeout=15000")


def begin_snapshot(connection: Connection) -> None:
    """All reads of this transaction see one moment, and nobody waits for them (SQLite in WAL does so by itself)."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"))


def rows_of(connection: Connection) -> Iterator[Row]:
    """Every row that a backup keeps."""
    for table in kept_tables():
        result = connection.execute(select(table).order_by(*table.primary_key), execution_options={"yield_per": 500})
        for row in result.mappings():
            if (values := _kept(table.name, dict(row))) is not None:
                yield table.name, values


def _kept(table: str, values: dict[str, Any]) -> dict[str, Any] | None:
    if table == "service_key" and values["purpose"] == "inbox":
        return None
    if table == "inbox_event":
        # Only its fingerprint is of use: against a repeat of what was answered before the backup.
        unread = values["state"] == "new"
        return values | {
            "content_sealed": None,
            "delivery_id": None,
            "key_id": None,
            "state": "failed" if unread else values["state"],
            "reason": "not_in_backup" if unread else values["reason"],
        }
    return values
