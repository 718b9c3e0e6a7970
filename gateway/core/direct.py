"""A session that talks to the driver itself: what `prepare` has seen costs a trip and no more, and writes go together.

It is an `AsyncSession`, so that every rule of the service works in it. Rows are instances of the mapped classes, whose
changes SQLAlchemy's attributes note as always; they, new rows, and statements without an answer are kept until
something is asked or the transaction ends, and then sent in one trip. For whatever it does not know it hands the same
transaction, with all rows it has read, over to SQLAlchemy's own session, and is one from then on.
"""

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Any, cast

from sqlalchemy import Executable
from sqlalchemy.engine import Connection
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession
from sqlalchemy.orm import Mapper
from sqlalchemy.orm.attributes import instance_state
from sqlalchemy.orm.exc import StaleDataError

from gateway.core.changes import changes_of
from gateway.core.compiled import Form, Prepared, Values, prepared
from gateway.core.driver import Driver, Outcome, Step
from gateway.core.rows import (
    PRIMARY_KEY,
    SILENT,
    Place,
    Rows,
    by_key,
    fill_defaults,
    insertion,
    is_listened_to,
    key_names,
    layout,
    mapper_of,
    place_of,
)
from gateway.core.sqlite import BEGUN
from gateway.core.trips import Connections


