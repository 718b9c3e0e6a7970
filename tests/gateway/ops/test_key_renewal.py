"""Checks of renewing keys after a leak: what was copied opens nothing any more, and nothing is lost."""

import base64
import datetime as dt
import os
import uuid

import pytest
from sqlalchemy import select, update

from gateway.accounts import codes, identity_provider, people
from gateway.accounts.models import StaffPerson
from gateway.channels.webchat.models import WebMessage
from gateway.console.conversation_view import conversation_view
from gateway.console.timeline import CitizenSaid, Said
from gateway.content.editing import feedback_inbox, unsaved
from gateway.content.publishing import comments
from gateway.conversations import event_reasons, reactions, repository
from gateway.conversations.models import Conversation, ConversationEvent, Message
from gateway.core.actors import Role
from gateway.core.crypto import CannotOpen, DataKeys, unseal
from gateway.core.database import Base, now
from gateway.core.models import GatewayProcess, KeyPurpose, ServiceKey
from gateway.handover import drafts, notes, own_answers, push_alarms, replies
from gateway.handover.attachments import Attached, checked_file
from gateway.handover.blocking import block
from gateway.ops import key_renewal
from gateway.ops.key_renewal import UNDER_INBOX_KEYS, NothingToRenew, ServiceRuns, owners, renew, sealed_columns
from gateway.ops.key_rotation import key_status
from gateway.outbox import files
from gateway.privacy import legal_holds
from gateway.privacy.legal_holds import hold_of, place_hold
from gateway.service import Service
from tests.gateway.handover.test_ownership import act
from tests.worlds import officers as desk
from tests.worlds.files_to_send import pdf
from tests.worlds.officers import CHIEF, SARI
from tests.worlds.staff import SECRET, make_person

pytestmark = pytest.mark.anyio

SAMPLE = "sample:ZGV2ZWxvcG1lbnQtb25seS1kYXRhLWtleS0zMmJ5dGU="
NEW = f"2027a:{base64.b64encode(os.urandom(32)).decode()}"


@pytest.fixture
def both() -> DataKeys:
    """The new key first, the leaked one behind a comma."""
    return DataKeys(f"{NEW},{SAMPLE}")


async def filled(service: Service) -> uuid.UUID:
    """A conversation with everything that is sealed under its key, and an unsaved form of an editor."""
    talk = await desk.owned(service, SARI)
    await desk.writes(service, talk, "mun tili hakkeroitiin")
    await act(service, replies.reply, SARI, talk, "Oletko kunnossa?")
    await act(service, replies.reply, SARI, talk, "", attached=Attached(await checked_file("ohje.pdf", pdf())))
    await act(service, drafts.save_draft, SARI, talk, "Luonnos")
    await act(service, notes.add_note, SARI, talk, "Kolme muuta")
    await act(service, place_hold, CHIEF, talk, "Tutkinta")
    await act(service, block, SARI, talk, "uhkailee Kallea", "threats")
    async with service.database.transaction() as session:
        await unsaved.keep(session, service.keyring, "olivia", "/content", {"text": ["Kesken"]})
    return talk


def test_every_sealed_column_is_sealed_anew_under_the_name_that_its_code_gives_it() -> None:
    known = {
        f"{each.column.table.name}.{each.column.name}": each.context
        for owner in owners()
        for each in sealed_columns(owner)
    }
    every = {
        f"{table.name}.{column.name}"
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if column.name.endswith("_sealed") and table.name not in UNDER_INBOX_KEYS
    }

    assert set(known) == every
    assert known == {
        "conversation.told_sealed": repository._TOLD,
        "message.content_sealed": "message.content",
        "message.external_id_sealed": "message.external_id",
        "outbox_item.content_sealed": "outbox_item.content",
        "outbox_item.external_id_sealed": "outbox_item.external_id",
        "outbox_item.reaction_sealed": reactions._CONTEXT,
        "outbox_file.content_sealed": files._CONTEXT,
        "officer_note.text_sealed": notes._CONTEXT,
        "reply_draft.text_sealed": drafts.DRAFT_CONTEXT,
        "legal_hold.reason_sealed": legal_holds._CONTEXT,
        "contact_address.value_sealed": "contact_address.value",
        "web_message.content_sealed": "web_message.content",
        "staff_person.name_sealed": people._NAME,
        "staff_person.login_sealed": people._LOGIN,
        "staff_person.code_secret_sealed": codes._SECRET,
        "staff_session.provider_token_sealed": identity_provider._TOKEN,
        "push_subscription.address_sealed": push_alarms._CONTEXT,
        "own_answer.content_sealed": own_answers._CONTEXT,
        "content_comment.text_sealed": comments._TEXT,
        "content_unsaved_form.fields_sealed": unsaved._FIELDS,
        "missed_message.text_sealed": feedback_inbox._TEXT,
        "missed_message.answer_sealed": feedback_inbox._ANSWER,
    }
    assert key_renewal._WITHIN[1:] == (event_reasons._FIELD, event_reasons._CONTEXT)
    assert WebMessage.__tablename__ == "web_message"


