"""Checks of the session that talks to the driver itself: it keeps what SQLAlchemy's keeps, in fewer trips."""

import datetime as dt
import uuid

import pytest
from sqlalchemy import bindparam, select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm.exc import StaleDataError

from gateway.conversations.kinds import ConversationState, Danger
from gateway.conversations.models import Contact, Conversation, Turn
from gateway.core.compiled import prepare
from gateway.core.database import now
from gateway.core.locale import Language
from gateway.core.rows import new_row
from gateway.service import Service
from tests.worlds.statements import asked

pytestmark = pytest.mark.anyio
NAMED = prepare(select(Conversation).where(Conversation.business_number.in_(bindparam("numbers", expanding=True))))
NUMBERS = prepare(
    select(Conversation.business_number, Conversation.state.label("state"))
    .where(Conversation.id == bindparam("id"))
    .with_for_update()
)
RENAME = prepare(
    update(Conversation.__table__)  # type: ignore[arg-type]
    .where(Conversation.id == bindparam("of"))
    .values(business_number=bindparam("number"))
)


def contact() -> Contact:
    return Contact(wrapped_key=b"key", created_at=now())


def conversation(of: Contact, number: str = "1") -> Conversation:
    return Conversation(
        id=uuid.uuid4(), contact_id=of.id, channel="whatsapp", business_number=number, wrapped_key=b"key",
        last_citizen_message_at=now(), created_at=now(),
    )  # fmt: skip


async def stored(service: Service, *numbers: str) -> list[uuid.UUID]:
    async with service.database.direct() as session:
        who = contact()
        session.add(who)
        await session.flush()  # the default of its key is known from here on
        talks = [conversation(who, number) for number in numbers]
        session.add_all(talks)
    return [each.id for each in talks]


async def numbers_of(service: Service, *talks: uuid.UUID) -> list[str]:
    async with service.database.transaction() as session:
        return [(await session.get_one(Conversation, talk)).business_number for talk in talks]


async def test_new_rows_have_the_defaults_of_their_columns_and_are_written_parents_first(service: Service) -> None:
    (talk,) = await stored(service, "1")

    async with service.database.transaction() as session:
        row = await session.get_one(Conversation, talk)
    assert (row.state, row.said_under_18, row.language) == (ConversationState.BOT, False, None)
    assert row.dialogue_id is not None


async def test_several_new_rows_and_the_commit_are_two_trips(service: Service) -> None:
    with asked() as found:
        found.watcher = None
        await stored(service, *map(str, range(20)))

    assert found.trips == 1
    assert len(found.statements) == 23  # with BEGIN and COMMIT


async def test_rows_come_back_as_instances_and_once_each(service: Service) -> None:
    first, second = await stored(service, "1", "2")

    async with service.database.direct() as session:
        found = list(await session.scalars(NAMED, {"numbers": ["1", "2", "3"]}))
        again = await session.get_one(Conversation, first)

    assert {each.id for each in found} == {first, second}
    assert any(each is again for each in found)
    assert all(each.created_at.tzinfo is not None for each in found)


async def test_values_come_back_as_sqlalchemy_gives_them_whoever_wrote_them(service: Service) -> None:
    (talk,) = await stored(service, "1")
    at = dt.datetime(2026, 3, 29, 3, 30, tzinfo=dt.timezone(dt.timedelta(hours=3)))

    async with service.database.direct() as session:
        row = await session.get_one(Conversation, talk, with_for_update=True)
        row.state, row.urgency, row.language = ConversationState.WAITING, Danger.CRISIS, Language.SV
        row.last_citizen_message_at = at
    async with service.database.direct() as session:
        ours = await session.get_one(Conversation, talk)
    async with service.database.transaction() as session:
        theirs = await session.get_one(Conversation, talk)

    names = [column.key for column in Conversation.__table__.columns]
    assert {name: getattr(ours, name) for name in names} == {name: getattr(theirs, name) for name in names}
    assert {name: type(getattr(ours, name)) for name in names} == {name: type(getattr(theirs, name)) for name in names}
    assert (ours.state, ours.urgency, ours.last_citizen_message_at) == ("waiting", "crisis", at)


async def test_a_new_row_is_as_its_class_makes_it_in_either_session(service: Service) -> None:
    values = {"wrapped_key": b"key", "language": Language.FI, "created_at": now()}
    made, usual = new_row(Contact, id=uuid.uuid4(), **values), Contact(id=uuid.uuid4(), **values)
    begin = {made: service.database.transaction, usual: service.database.direct}
    for row, transaction in begin.items():
        async with transaction() as session:
            session.add(row)

    async with service.database.transaction() as session:
        stored_rows = [await session.get_one(Contact, row.id) for row in begin]
    first, second = ({**vars(row), "id": None, "_sa_instance_state": None} for row in stored_rows)
    assert first == second


async def test_a_list_may_be_empty_and_of_any_length(service: Service) -> None:
    await stored(service, *map(str, range(9)))

    async with service.database.direct() as session:
        counts = [
            len(list(await session.scalars(NAMED, {"numbers": list(map(str, range(size)))}))) for size in (0, 1, 3, 9)
        ]

    assert counts == [0, 1, 3, 9]


async def test_only_what_has_changed_is_written(service: Service) -> None:
    (talk,) = await stored(service, "1")

    with asked() as found:
        found.watcher = None
        async with service.database.direct() as session:
            row = await session.get_one(Conversation, talk, with_for_update=True)
            row.said_under_18, row.referral = False, "K7Q2"

    (written,) = [each for each in found.statements if each.startswith("UPDATE")]
    assert "referral" in written
    assert "said_under_18" not in written


