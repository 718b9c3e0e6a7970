"""Checks of retention: what is past its time goes with its keys, a legal hold keeps, and a report says so."""

import datetime as dt
import uuid
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace

import httpx2
import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.accounts.models import AuditEntry
from gateway.app import create_app
from gateway.conversations.models import Contact, Conversation, ConversationEvent
from gateway.core.database import now
from gateway.core.errors import ChangeNotAllowed, NothingWritten
from gateway.ops import retention
from gateway.ops.retention import run_retention
from gateway.privacy.legal_holds import hold_of, lift_hold, place_hold
from gateway.privacy.models import LegalHold, RetentionRun
from gateway.privacy.reports import describe_retention, write_report
from gateway.service import Service
from tests.gateway.handover.test_ownership import act
from tests.worlds import officers as desk
from tests.worlds.officers import CHIEF, SARI
from tests.worlds.scripted_engine import ScriptedEngine

pytestmark = pytest.mark.anyio


async def old_talk(service: Service) -> uuid.UUID:
    talk = await desk.conversation(service)
    await desk.age(service, talk, last_citizen_message_at=dt.timedelta(days=31))
    return talk


async def there(service: Service, talk: uuid.UUID) -> bool:
    async with service.database.transaction() as session:
        return await session.get(Conversation, talk) is not None


async def test_what_is_past_its_time_goes_and_a_row_says_how_much(service: Service) -> None:
    gone, fresh = await old_talk(service), await desk.conversation(service)

    await run_retention(service)

    assert not await there(service, gone)
    assert await there(service, fresh)
    async with service.database.transaction() as session:
        run = (await session.scalars(select(RetentionRun))).one()
        contacts = (await session.scalars(select(Contact.id))).all()
        entry = (await session.scalars(select(AuditEntry).where(AuditEntry.action == "deleted_by_retention"))).one()
    assert run.counts == {"conversations": 1, "contacts": 1}
    assert len(contacts) == 1
    assert entry.details == '{"contacts":1,"conversations":1}'
    told = await describe_retention(service.settings)
    assert "1 conversations past their time, with their keys" in told


async def test_much_goes_in_pieces_each_with_its_row_and_what_failed_takes_nothing_back(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "TALKS", 2)
    monkeypatch.setattr(retention, "LOOKED_UP", 4)
    talks = [await old_talk(service) for _ in range(7)]
    write, written = write_report, list[int]()

    async def fails_once(session: AsyncSession, counts: Mapping[str, int]) -> None:
        written.append(counts.get("conversations", 0))
        if len(written) == 3:  # the first of no fingerprints, then of two talks, then of two more
            raise OSError
        await write(session, counts)

    monkeypatch.setattr(retention, "write_report", fails_once)
    with pytest.raises(OSError):
        await run_retention(service)
    assert sum([await there(service, talk) for talk in talks]) == 5

    await run_retention(service)
    assert not any([await there(service, talk) for talk in talks])
    async with service.database.transaction() as session:
        runs = (await session.scalars(select(RetentionRun).order_by(RetentionRun.id))).all()
        assert (await session.scalars(select(Contact.id))).all() == []
    assert [run.counts for run in runs] == [{"conversations": count, "contacts": count} for count in (2, 2, 2, 1)]


async def test_a_round_that_finds_nothing_leaves_no_row(service: Service) -> None:
    await desk.conversation(service)

    await run_retention(service)

    async with service.database.transaction() as session:
        assert (await session.scalars(select(RetentionRun))).all() == []
    assert "No round has deleted anything yet." in await describe_retention(service.settings)


async def test_a_legal_hold_keeps_a_conversation_until_it_is_lifted(service: Service) -> None:
    talk = await old_talk(service)
    await act(service, place_hold, CHIEF, talk, "Esitutkinta 5500/R/1, Kalle Kohde")

    await run_retention(service)
    assert await there(service, talk)
    assert "1 conversations are under a legal hold." in await describe_retention(service.settings)

    await act(service, lift_hold, CHIEF, talk, "Päättyi")
    await run_retention(service)
    assert not await there(service, talk)


async def test_nothing_at_all_can_delete_a_held_conversation(service: Service) -> None:
    talk = await desk.conversation(service)
    await act(service, place_hold, CHIEF, talk, "syy")

    with pytest.raises(IntegrityError):
        async with service.database.transaction() as session:
            await session.execute(delete(Contact))
    assert await there(service, talk)


async def test_a_hold_is_logged_without_its_reason_which_only_its_key_opens(service: Service) -> None:
    talk = await desk.conversation(service)
    await act(service, place_hold, CHIEF, talk, "Kalle Kohde")

    async with service.database.transaction() as session:
        hold = await hold_of(session, service, talk)
        assert hold is not None
        assert hold.reason == "Kalle Kohde"
        assert b"Kalle" not in (await session.get_one(LegalHold, talk)).reason_sealed
        entries = (await session.scalars(select(AuditEntry).where(AuditEntry.action == "legal_hold_placed"))).all()
        kinds = (await session.scalars(select(ConversationEvent.kind))).all()
    assert [(entry.actor, entry.details) for entry in entries] == [(str(CHIEF.id), "{}")]
    assert entries[0].subject.startswith("conversation ")
    assert str(talk) not in entries[0].subject
    assert "hold_placed" in kinds


@pytest.mark.parametrize("change", [place_hold, lift_hold])
async def test_only_a_supervisor_with_a_reason_changes_a_hold(
    service: Service, change: Callable[..., Awaitable[None]]
) -> None:
    talk = await desk.conversation(service)

    with pytest.raises(ChangeNotAllowed):
        await act(service, change, SARI, talk, "syy")
    with pytest.raises(NothingWritten):
        await act(service, change, CHIEF, talk, "  ")


async def test_a_hold_is_placed_once_and_lifted_once(service: Service) -> None:
    talk = await desk.conversation(service)
    await act(service, place_hold, CHIEF, talk, "syy")
    with pytest.raises(ChangeNotAllowed):
        await act(service, place_hold, CHIEF, talk, "syy")
    await act(service, lift_hold, CHIEF, talk, "syy")
    with pytest.raises(ChangeNotAllowed):
        await act(service, lift_hold, CHIEF, talk, "syy")


async def test_reports_older_than_two_years_go(service: Service) -> None:
    await old_talk(service)
    await run_retention(service)
    async with service.database.transaction() as session:
        await session.execute(update(RetentionRun).values(at=now() - dt.timedelta(days=731)))
    await old_talk(service)
    await run_retention(service)

    async with service.database.transaction() as session:
        assert len((await session.scalars(select(RetentionRun))).all()) == 1


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
async def test_the_public_page_says_how_long_words_and_editors_copies_of_them_are_kept(
    service: Service, engine: ScriptedEngine, language: str
) -> None:
    settings = service.settings.model_copy(
        update={"simulator": False, "text_retention_days": 23, "content_inbox_days": 19}
    )
    app = create_app(settings, engine)
    app.state.service = replace(service, settings=settings)
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://localhost") as client:
        page = (await client.get("/privacy", params={"lang": language})).text

    assert " 23 " in page
    assert " 19 " in page
    assert "{" not in page
