"""Classifies database errors: a fault of the data, or of the database, and then whether it is unavailable."""

from sqlalchemy.exc import (
    DataError,
    DBAPIError,
    IntegrityError,
    InterfaceError,
    NoResultFound,
    OperationalError,
    SQLAlchemyError,
)
from sqlalchemy.exc import TimeoutError as NoConnectionLeft

from gateway.core.errors import StorageUnavailable

# https://www.postgresql.org/docs/current/errcodes-appendix.html: connection exception, transaction rollback,
# insufficient resources, object not in prerequisite state, operator intervention, system error; and read only.
_UNAVAILABLE_CLASSES = frozenset({"08", "40", "53", "55", "57", "58"})


def is_database_fault(error: Exception) -> bool:
    """Whether the database is at fault and not the data: the same statement will succeed when it is available again."""
    of_the_data = isinstance(error, IntegrityError | DataError | NoResultFound)
    return isinstance(error, OSError | SQLAlchemyError) and not of_the_data


_READ_ONLY = "25006"


_SQLITE_UNAVAILABLE = (
    "SQLITE_BUSY",
    "SQLITE_LOCKED",
    "SQLITE_CANTOPEN",
    "SQLITE_IOERR",
    "SQLITE_FULL",
    "SQLITE_READONLY",
)


def is_database_unavailable(error: Exception) -> bool:
    """Whether the database is temporarily unavailable; every other error is a bug of ours."""
    if isinstance(error, StorageUnavailable | NoConnectionLeft):
        return True
    if not isinstance(error, DBAPIError):
        return False
    if (name := getattr(error.orig, "sqlite_errorname", None)) is not None:
        return str(name).startswith(_SQLITE_UNAVAILABLE)
    state = getattr(error.orig, "sqlstate", None)
    if state is None:  # no server answered
        return error.connection_invalidated or isinstance(error, OperationalError | InterfaceError)
    return state == _READ_ONLY or state[:2] in _UNAVAILABLE_CLASSES