async def test_an_error_in_the_block_undoes_everything_and_leaves_the_connection_usable(service: Service) -> None:
    (talk,) = await stored(service, "1")

    with pytest.raises(ZeroDivisionError):  # noqa: PT012  # the transaction is what raises
        async with service.database.direct() as session:
            await session.execute(RENAME, {"of": talk, "number": "2"})
            assert (await session.execute(NUMBERS, {"id": talk})).one_or_none().business_number == "2"
            raise ZeroDivisionError

    assert await numbers_of(service, talk) == ["1"]


async def test_what_the_database_refuses_is_sqlalchemys_error_without_anybodys_words(service: Service) -> None:
    with pytest.raises(IntegrityError) as refused:  # noqa: PT012  # the transaction is what raises
        async with service.database.direct() as session:
            turn = Turn(id=uuid.uuid4(), conversation_id=uuid.uuid4(), outcome="answered", topic="salaisuus")
            turn.created_at = now()
            session.add(turn)

    assert "salaisuus" not in str(refused.value)
    assert await numbers_of(service) == []


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_a_change_of_a_row_that_another_has_deleted_meanwhile_is_noticed(service: Service) -> None:
    (talk,) = await stored(service, "1")

    with pytest.raises(StaleDataError):  # noqa: PT012  # the transaction is what raises
        async with service.database.direct() as session:
            (row,) = await session.scalars(NAMED, {"numbers": ["1"]})
            async with service.database.transaction() as other:
                await other.delete(await other.get_one(Conversation, talk))
            row.referral = "K7Q2"


async def test_whoever_changes_the_same_rows_locks_them_in_the_same_order(service: Service) -> None:
    talks = await stored(service, "1", "2", "3")

    async def locked(order: list[uuid.UUID]) -> list[object]:
        async with service.database.direct() as session:
            rows = [await session.get_one(Conversation, each) for each in order]
            for row in rows:
                row.referral = order[0].hex[:4]
            await session.flush()
            return [step.values[-1] for step, _ in session._queue]

    orders = [await locked(order) for order in (talks, talks[::-1], [talks[1], talks[0], talks[2]])]
    assert len(orders[0]) == 3
    assert orders[0] == orders[1] == orders[2]


async def test_rows_that_are_locked_and_change_alike_are_one_statement(service: Service) -> None:
    talks = await stored(service, "1", "2", "3", "4")

    async with service.database.direct() as session:
        rows = [await session.get_one(Conversation, each, with_for_update=True) for each in talks[:3]]
        rows.append(await session.get_one(Conversation, talks[3]))
        for row, referral in zip(rows, ("K7Q2", "A111", "K7Q2", "K7Q2"), strict=True):
            row.referral, row.said_under_18 = referral, True
        await session.flush()
        queued = [step for step, _ in session._queue]

    async with service.database.transaction() as session:
        found = [(await session.get_one(Conversation, each)).referral for each in talks]
    assert len(queued) == 3  # of one the order matters, because it is not locked
    assert found == ["K7Q2", "A111", "K7Q2", "K7Q2"]


async def test_for_what_it_does_not_know_it_becomes_sqlalchemys_own_in_the_same_transaction(service: Service) -> None:
    first, second = await stored(service, "1", "2")

    async with service.database.direct() as session:
        row = await session.get_one(Conversation, first, with_for_update=True)
        row.referral = "before"
        assert await session.scalar(select(Conversation.referral).where(Conversation.id == first)) == "before"
        row.language = "sv"
        (await session.get_one(Conversation, second)).referral = "after"
        await session.execute(RENAME, {"of": first, "number": "3"})

    async with service.database.transaction() as session:
        one, two = await session.get_one(Conversation, first), await session.get_one(Conversation, second)
    assert (one.referral, one.language, one.business_number, two.referral) == ("before", "sv", "3", "after")


async def test_an_error_after_that_undoes_what_came_before_it_too(service: Service) -> None:
    (talk,) = await stored(service, "1")

    with pytest.raises(ZeroDivisionError):  # noqa: PT012  # the transaction is what raises
        async with service.database.direct() as session:
            await session.execute(RENAME, {"of": talk, "number": "2"})
            await session.execute(text("SELECT 1"))
            raise ZeroDivisionError

    assert await numbers_of(service, talk) == ["1"]


async def test_a_signal_is_told_after_the_commit_and_not_after_an_error(service: Service) -> None:
    async with service.signals.listen("told") as signals:
        with pytest.raises(ZeroDivisionError):  # noqa: PT012  # the transaction is what raises
            async with service.database.direct() as session:
                service.signals.send(session, "told", "no")
                raise ZeroDivisionError
        async with service.database.direct() as session:
            service.signals.send(session, "told", "yes")
        assert await anext(signals) == ("told", "yes")


async def test_a_transaction_in_which_nothing_happens_asks_nothing(service: Service) -> None:
    with asked() as found:
        found.watcher = None
        async with service.database.direct() as session:
            assert isinstance(session, AsyncSession)

    assert found.trips == 0


async def test_a_timestamp_without_a_zone_is_refused_as_ever(service: Service) -> None:
    with pytest.raises(ValueError, match="time zone"):
        async with service.database.direct() as session:
            session.add(Contact(wrapped_key=b"key", created_at=dt.datetime(2026, 1, 1)))
