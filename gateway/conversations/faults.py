"""Under station 2: whose fault an error is, an event's own or the database's."""

from sqlalchemy.exc import DataError, IntegrityError, NoResultFound, SQLAlchemyError


def is_of_the_database(error: Exception) -> bool:
    """Whether no event is at fault: the same one will be sorted when the database is back."""
    of_the_event = isinstance(error, IntegrityError | DataError | NoResultFound)
    return isinstance(error, OSError | SQLAlchemyError) and not of_the_event
