"""Statements that are compiled once: their text for the driver, and how values and rows are converted.

SQLAlchemy looks a statement up in its cache at each execution, which costs several times what the driver does with it.
A statement that `prepare` has seen is a constant of a module, so that its text can be kept.
"""

from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, cast

from sqlalchemy import DateTime, Enum, Executable, Float, Numeric, TypeDecorator
from sqlalchemy.dialects.postgresql.psycopg import PGDialectAsync_psycopg
from sqlalchemy.dialects.sqlite.aiosqlite import SQLiteDialect_aiosqlite
from sqlalchemy.engine import Dialect
from sqlalchemy.sql.compiler import SQLCompiler

from gateway.core.driver import Outcome

# Lists are filled up to one of these lengths with their last value, so that a statement has few texts.
_LENGTHS = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024)
# `$1` is what PostgreSQL itself reads: nothing is rewritten on the way.
_DIALECTS: Mapping[bool, Dialect] = {
    False: PGDialectAsync_psycopg(paramstyle="numeric_dollar"),  # type: ignore[no-untyped-call]
    True: SQLiteDialect_aiosqlite(paramstyle="qmark"),
}
_prepared: dict[int, "Prepared"] = {}

Values = Mapping[str, Any]
_Converter = Callable[[Any], Any]


def prepare[Statement: Executable](statement: Statement, *, answers: bool = True) -> Statement:
    """Have a constant of a module compiled once for each database; returns it unchanged.

    `answers`: whether anybody reads the rows of a text; what has no answer is sent together with the next question.
    """
    _prepared[id(statement)] = Prepared(statement, answers=answers)
    return statement


def prepared(statement: Executable) -> "Prepared | None":
    """The compiled form of a constant, or None for any other statement."""
    found = _prepared.get(id(statement))
    return found if found is not None and found.statement is statement else None


class Form:
    """A statement for one database and, where it has lists, for their lengths."""

    def __init__(self, compiled: SQLCompiler, dialect: Dialect, lists: Mapping[str, int]) -> None:
        given = {name: [value] * lists[name] if name in lists else value for name, value in compiled.params.items()}
        self.text = compiled.string
        names: Sequence[str] = compiled.positiontup or []
        self._sources: dict[str, tuple[str, int]] = {}
        processors = dict(compiled._bind_processors)
        if compiled.post_compile_params:
            given = _listed(compiled, given, lists)
            state = compiled._process_parameters_for_postcompile(dict(given))
            self.text, names = state.statement, state.positiontup or []
            processors |= state.processors
            for name, expanded in state.parameter_expansion.items():
                self._sources |= {each: (name, place) for place, each in enumerate(expanded)}
        self._constants = {name: value for name, value in given.items() if name not in lists}
        # What the columns' own defaults give; SQLAlchemy leaves these to whoever executes.
        self._defaults = {
            column.key: column.default
            for column in (*getattr(compiled, "insert_prefetch", ()), *getattr(compiled, "update_prefetch", ()))
        }
        self._names = [self._sources.get(name, (name, None))[0] for name in names]
        self._items = [(at, self._sources[name][1]) for at, name in enumerate(names) if name in self._sources]
        types = {name: each.type for name, each in compiled.binds.items()}
        self._converted = [
            (at, _binder(types.get(self._names[at]), cast(_Converter, processors[name]), dialect))
            for at, name in enumerate(names)
            if processors.get(name) is not None
        ]
        columns = compiled._result_columns or []
        self._results = [
            (at, convert) for at, each in enumerate(columns) if (convert := _converter(each.type, dialect)) is not None
        ]
        self.columns = columns

    def parameters(self, values: Values) -> list[Any]:
        """The values in the order of the text, converted for the driver."""
        given = {**self._constants, **values} if self._constants else values
        if self._defaults and not self._defaults.keys() <= values.keys():
            given = {**given, **{name: _value_of(each) for name, each in self._defaults.items() if name not in values}}
        found = [given[name] for name in self._names]
        for at, place in self._items:
            found[at] = found[at][min(place, len(found[at]) - 1)]
        for at, convert in self._converted:
            found[at] = convert(found[at])
        return found

    def converted(self, rows: Sequence[Sequence[Any]]) -> Sequence[Sequence[Any]]:
        """The driver's rows with the values that their columns' types have in Python."""
        if not self._results or not rows:
            return rows
        found = []
        for row in rows:
            values = list(row)
            for place, convert in self._results:
                values[place] = convert(values[place])
            found.append(values)
        return found


