"""The statements that read, insert and change single rows of mapped classes, compiled once for each set of columns."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, cast

from sqlalchemy import Column, Table, bindparam, insert, inspect, select, update
from sqlalchemy.orm import Mapper

from gateway.core.compiled import Prepared

PRIMARY_KEY = "the primary key"
PRIMARY_KEYS = "primary_keys"  # a list; SQLAlchemy expands none whose name has a space in it
# What is kept with a session for after its commit; whatever else is kept there wants to write before it.
SILENT = frozenset({"neuvo signals", "calls after commit"})

_by_keys: dict[tuple[Any, ...], Prepared] = {}
_insertions: dict[tuple[type, tuple[str, ...]], Prepared] = {}
_changes: dict[tuple[type, tuple[str, ...]], Prepared] = {}
_changes_of_several: dict[tuple[type, tuple[str, ...]], Prepared] = {}
_places: dict[type, int] = {}
_listened_to: dict[type, Callable[[Any], bool]] = {}


def listen_to[Row](entity: type[Row], when: Callable[[Row], bool]) -> None:
    """Have new rows of this class, where this is true, written by SQLAlchemy's session: its listeners hear of them."""
    _listened_to[entity] = when


def is_listened_to(instance: object) -> bool:
    """Whether SQLAlchemy's own session must write this row."""
    when = _listened_to.get(type(instance))
    return when is not None and when(instance)


def by_key(entity: Any, lock: Any) -> Prepared:
    """Selects a row by its key, under a lock where there is one: True, or options of `with_for_update`."""
    which = entity, tuple(sorted(lock.items())) if isinstance(lock, Mapping) else bool(lock)
    if (found := _by_keys.get(which)) is None:
        wanted = select(entity).where(inspect(entity).primary_key[0] == bindparam(PRIMARY_KEY))
        if lock:
            wanted = wanted.with_for_update(**(lock if isinstance(lock, Mapping) else {}))
        found = _by_keys[which] = Prepared(wanted)
    return found


def insertion(entity: type, names: tuple[str, ...]) -> Prepared:
    """Inserts a row with these columns."""
    if (found := _insertions.get((entity, names))) is None:
        made = insert(_table(entity)).values({name: bindparam(name) for name in names})
        found = _insertions[entity, names] = Prepared(made)
    return found


def change(entity: type, names: tuple[str, ...]) -> Prepared:
    """Updates these columns of a row, whose key has the names `PRIMARY_KEY` and a number."""
    if (found := _changes.get((entity, names))) is None:
        made = update(_table(entity)).values({name: bindparam(name) for name in names})
        mapper: Mapper[Any] = inspect(entity)
        for place, column in enumerate(mapper.primary_key):
            made = made.where(column == bindparam(f"{PRIMARY_KEY} {place}"))
        found = _changes[entity, names] = Prepared(made)
    return found


def change_of_several(entity: type, names: tuple[str, ...]) -> Prepared:
    """Updates these columns of the rows whose keys are the list `PRIMARY_KEYS`, all to the same values."""
    if (found := _changes_of_several.get((entity, names))) is None:
        mapper: Mapper[Any] = inspect(entity)
        is_one = mapper.primary_key[0].in_(bindparam(PRIMARY_KEYS, expanding=True))
        found = Prepared(update(_table(entity)).values({name: bindparam(name) for name in names}).where(is_one))
        _changes_of_several[entity, names] = found
    return found


def _table(entity: type) -> Table:
    return cast(Table, inspect(entity).local_table)


def new_row[Row](entity: type[Row], **values: Any) -> Row:
    """A new row with these values, not in a session yet.

    What the class itself makes, at a fraction of its cost: it notes each value as a change, and nothing is stored yet
    from which it could differ.
    """
    instance: Row = mapper_of(cast(type, entity)).class_manager.new_instance()
    instance.__dict__.update(values)
    return instance


def fill_defaults(instance: Any) -> None:
    """Give a new row the defaults of its columns, where nobody has set them."""
    values = instance.__dict__
    for name, column in _given_by_default(cast(type, type(instance))):
        if name not in values:
            values[name] = _default_of(column)  # its attribute need not note that: it is written in a moment


def _default_of(column: Column[Any]) -> Any:
    default: Any = column.default
    if default is None:
        return None
    return default.arg(None) if default.is_callable else default.arg


def place_of(entity: type) -> int:
    """Where a table stands when those that others refer to come first."""
    if not _places:
        tables = _table(entity).metadata.sorted_tables
        mapper: Mapper[Any] = inspect(entity)
        _places.update({each.class_: tables.index(_table(each.class_)) for each in mapper.registry.mappers})
    return _places[entity]


class Rows(list[Any]):
    """The answer to a statement, with what we use of SQLAlchemy's `Result`."""

    def all(self) -> "Rows":
        """All rows."""
        return self

    def first(self) -> Any:
        """The first row, or None."""
        return self[0] if self else None

    def one_or_none(self) -> Any:
        """The only row, or None."""
        assert len(self) <= 1
        return self.first()

    def scalars(self) -> "Rows":
        """The first value of each row."""
        return Rows(row[0] for row in self)

    def scalar_one_or_none(self) -> Any:
        """The first value of the only row, or None."""
        row = self.one_or_none()
        return None if row is None else row[0]


@dataclass(frozen=True)
class Place:
    """Where the values of one mapped class, or of a plain column, stand in a row of an answer."""

    entity: type | None
    start: int
    names: Sequence[str] = ()
    key: Sequence[str] = ()


def layout(entities: Sequence[type | None], columns: Sequence[Any]) -> list[Place]:
    """Of what the rows of an answer with these columns consist, in order."""
    found, start = [], 0
    for entity in entities:
        if entity is None:
            found.append(Place(None, start))
            start += 1
            continue
        mapper: Mapper[Any] = inspect(entity)
        width = len(_table(entity).columns)
        names = []
        for column in columns[start : start + width]:
            own = next(each for each in column.objects if isinstance(each, Column))
            names.append(mapper.get_property_by_column(own).key)
        found.append(Place(entity, start, names, key_names(entity)))
        start += width
    return found


@cache
def mapper_of(entity: type) -> Mapper[Any]:
    """How a class is mapped."""
    return cast(Mapper[Any], inspect(entity))


@cache
def key_names(entity: type) -> tuple[str, ...]:
    """The names of the attributes that are a row's key."""
    mapper: Mapper[Any] = inspect(entity)
    return tuple(mapper.get_property_by_column(each).key for each in mapper.primary_key)


@cache
def _given_by_default(entity: type) -> Sequence[tuple[str, Column[Any]]]:
    """The attributes that a new row gets where nobody has set them: all but a key that the database numbers."""
    mapper: Mapper[Any] = inspect(entity)
    return [
        (mapper.get_property_by_column(column).key, column)
        for column in _table(entity).columns
        if column.default is not None or not column.primary_key
    ]
