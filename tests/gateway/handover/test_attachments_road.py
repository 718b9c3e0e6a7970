"""Checks of pictures, PDFs and places on the whole road: to phones and the web chat, again after a failure, erased."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from gateway.console.transcript import transcript
from gateway.conversations.attachments import AttachedFile, Place
from gateway.conversations.kinds import FailureClass, OutboxState
from gateway.conversations.models import Conversation, OutboxFile, OutboxItem
from gateway.conversations.repository import locked
from gateway.core.config.settings import Settings
from gateway.handover import ownership
from gateway.handover.attachments import Attached, AttachmentRefused, checked_file
from gateway.handover.errors import HandoverRefused
from gateway.handover.replies import reply, resend
from gateway.handover.shifts import start_shift
from gateway.ops.backup.file import read
from gateway.ops.backup.make import make_backup
from gateway.outbox.failures import record_failure
from gateway.outbox.files import open_file
from gateway.privacy.erasure import erase
from gateway.privacy.subject_access import collect_own_data
from gateway.service import Service
from simulator import Citizen, GraphFault, Platform, Received
from tests.gateway.handover.test_ownership import act
from tests.gateway.ops.test_backup import KEYS
from tests.gateway.test_nothing_in_clear import dump, found_in
from tests.worlds import officers as desk
from tests.worlds import outbox
from tests.worlds.files_to_send import SECRET, jpeg, pdf, pixels, png
from tests.worlds.meta_bodies import APP, PAGE
from tests.worlds.officers import JAN, SARI
from tests.worlds.road import Road, open_road, until
from tests.worlds.scripted_engine import ScriptedEngine, answer
from tests.worlds.webchat_visitor import Chat, open_chat

pytestmark = pytest.mark.anyio
PLACE = Place(latitude=60.1989, longitude=24.9358, name="Pasilan poliisitalo", address="Pasilanraitio 11")
NAME = "ohje-kryptonium-8801.pdf"


@pytest.fixture
async def road(settings: Settings, engine: ScriptedEngine) -> AsyncIterator[Road]:
    on = {"messenger_page_id": PAGE, "messenger_app_id": APP}
    async with open_road(settings.model_copy(update=on), engine, pair_limit=False) as road:
        await act(road.service, start_shift, SARI)
        yield road


async def claimed(
    road: Road, engine: ScriptedEngine, platform: Platform = Platform.WHATSAPP
) -> tuple[Citizen, uuid.UUID]:
    """A citizen who has heard that an officer reads."""
    citizen = road.citizen(platform=platform)
    engine.next_answer = answer("Jonossa.", topic="talk_to_officer", language="fi")
    citizen.writes("ihminen kiitos")
    await citizen.next_reply()
    async with road.service.database.transaction() as session:
        talk = (await session.scalars(select(Conversation.id).order_by(Conversation.created_at.desc()))).first()
    assert talk is not None
    await act(road.service, ownership.claim, SARI, talk)
    road.service.wake_outbox()
    await citizen.next_reply()
    return citizen, talk


async def says(road: Road, talk: uuid.UUID, text: str = "", *, name: str = "kuva.jpg", **along: object) -> None:
    content = along.get("content")
    file = await checked_file(name, content) if isinstance(content, bytes) else None
    place = along.get("place")
    attached = Attached(file, place if isinstance(place, Place) else None)
    await act(road.service, reply, SARI, talk, text, attached=attached)
    road.service.wake_outbox()


def uploaded(road: Road, message: Received) -> bytes:
    return road.simulator.state.uploads[message.content["id"]].content


async def test_a_picture_goes_out_with_its_words_and_its_ticks_come_back(road: Road, engine: ScriptedEngine) -> None:
    citizen, talk = await claimed(road, engine)
    await says(road, talk, "Näin se näyttää.", content=jpeg(turned=6))

    got = await citizen.next_reply()

    assert (got.kind, got.text) == ("image", "Näin se näyttää.")
    assert pixels(uploaded(road, got)) == pixels(jpeg(turned=6))
    assert SECRET not in uploaded(road, got)
    await until(lambda: _delivered(road, talk))
    (sent,) = await desk.said(road.service, talk, author="officer")
    assert (sent.text, sent.file and sent.file.name) == ("Näin se näyttää.", "kuva.jpg")


async def _delivered(road: Road, talk: uuid.UUID) -> bool:
    said = await desk.said(road.service, talk, author="officer")
    return said[-1].delivery in ("delivered", "read")


async def test_a_pdf_has_its_name_and_a_place_is_a_place(road: Road, engine: ScriptedEngine) -> None:
    citizen, talk = await claimed(road, engine)
    await says(road, talk, "Lue tämä.", content=pdf(), name="Ohje (fi).pdf", place=PLACE)

    document, place = await citizen.next_reply(), await citizen.next_reply()

    assert (document.kind, document.text, document.content["filename"]) == ("document", "Lue tämä.", "Ohje (fi).pdf")
    assert uploaded(road, document) == pdf()
    assert place.kind == "location"
    assert place.content == {
        "latitude": 60.1989, "longitude": 24.9358, "name": "Pasilan poliisitalo", "address": "Pasilanraitio 11",
    }  # fmt: skip


async def test_words_too_long_for_a_caption_follow_in_a_message_of_their_own(
    road: Road, engine: ScriptedEngine
) -> None:
    citizen, talk = await claimed(road, engine)
    await says(road, talk, "ä" * 1025, content=png())

    picture, words = await citizen.next_reply(), await citizen.next_reply()

    assert (picture.kind, picture.text, words.text) == ("image", "", "ä" * 1025)


@pytest.mark.parametrize("fault", [GraphFault(code=131053), GraphFault(kind="reset"), GraphFault(code=131000)])
async def test_an_upload_that_fails_is_repeated_and_the_citizen_gets_one(
    road: Road, engine: ScriptedEngine, fault: GraphFault
) -> None:
    citizen, talk = await claimed(road, engine)
    before = len(citizen.received)
    road.fault(fault)
    await says(road, talk, "Kuva", content=jpeg())

    assert (await citizen.next_reply()).kind == "image"
    await road.simulator.settled()
    await asyncio.sleep(0.5)
    assert len(citizen.received) == before + 1


async def test_on_messenger_a_place_goes_in_words_and_a_file_is_refused(road: Road, engine: ScriptedEngine) -> None:
    citizen, talk = await claimed(road, engine, Platform.MESSENGER)
    with pytest.raises(AttachmentRefused) as refused:
        await says(road, talk, "Kuva", content=jpeg())
    await says(road, talk, "Tänne:", place=PLACE)

    assert refused.value.code == "file_not_here"
    assert (await citizen.next_reply()).text == (
        "Tänne:\n\nPasilan poliisitalo\nPasilanraitio 11\n60.198900, 24.935800"
    )


@pytest.fixture
async def chat(settings: Settings, engine: ScriptedEngine) -> AsyncIterator[Chat]:
    async with open_chat(settings, engine) as chat:
        yield chat


async def test_in_the_web_chat_the_file_is_the_browsers_own_and_nobody_elses(
    chat: Chat, engine: ScriptedEngine
) -> None:
    engine.next_answer = answer("Jonossa.", topic="talk_to_officer", language="fi")
    mine, other, nobody = chat.visitor(), chat.visitor(), chat.visitor()
    await mine.open()
    await mine.write("poliisi kiitos")
    async with mine.listening() as news:
        await until(lambda: _heard(news.texts("bot"), 1))
        async with chat.service.database.transaction() as session:
            talk = (await session.scalars(select(Conversation.id))).one()
        await act(chat.service, ownership.claim, SARI, talk)
        file = await checked_file("IMG.png", png())
        await act(chat.service, reply, SARI, talk, "Näin.", attached=Attached(file, PLACE))
        chat.service.wake_outbox()
        await until(lambda: _heard(news.texts("officer"), 1))
        entry = news.entries[-1]
        await other.open()
        await other.write("hei")
        address = f"/chat/files/{entry['number']}"
        got, page = await mine.client.get(address), (await mine.client.get("/chat")).text
        theirs, nobodys = await other.client.get(address), await nobody.client.get(address)
        beyond = [await mine.client.get(f"/chat/files/{each}") for each in ("0", "1", "99", "9" * 30, "x")]

        assert entry["file"] == {"name": "IMG.png", "picture": True}
        assert entry["place"]["coordinates"] == "60.198900, 24.935800"
        assert (got.status_code, got.headers["content-type"], pixels(got.content)) == (200, "image/png", pixels(png()))
        assert "sandbox" in got.headers["content-security-policy"]
        assert got.headers["cache-control"] == "no-store"
        assert f'src="{address}"' in page
        assert "Pasilanraitio 11" in page
        assert (theirs.status_code, nobodys.status_code) == (404, 404)
        assert all(400 <= each.status_code < 500 for each in beyond)
        await mine.post("/chat/exit")
        assert (await mine.client.get(address)).status_code == 404
    for visitor in (mine, other, nobody):
        await visitor.close()


async def _heard(texts: list[str], count: int) -> bool:
    return len(texts) >= count


async def with_file(service: Service, content: bytes = b"", name: str = NAME) -> tuple[uuid.UUID, AttachedFile]:
    talk = await desk.owned(service)
    file = await checked_file(name, content or pdf())
    await act(service, reply, SARI, talk, "Lue tämä.", attached=Attached(file, PLACE))
    return talk, file


async def test_only_the_owner_sends_and_a_new_owner_stops_what_waits(service: Service) -> None:
    talk = await desk.owned(service)
    file = await checked_file(NAME, pdf())
    with pytest.raises(HandoverRefused):
        await act(service, reply, JAN, talk, "", attached=Attached(file))
    await act(service, reply, SARI, talk, "", attached=Attached(file))
    await act(service, ownership.release, SARI, talk, "cannot_now")
    await act(service, ownership.claim, JAN, talk)
    async with service.database.transaction() as session:  # what stands before it has gone out
        for item in await session.scalars(select(OutboxItem).where(OutboxItem.author == "system")):
            item.state = OutboxState.SENT
    await outbox.look(service)

    assert ("officer", "dropped") in await desk.states(service, talk)
    assert await files(service) == 1, "what was refused was not kept"


async def files(service: Service) -> int:
    async with service.database.transaction() as session:
        return await session.scalar(select(func.count()).select_from(OutboxFile)) or 0


async def test_the_same_form_twice_keeps_and_sends_one_file(service: Service) -> None:
    talk, form_id = await desk.owned(service), uuid.uuid4()
    for _ in range(2):
        file = await checked_file(NAME, pdf())
        await act(service, reply, SARI, talk, "", attached=Attached(file), form_id=form_id)

    assert await files(service) == 1
    assert len(await desk.said(service, talk, author="officer")) == 1


async def test_a_file_that_failed_is_sent_again_without_being_kept_twice(service: Service) -> None:
    talk, file = await with_file(service)
    async with service.database.transaction() as session:
        mine = select(OutboxItem).where(OutboxItem.author == "officer").order_by(OutboxItem.sequence)
        item = (await session.scalars(mine)).all()[0]
        await record_failure(session, item, FailureClass.UNDELIVERABLE, 131026)
    await act(service, resend, SARI, talk, item.id)

    said = await desk.said(service, talk, author="officer")
    assert [each.file.id if each.file else None for each in said] == [file.id, None, file.id]
    assert await files(service) == 1


async def test_a_file_is_sealed_opens_only_in_its_conversation_and_goes_with_it(
    service: Service, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    marked = pdf(b"5 0 obj<</Title(" + SECRET + b")>>endobj\n")
    talk, file = await with_file(service, marked)
    other = await desk.owned(service)
    async with service.database.transaction() as session:
        assert await open_file(session, service.keyring, talk, file.id) == marked
        assert await open_file(session, service.keyring, other, file.id) is None
        assert await open_file(session, service.keyring, talk, uuid.uuid4()) is None
    backup = tmp_path / "one.backup"
    await asyncio.to_thread(make_backup, service.settings, backup)
    kept = [row for table, row in read(backup, KEYS) if table == "outbox_file"]
    clear = {name for name, value in (await dump(service.database)).items() if found_in(value, [SECRET.decode(), NAME])}
    out = "".join(capfd.readouterr())

    assert len(kept) == 1
    assert clear == set()
    assert found_in(out.encode(), [NAME, SECRET.decode(), "Pasilanraitio"]) == set()
    async with service.database.transaction() as session:
        from gateway.core.database import now

        await erase(session, service, await locked(session, talk), now())
    assert await files(service) == 0


async def test_the_citizens_own_data_and_the_transcript_name_what_was_sent(service: Service) -> None:
    talk, _ = await with_file(service)
    async with service.database.transaction() as session:
        own = "\n".join(await collect_own_data(session, service, await locked(session, talk)))
        written = await transcript(session, service, SARI, talk, "complaint")
    for text in (own, written):
        assert NAME in text
        assert "Pasilanraitio 11" in text
        assert "60.198900, 24.935800" in text
