"""Database roles: what the service and a reader may do on PostgreSQL, granted by the owner after each migration.

Three roles, of which a login is a member (docs/operations.md): the owner migrates; `neuvo_service` reads and writes
rows, adds to the audit log and changes nothing in it, and can neither create nor alter a table or a trigger;
`neuvo_reader` reads what is sealed, counted or logged. Who has made no such roles has one login for all; then the
service may do what the owner may, and production refuses to start so.
"""

from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.engine import Connection

SERVICE, READER = "neuvo_service", "neuvo_reader"
_ONLY_GROWS = "audit_entry"
_TABLES = text("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename")
_ROLE = text("SELECT rolname FROM pg_roles WHERE rolname IN (:service, :reader)")
# The lock of migrations (`migrations/env.py`): PostgreSQL refuses two who grant on one schema at the same time.
_ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(1315272054)")
# What must not be true of the login of a service: each could switch the triggers of the audit log off, or rewrite it.
_POWERS = text(
    """
    SELECT
        (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) AS superuser,
        (SELECT rolbypassrls OR rolcreaterole FROM pg_roles WHERE rolname = current_user) AS makes_roles,
        pg_has_role(current_user, (SELECT tableowner FROM pg_tables
            WHERE schemaname = 'public' AND tablename = 'audit_entry'), 'MEMBER') AS owner,
        has_table_privilege('audit_entry', 'UPDATE, DELETE, TRUNCATE, TRIGGER') AS changes_log,
        has_schema_privilege('public', 'CREATE') AS creates
    """
)
_WORDS = {
    "superuser": "is a superuser",
    "makes_roles": "may make roles",
    "owner": "owns the tables, so that it could switch the audit log's triggers off",
    "changes_log": "may change or empty the audit log",
    "creates": "may create tables and functions",
}


@dataclass(frozen=True)
class RolePowers:
    """What the login of the service may do that it must not."""

    problems: tuple[str, ...]

    def sentence(self) -> str:
        """One sentence with what to do, or an empty one."""
        if not self.problems:
            return ""
        return (
            f"The service's database login {', '.join(self.problems)}: give it one that is a member of {SERVICE} alone "
            "(containers/postgresql/roles.sql), and migrate as the owner."
        )


def grant(connection: Connection) -> None:
    """Give the roles that exist their rights on every table; does nothing on SQLite and where there are none."""
    if connection.dialect.name != "postgresql":
        return
    connection.execute(_ONE_AT_A_TIME)
    roles = set(connection.scalars(_ROLE, {"service": SERVICE, "reader": READER}))
    tables = [f'"{name}"' for name in connection.scalars(_TABLES)]
    if not roles or not tables:
        return
    every = ", ".join(tables)
    for role in sorted(roles):
        connection.execute(text(f"GRANT USAGE ON SCHEMA public TO {role}"))
        connection.execute(text(f"REVOKE ALL ON {every} FROM {role}"))
        connection.execute(text(f"GRANT SELECT ON {every} TO {role}"))
    if SERVICE in roles:
        written = ", ".join(name for name in tables if name not in (f'"{_ONLY_GROWS}"', '"alembic_version"'))
        connection.execute(text(f"GRANT INSERT, UPDATE, DELETE ON {written} TO {SERVICE}"))
        connection.execute(text(f"GRANT INSERT ON {_ONLY_GROWS} TO {SERVICE}"))
        connection.execute(text(f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {SERVICE}"))


def powers_of(connection: Connection) -> RolePowers:
    """What the login of this connection may do that a service's must not; nothing to say on SQLite."""
    if connection.dialect.name != "postgresql":
        return RolePowers(())
    row = connection.execute(_POWERS).mappings().one()
    return RolePowers(tuple(words for name, words in _WORDS.items() if row[name]))