def _binder(kind: Any, usual: _Converter, dialect: Dialect) -> _Converter:
    """How a value of a column's type is given to the driver; `usual` is SQLAlchemy's way, through several calls."""
    if isinstance(kind, Enum) and kind.enum_class is not None:
        return _plain_text
    if isinstance(kind, TypeDecorator) and kind.impl_instance._cached_bind_processor(dialect) is None:
        return partial(_bound, kind.process_bind_param, dialect)
    return usual


def _bound(bind: Callable[[Any, Dialect], Any], dialect: Dialect, value: Any) -> Any:
    return bind(value, dialect)


def _plain_text(member: str | None) -> str | None:
    return None if member is None else str.__str__(member)


def _converter(kind: Any, dialect: Dialect) -> _Converter | None:
    """The same for what comes back; None where the driver gives what the column's type has in Python."""
    if isinstance(kind, Numeric | Float):  # what the drivers give for our floats is one
        return None
    if isinstance(kind, Enum) and kind.enum_class is not None:
        return partial(_member, {member.value: member for member in kind.enum_class})
    if dialect.name == "postgresql" and isinstance(kind, TypeDecorator) and isinstance(kind.impl, DateTime):
        return None  # its timestamps have their zone
    found: _Converter | None = kind._cached_result_processor(dialect, None)
    return found


def _member(members: Mapping[str, Any], value: str | None) -> Any:
    return None if value is None else members[value]


def _value_of(default: Any) -> Any:
    return default.arg(None) if default.is_callable else default.arg


def _listed(compiled: SQLCompiler, given: Mapping[str, Any], lists: Mapping[str, int]) -> dict[str, Any]:
    """Values for the expansion; a list that stands in the statement itself keeps its own."""
    bound = {compiled.bind_names[each]: each for each in compiled.post_compile_params}
    return {
        name: (bound[name].value if name in bound and name not in lists else value) for name, value in given.items()
    }


class Prepared:
    """A constant statement, its texts, and of what its rows consist."""

    def __init__(self, statement: Executable, *, answers: bool = True) -> None:
        self.statement = statement
        self.reads = bool(getattr(statement, "is_select", False))
        lock = getattr(statement, "_for_update_arg", None)
        self.locks = lock is not None and not lock.of  # all of the rows that it reads
        returns = bool(getattr(statement, "_returning", ())) or (answers and not getattr(statement, "is_dml", False))
        self.answers = self.reads or returns
        self._forms: dict[tuple[bool, tuple[int, ...]], Form] = {}
        self._only: dict[bool, Form] = {}  # where it has no lists
        self._lists: dict[bool, tuple[str, ...]] = {}
        self._compiled: dict[bool, SQLCompiler] = {}
        described = getattr(statement, "column_descriptions", ()) if getattr(statement, "is_select", False) else ()
        # Mapped classes among what is selected, by place; None stands for a plain column.
        self.entities = [each["expr"] if isinstance(each["expr"], type) else None for each in described]
        if not any(self.entities):
            self.entities = []
        self._row: Any = None
        self.layout: Any = None  # kept by the session that makes rows of it

    def form(self, values: Values, *, is_sqlite: bool) -> Form:
        """The form for these values."""
        if (only := self._only.get(is_sqlite)) is not None:
            return only
        if is_sqlite not in self._compiled:
            compiled = cast(SQLCompiler, self.statement.compile(dialect=_DIALECTS[is_sqlite]))  # type: ignore[attr-defined]
            self._compiled[is_sqlite] = compiled
            named = (compiled.bind_names[each] for each in compiled.post_compile_params if each.callable is None)
            given = {each.key for each in compiled.bind_names if each.required or not each.value}
            self._lists[is_sqlite] = tuple(name for name in named if name in given)
        lengths = tuple(_padded(len(values[name])) for name in self._lists[is_sqlite])
        found = self._forms.get((is_sqlite, lengths))
        if found is None:
            lists = dict(zip(self._lists[is_sqlite], lengths, strict=True))
            found = Form(self._compiled[is_sqlite], _DIALECTS[is_sqlite], lists)
            self._forms[is_sqlite, lengths] = found
            if not lists:
                self._only[is_sqlite] = found
        return found

    def row_type(self, outcome: Outcome) -> Callable[[Sequence[Any]], Any]:
        """What makes a row out of a sequence, whose values have the names that they have in an answer."""
        if self._row is None:
            made: Any = namedtuple("Row", outcome.names(), rename=True)  # type: ignore[misc]
            self._row = made._make
        return cast(Callable[[Sequence[Any]], Any], self._row)


def _padded(length: int) -> int:
    if not length:
        return 0  # "in nothing" is a text of its own
    return next((each for each in _LENGTHS if each >= length), length)
