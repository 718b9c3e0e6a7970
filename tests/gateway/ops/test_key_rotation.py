"""Checks of rotating the data key: stopped and resumed, beside live processes, and told when it is over."""

import base64
import os
import uuid

import pytest
from sqlalchemy import select, update

from gateway.conversations.models import Conversation
from gateway.core.crypto import CannotOpen, DataKeys
from gateway.core.database import Base
from gateway.core.models import ServiceKey
from gateway.ops import key_rotation
from gateway.ops.key_rotation import key_status, rotate, wrapped_columns
from gateway.service import Service
from tests.worlds import officers as desk

pytestmark = pytest.mark.anyio

SAMPLE = "sample:ZGV2ZWxvcG1lbnQtb25seS1kYXRhLWtleS0zMmJ5dGU="
NEW = f"2027a:{base64.b64encode(os.urandom(32)).decode()}"


@pytest.fixture
def both() -> DataKeys:
    """The new key first, the old one behind a comma."""
    return DataKeys(f"{NEW},{SAMPLE}")


def test_every_column_with_a_key_is_rotated() -> None:
    named = {f"{column.table.name}.{column.name}" for column in wrapped_columns()}
    every = {
        f"{table.name}.{column.name}"
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if "wrapped" in column.name
    }

    assert named == every
    assert {"conversation.wrapped_key", "contact.wrapped_key", "service_key.wrapped"} <= named
    assert "content_unsaved_form.wrapped_key" in named, "its primary key has two columns"


async def test_after_rotating_the_new_key_alone_opens_everything(
    service: Service, both: DataKeys, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(key_rotation, "BATCH", 2)
    talks = [await desk.conversation(service) for _ in range(5)]
    async with service.database.transaction() as session:
        before = {
            row.id: service.keyring.unwrap(row.wrapped_key) for row in await session.scalars(select(Conversation))
        }
    assert "keys rotate" in (await key_status(service.database, both)).sentences()

    steps = [done async for done in rotate(service.database, both)]

    assert steps == sorted(steps)
    assert len(steps) > 3
    status = await key_status(service.database, both)
    assert (status.old, status.unopened) == (0, {})
    assert "'sample' may be removed" in status.sentences()
    alone = DataKeys(NEW)
    async with service.database.transaction() as session:
        rows = (await session.scalars(select(Conversation))).all()
        assert {row.id: alone.unwrap(row.wrapped_key) for row in rows} == before
        for wrapped in await session.scalars(select(ServiceKey.wrapped)):
            alone.unwrap(wrapped)
    assert len(talks) == 5


async def test_a_rotation_that_was_stopped_goes_on_where_it_was(
    service: Service, both: DataKeys, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(key_rotation, "BATCH", 2)
    for _ in range(5):
        await desk.conversation(service)
    first = rotate(service.database, both)
    done = await anext(first)
    await first.aclose()
    halfway = await key_status(service.database, both)
    assert 0 < halfway.old < halfway.counts.total()

    *_, rest = [each async for each in rotate(service.database, both)]

    assert done + rest == halfway.counts.total()
    assert (await key_status(service.database, both)).old == 0


async def test_a_process_that_runs_with_both_keys_sees_nothing_of_it(service: Service, both: DataKeys) -> None:
    talk = await desk.conversation(service)
    async for _ in rotate(service.database, both):
        await desk.conversation(service)  # still wrapped by the old key: this process began before
    service.keyring._data_keys = both

    await desk.writes(service, talk, "hei")
    assert (await key_status(service.database, both)).old > 0
    async for _ in rotate(service.database, both):
        pass
    assert (await key_status(service.database, both)).old == 0


async def test_a_key_that_was_destroyed_meanwhile_stays_destroyed(
    service: Service, both: DataKeys, monkeypatch: pytest.MonkeyPatch
) -> None:
    talk = await desk.conversation(service)
    read = key_rotation._batch

    async def read_then_destroyed(*arguments: object) -> object:
        rows = await read(*arguments)  # type: ignore[arg-type]
        async with service.database.transaction() as session:
            await session.execute(update(Conversation).where(Conversation.id == talk).values(wrapped_key=b""))
        return rows

    monkeypatch.setattr(key_rotation, "_batch", read_then_destroyed)
    async for _ in rotate(service.database, both):
        pass

    async with service.database.transaction() as session:
        assert (await session.get_one(Conversation, talk)).wrapped_key == b""


async def test_keys_of_a_data_key_that_is_gone_are_told_and_left_alone(service: Service) -> None:
    await desk.conversation(service)
    only_new = DataKeys(NEW)

    assert [done async for done in rotate(service.database, only_new)][-1] == 0
    status = await key_status(service.database, only_new)

    assert set(status.unopened) == {"sample"}
    assert "is not in NEUVO_DATA_KEY" in status.sentences()
    with pytest.raises(CannotOpen):
        only_new.unwrap(DataKeys(SAMPLE).wrap(uuid.uuid4().bytes * 2))
