"""Backups, the tables: what a backup includes, and what it excludes because it lives for hours at most.

The inbox keys and all raw bodies are excluded: a backup outlives them by months.
"""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, Engine, Table, create_engine, event, select, text
from sqlalchemy.engine import make_url

import gateway.ops.all_models  # noqa: F401  # every table
from gateway.conversations.kinds import InboxState
from gateway.core.database import Base, Database
from gateway.ops.backup.file import Row

# Raw bodies, sessions, presence: of no use after a restore. The editors' copies have no link to whom they come from, so
# that a restored one could not be erased again; they live for days and are a convenience. A token or an address of an
# integrator that was taken away since must not come back. What is published is in the editors' folder, from where it is
# shared again, and would be most of the file.
EXCLUDED_TABLES = frozenset(
    {
        "webhook_delivery", "login_flow_step", "login_limit", "staff_session", "web_session", "web_message",
        "conversation_presence", "pending_data_request", "token_bucket", "reply_draft", "gateway_process",
        "conversation_lease", "missed_message", "conversation_opening", "shown_list", "approval",
        "api_token", "api_webhook", "api_notification", "published_record", "published_chunk",
    }
)  # fmt: skip


def included_tables() -> list[Table]:
    """The included tables in the order of their foreign keys."""
    return [table for table in Base.metadata.sorted_tables if table.name not in EXCLUDED_TABLES]


def engine_for(database_url: str) -> Engine:
    """A synchronous engine for one long read or write beside the service."""
    url = make_url(Database(database_url).url)
    if url.get_backend_name() != "sqlite":
        return create_engine(url, hide_parameters=True)
    engine = create_engine(url.set(drivername="sqlite"), hide_parameters=True)
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
    return engine


def _prepare(connection: Any, _: object) -> None:
    connection.isolation_level = None
    connection.execute("PRAGMA foreign_keys=ON")
    connection.execute("PRAGMA busy_timeout=15000")


def begin_snapshot(connection: Connection) -> None:
    """Make all reads of this transaction see one snapshot, without blocking (SQLite in WAL does so by itself)."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"))


def rows_of(connection: Connection) -> Iterator[Row]:
    """Every row that a backup includes."""
    for table in included_tables():
        # In pieces, so that memory does not depend on how many rows there are.
        result = connection.execute(select(table).order_by(*table.primary_key), execution_options={"yield_per": 2000})
        names = tuple(result.keys())
        for row in result:
            if (values := _included(table.name, dict(zip(names, row, strict=True)))) is not None:
                yield table.name, values


def _included(table: str, values: dict[str, Any]) -> dict[str, Any] | None:
    if table == "service_key" and values["purpose"] == "inbox":
        return None
    if table == "inbox_event":
        # Only its fingerprint is of use: it identifies a repeat of what was answered before the backup.
        unprocessed = values["state"] == InboxState.NEW
        return values | {
            "content_sealed": None,
            "delivery_id": None,
            "key_id": None,
            "state": InboxState.FAILED if unprocessed else values["state"],
            "reason": "not_in_backup" if unprocessed else values["reason"],
        }
    return values