async def test_what_was_copied_opens_nothing_that_is_written_later_and_nothing_is_lost(
    service: Service, both: DataKeys
) -> None:
    talk = await filled(service)
    await make_person(service, "olivia", Role.OFFICER)
    async with service.database.transaction() as session:
        copied = service.keyring.unwrap((await session.get_one(Conversation, talk)).wrapped_key)
        view = await conversation_view(session, service, SARI, talk, language="en")

    *_, done = [each async for each in renew(service.database, both)]
    assert done >= 4
    assert (await key_status(service.database, both)).old == 0

    service.keyring._data_keys = DataKeys(NEW)
    await desk.writes(service, talk, "vielä yksi asia")
    async with service.database.transaction() as session:
        await service.keyring.load(session)
        for message in await session.scalars(select(Message)):
            with pytest.raises(CannotOpen):
                unseal(copied, message.content_sealed or b"", "message.content")
    async with service.database.transaction() as session:
        after = await conversation_view(session, service, SARI, talk, language="en")
        key = service.keyring.unwrap((await session.get_one(Conversation, talk)).wrapped_key)
        person = (await session.scalars(select(StaffPerson))).one()
        kept = await unsaved.kept(session, service.keyring, "olivia", "/content")
        hold = await hold_of(session, service, talk)
        draft, _ = await drafts.load_draft(session, key, SARI, talk)
        (sent,) = [each.file for each in after.items if isinstance(each, Said) and each.file]
        assert await files.open_file(session, service.keyring, talk, sent.id) == pdf()
        written = [each.text for each in await notes.list_notes(session, key, talk)]
        reasons = [
            event_reasons.opened_details(key, row.details).get("reason")
            for row in await session.scalars(select(ConversationEvent))
        ]

    words = [each.text for each in after.items if isinstance(each, CitizenSaid | Said)]
    assert words == [*(each.text for each in view.items if isinstance(each, CitizenSaid | Said)), "vielä yksi asia"]
    assert "mun tili hakkeroitiin" in words
    assert "Oletko kunnossa?" in words
    assert (draft, written) == ("Luonnos", ["Kolme muuta"])
    assert hold is not None
    assert hold.reason == "Tutkinta"
    assert {"uhkailee Kallea", "Tutkinta"} <= set(reasons)
    assert kept is not None
    assert kept.fields == {"text": ["Kesken"]}
    assert (people.open_name(service.keyring, person), people.open_login(service.keyring, person)) == (
        "Olivia Example",
        "olivia",
    )
    assert codes.open_secret(service.keyring, person) == SECRET


async def test_a_renewal_that_was_stopped_goes_on_where_it_was(
    service: Service, both: DataKeys, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(key_renewal, "BATCH", 2)
    talks = [await filled(service) for _ in range(3)]
    first = renew(service.database, both)
    await anext(first)
    await first.aclose()
    assert (await key_status(service.database, both)).old > 0

    async for _ in renew(service.database, both):
        pass

    assert (await key_status(service.database, both)).old == 0
    service.keyring._data_keys = DataKeys(NEW)
    async with service.database.transaction() as session:
        await service.keyring.load(session)
    async with service.database.transaction() as session:
        for talk in talks:
            view = await conversation_view(session, service, SARI, talk, language="en")
            assert "mun tili hakkeroitiin" in [each.text for each in view.items if isinstance(each, CitizenSaid)]


async def test_new_deliveries_are_sealed_with_a_new_key(service: Service, both: DataKeys) -> None:
    async with service.database.transaction() as session:
        await service.keyring.load(session)
    before, _ = service.keyring.current_inbox_key()
    async for _ in renew(service.database, both):
        pass
    async with service.database.transaction() as session:
        newest = await session.scalar(
            select(ServiceKey.id).where(ServiceKey.purpose == KeyPurpose.INBOX).order_by(ServiceKey.id.desc())
        )

    assert newest is not None
    assert newest > before


async def test_it_refuses_beside_processes_that_serve_and_without_a_new_key(service: Service, both: DataKeys) -> None:
    with pytest.raises(NothingToRenew, match="in front of"):
        await anext(renew(service.database, DataKeys(SAMPLE)))
    async with service.database.transaction() as session:
        session.add(GatewayProcess(id="p1", alive_until=now() + dt.timedelta(minutes=1)))
    with pytest.raises(ServiceRuns, match="Stop all of them"):
        await anext(renew(service.database, both))


async def test_what_does_not_open_stops_it_and_changes_nothing(service: Service, both: DataKeys) -> None:
    talk = await filled(service)
    async with service.database.transaction() as session:
        await session.execute(update(Message).values(content_sealed=b"x" * 40))
        before = (await session.get_one(Conversation, talk)).wrapped_key

    with pytest.raises(CannotOpen):
        async for _ in renew(service.database, both):
            pass

    async with service.database.transaction() as session:
        assert (await session.get_one(Conversation, talk)).wrapped_key == before