class DirectSession(AsyncSession):
    """One transaction; `gateway.core.database.Database.direct` begins and ends it."""

    def __init__(self, engine: AsyncEngine, connections: Connections) -> None:
        super().__init__(expire_on_commit=False)
        self._engine, self._is_sqlite = engine, engine.dialect.name == "sqlite"
        self._connections = connections
        self._fairy: Any = None
        self._driver: Driver | None = None
        self._begun = self._is_promoted = False
        self._rows, self._locked = dict[tuple[type, Any], Any](), set[tuple[type, Any]]()
        self._new, self._handed_over = dict[int, Any](), dict[int, Any]()  # new rows by who they are
        self._queue: list[tuple[Step, bool]] = []  # and whether it must touch exactly one row

    def get_bind(self, *args: Any, **kwargs: Any) -> Any:
        """What knows the dialect."""
        return super().get_bind(*args, **kwargs) if self._is_promoted else self._engine.sync_engine

    def add(self, instance: object, _warn: bool = True) -> None:  # SQLAlchemy's signature
        """A new row, or one that is stored already."""
        if self._is_promoted:
            super().add(instance)
        elif instance_state(instance).key is None:
            kept = self._handed_over if is_listened_to(instance) else self._new
            kept[id(instance)] = instance

    def add_all(self, instances: Iterable[object]) -> None:
        """The same for several."""
        for instance in instances:
            self.add(instance)

    async def flush(self, objects: Sequence[Any] | None = None) -> None:
        """Put what has changed into the queue; it is sent with the next question."""
        if self._handed_over:
            await self._promote()
        if self._is_promoted:
            await super().flush(objects)
        else:
            self._collect()

    async def execute(self, statement: Any, params: Any = None, **options: Any) -> Any:
        """The answer to a statement; of one without an answer nothing, and it is sent later."""
        known = None if self._is_promoted or options else prepared(statement)
        if known is None:
            await self._promote()
            return await super().execute(statement, params, **options)
        if not known.answers:
            self._collect()
            self._queue.append((self._step(known, params or {}), False))
            return Rows()
        return await self._ask(known, params or {})

    async def ask_all(self, *asked: tuple[Executable, Values]) -> list[Any]:
        """The rows of several prepared statements, which are executed in this order and sent in one trip."""
        known = [prepared(statement) for statement, _ in asked]
        if self._is_promoted or None in known:
            await self._promote()
            return [Rows(await super().execute(statement, dict(values))) for statement, values in asked]
        return await self._ask_all([(each, values) for each, (_, values) in zip(known, asked, strict=True) if each])

    async def scalar(self, statement: Any, params: Any = None, **options: Any) -> Any:
        """The first value of the first row, or None."""
        if self._is_promoted or options or prepared(statement) is None:
            await self._promote()
            return await super().scalar(statement, params, **options)
        row = (await self.execute(statement, params)).first()
        return None if row is None else row[0]

    async def scalars(self, statement: Any, params: Any = None, **options: Any) -> Any:
        """The first value of each row."""
        if self._is_promoted or options or prepared(statement) is None:
            await self._promote()
            return await super().scalars(statement, params, **options)
        return (await self.execute(statement, params)).scalars()

    async def get(self, entity: Any, ident: Any, **options: Any) -> Any:
        """A row by its key; raises nothing where there is none."""
        lock, again = options.get("with_for_update"), options.get("populate_existing", False)
        if self._is_promoted or not options.keys() <= {"with_for_update", "populate_existing"}:
            await self._promote()
            return await super().get(entity, ident, **options)
        if not lock and not again and (entity, ident) in self._rows:
            return self._rows[entity, ident]
        found = (await self._ask(by_key(entity, lock), {PRIMARY_KEY: ident}, again=bool(lock or again))).first()
        if found is None:
            return None
        if lock:
            self._locked.add((entity, ident))
        return found[0]

    async def get_one(self, entity: Any, ident: Any, **options: Any) -> Any:
        """The same; raises `NoResultFound` where there is none."""
        if self._is_promoted or (found := await self.get(entity, ident, **options)) is None:
            await self._promote()
            return await super().get_one(entity, ident, **options)
        return found

    async def delete(self, instance: object) -> None:
        """Delete a stored row."""
        await self._promote()
        await super().delete(instance)

    async def refresh(self, *args: Any, **options: Any) -> None:
        """Read a row again."""
        await self._promote()
        await super().refresh(*args, **options)

    async def connection(self, *args: Any, **options: Any) -> Any:
        """SQLAlchemy's connection."""
        await self._promote()
        return await super().connection(*args, **options)

    @asynccontextmanager
    async def begin_nested(self) -> AsyncIterator[Any]:  # type: ignore[override]
        """A savepoint."""
        await self._promote()
        async with super().begin_nested() as nested:
            yield nested

    async def finish(self) -> bool:
        """Write what is left, and end the transaction; returns whether that is left to SQLAlchemy's own `commit`."""
        own = self.sync_session
        if not self._is_promoted and (self._handed_over or any(key not in SILENT for key in own.info)):
            await self._promote()  # somebody wants to write before the commit, as SQLAlchemy's session calls them
        if self._is_promoted:
            return True
        self._collect()
        if any(checked for _, checked in self._queue):
            await self._go([])
        if self._begun or self._queue:
            await self._go([], commit=True)
        own.dispatch.after_commit(own)
        return False

    async def release(self, *, failed: bool) -> None:
        """Give the connection back; after a failure what was not committed is undone, and a doubtful one is closed."""
        if self._driver is None:
            return
        self.sync_session.expunge_all()
        try:
            if failed:
                await self._driver.rollback()
        except BaseException as error:
            await self._connections.give_back(self._fairy, self._driver, is_sound=False)
            if not isinstance(error, Exception):
                raise  # else what had failed before is what the caller must learn
        else:
            await self._connections.give_back(self._fairy, self._driver)

    def _step(self, known: Prepared, values: Values) -> Step:
        form = known.form(values, is_sqlite=self._is_sqlite)
        return Step(form.text, form.parameters(values), is_short=True)

    async def _ask(self, known: Prepared, values: Values, *, again: bool = False) -> Rows:
        return (await self._ask_all([(known, values)], again=again))[0]

    async def _ask_all(self, asked: Sequence[tuple[Prepared, Values]], *, again: bool = False) -> list[Rows]:
        self._collect()
        forms = [(known, known.form(values, is_sqlite=self._is_sqlite), values) for known, values in asked]
        outcomes = await self._go(
            [Step(form.text, form.parameters(values), is_short=True) for _, form, values in forms]
        )
        return [
            self._read(known, form, outcome, again=again)
            for (known, form, _), outcome in zip(forms, outcomes, strict=True)
        ]

    def _read(self, known: Prepared, form: Form, outcome: Outcome, *, again: bool) -> Rows:
        rows = form.converted(outcome.rows)
        if not known.entities:
            return Rows(map(known.row_type(outcome), rows))
        again = again or bool(known.statement.get_execution_options().get("populate_existing"))
        return Rows(self._instances(known, form.columns, row, again=again) for row in rows)

    async def _go(self, steps: Sequence[Step], *, commit: bool = False) -> Sequence[Outcome]:
        if self._driver is None:
            self._fairy, self._driver = await self._connections.take()
        queue, self._queue, begin, self._begun = self._queue, [], not self._begun, True
        found = await self._driver.go([*(step for step, _ in queue), *steps], begin=begin, commit=commit)
        for (_, checked), outcome in zip(queue, found, strict=False):
            if checked and outcome.touched != 1:
                raise StaleDataError("A row that was to be changed is gone.")
        return found[len(queue) :]

    async def _promote(self) -> None:
        """Become SQLAlchemy's session, on the same connection and in the same transaction."""
        if self._is_promoted:
            return
        self._collect()
        await self._go([])
        self._is_promoted = True
        connection = Connection(self._engine.sync_engine, connection=self._fairy).execution_options(**{BEGUN: True})
        self.bind = AsyncConnection(self._engine, connection)
        self.sync_session.bind = connection
        handed_over, self._handed_over = self._handed_over, {}
        for row in (*self._rows.values(), *handed_over.values()):
            self.sync_session.add(row)

    def _instances(
        self, known: Prepared, columns: Sequence[Any], row: Sequence[Any], *, again: bool
    ) -> tuple[Any, ...]:
        if known.layout is None:
            known.layout = layout(known.entities, columns)
        places: Sequence[Place] = known.layout
        return tuple(
            self._instance(place, row[place.start :], again=again, locked=known.locks)
            if place.entity is not None
            else row[place.start]
            for place in places
        )

    def _instance(self, place: Place, row: Sequence[Any], *, again: bool, locked: bool) -> Any:
        entity = cast(type, place.entity)
        mapper: Mapper[Any] = mapper_of(entity)
        values = dict(zip(place.names, row, strict=False))
        key = tuple([values[name] for name in place.key])
        if None in key:  # an outer join has found none
            return None
        known = (entity, key[0] if len(key) == 1 else key)
        if locked:
            self._locked.add(known)  # nobody deletes it before the end of the transaction
        instance = self._rows.get(known)
        if instance is None:
            instance = self._rows[known] = mapper.class_manager.new_instance()
            instance_state(instance).key = mapper.identity_key_from_primary_key(key)
            instance.__dict__.update(values)
        elif again:
            instance.__dict__.update(values)
            instance_state(instance)._commit_all(instance.__dict__)
        return instance

    def _collect(self) -> None:
        """Put new rows and then changed ones into the queue, in one order whoever writes: no deadlock."""
        if self._new:
            new, self._new = self._new, {}
            for instance in sorted(new.values(), key=lambda each: place_of(type(each))):
                self._insert(instance)
        for each in changes_of(self._rows, self._locked):
            checked = not self._is_sqlite and not each.is_locked
            self._queue.append((self._step(*each.statement()), checked))

    def _insert(self, instance: Any) -> None:
        entity: Any = type(instance)
        values = instance.__dict__
        fill_defaults(instance)
        key = tuple(values.get(name) for name in key_names(entity))
        named = {name: value for name, value in sorted(values.items()) if name != "_sa_instance_state"}
        self._queue.append((self._step(insertion(entity, tuple(named)), named), False))
        instance_state(instance)._commit_all(values)
        if None not in key:
            instance_state(instance).key = mapper_of(entity).identity_key_from_primary_key(key)
            self._rows[entity, key[0] if len(key) == 1 else key] = instance


async def ask_all(session: AsyncSession, *asked: tuple[Executable, Values]) -> list[Any]:
    """The rows of several statements, in one trip where the session can; any other session asks one after the other."""
    if isinstance(session, DirectSession):
        return await session.ask_all(*asked)
    return [Rows(await session.execute(statement, dict(values))) for statement, values in asked]
