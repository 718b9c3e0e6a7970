"""Checks of a pasted message on its way in: judged before it is masked, only its parts kept, paths of links dropped."""

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from gateway.conversations.kinds import MessageKind
from gateway.conversations.messages import IncomingMessage
from gateway.conversations.models import Conversation, Message, Turn
from gateway.conversations.scam_checks import ScamChecks, parts_of
from gateway.core.config.settings import PROJECT
from gateway.core.crypto import unseal
from gateway.core.database import now
from gateway.inbox.process_events import process_messages
from gateway.inbox.store import store_delivery
from gateway.service import Service
from gateway.turns.run import run_turn
from scam_check.kinds import ReasonKind, Suspicion
from tests.worlds import whatsapp_bodies as bodies
from tests.worlds.scripted_engine import ScriptedEngine, answer

pytestmark = pytest.mark.anyio

PASTED = (
    "Omakanta: veronpalautuksesi 312,40e on valmis. "
    "Lunasta: http://vero-refund.info/token/Matti-Virtanen?hetu=131052-308T "
    "tai tilille FI21 1234 5600 0007 85"
)

TOLD = (
    "Mummolle soitti mies joka sanoi olevansa pankista ja pyysi lukemaan koodit ääneen ja siirtämään rahat turvatilille"
)


async def deliver(service: Service, *messages: dict[str, Any], careful: bool = False) -> None:
    async with service.database.transaction() as session:
        await store_delivery(session, service.keyring, service.channels["whatsapp"], bodies.body(*messages))
    async with service.database.transaction() as session:
        await process_messages(
            session, service.keyring, service.idle, checks=ScamChecks(PROJECT / "data", None), careful=careful
        )


async def contents(service: Service) -> list[dict[str, Any]]:
    async with service.database.transaction() as session:
        rows = await session.execute(
            select(Message.content_sealed, Conversation.wrapped_key)
            .join(Conversation, Conversation.id == Message.conversation_id)
            .order_by(Message.id)
        )
        return [
            json.loads(unseal(service.keyring.unwrap(key), sealed, "message.content")) for sealed, key in rows if sealed
        ]


@pytest.mark.parametrize("careful", [False, True])
async def test_only_the_parts_of_a_pasted_message_are_kept(service: Service, *, careful: bool) -> None:
    await deliver(service, bodies.message(body=PASTED), careful=careful)

    (content,) = await contents(service)
    parts = parts_of(content)

    assert parts is not None
    assert (parts.suspicion, parts.sender, parts.domains) == (Suspicion.STRONG, "vero", ("vero-refund.info",))
    assert content["text"].endswith("http://vero-refund.info/… tai tilille ⟦iban⟧")
    for private in ("Matti", "131052", "hetu", "FI21"):
        assert private not in json.dumps(content)


async def test_the_engine_is_told_the_parts_with_the_turn_and_of_the_worst_message(service: Service) -> None:
    engine = service.engine
    assert isinstance(engine, ScriptedEngine)
    await deliver(service, bodies.message(body="hei, katsokaa tätä"), bodies.message(body=PASTED))
    async with service.database.transaction() as session:
        (conversation,) = (await session.scalars(select(Conversation.id))).all()

    while await run_turn(service, conversation) is True:
        pass

    (told,) = [request.scam_check for request in engine.asked if request.scam_check is not None]
    assert told["suspicion"] == "strong"
    assert told["reasons"][0] == {"kind": "sender_in_link", "words": "vero-refund.info", "sender": "vero"}


async def test_a_scam_told_in_own_words_is_marked_as_told_and_only_its_answer_counts(service: Service) -> None:
    engine = service.engine
    assert isinstance(engine, ScriptedEngine)
    await deliver(service, bodies.message(body=TOLD))
    (content,) = await contents(service)
    parts = parts_of(content)
    assert parts is not None
    assert (parts.told, parts.suspicion is Suspicion.NONE) == (True, False)
    async with service.database.transaction() as session:
        (conversation,) = (await session.scalars(select(Conversation.id))).all()

    for topic, wave in (("romance_scam", None), ("scam_check", parts.wave)):
        engine.next_answer = answer(topic=topic)
        await deliver(service, bodies.message(body=TOLD))
        while await run_turn(service, conversation) is True:
            pass
        async with service.database.transaction() as session:
            turn = (await session.scalars(select(Turn).order_by(Turn.created_at.desc()))).first()
            assert turn is not None
            assert turn.scam == wave


async def test_a_plain_message_has_no_check(service: Service) -> None:
    await deliver(service, bodies.message(body="joku pääs mun instaan, katso https://instagram.com/p/abc?igsh=123"))

    (content,) = await contents(service)

    assert content == {"text": "joku pääs mun instaan, katso https://instagram.com/…", "media_id": None}


async def test_asking_about_a_quoted_message_asks_about_its_check(service: Service) -> None:
    pasted = bodies.message(body=PASTED)
    await deliver(service, pasted)
    await deliver(service, bodies.message(body="onko tää aito?", context={"from": "358401234567", "id": pasted["id"]}))
    await deliver(service, bodies.message(body="onko tää aito?"))

    first, quoting, alone = await contents(service)

    assert parts_of(quoting) == parts_of(first) is not None
    assert parts_of(alone) is None


async def test_a_forwarded_message_is_checked_whatever_it_says(service: Service) -> None:
    await deliver(
        service,
        bodies.message(body="tule kahville huomenna", context={"forwarded": True}),
        bodies.message(body="tule kahville huomenna"),
    )

    forwarded, written = [parts_of(content) for content in await contents(service)]

    assert forwarded is not None
    assert forwarded.suspicion is Suspicion.NONE
    assert written is None


def message_of(text: str) -> IncomingMessage:
    return IncomingMessage(external_id="x", business_number="1", sent_at=now(), kind=MessageKind.TEXT, text=text)


def test_senders_and_list_are_followed_and_a_mistake_leaves_what_was_good(tmp_path: Path) -> None:
    seconds = [0.0]
    listed = tmp_path / "list.txt"
    checks = ScamChecks(tmp_path, listed, lambda: seconds[0])
    assert checks.senders == {}

    good = (PROJECT / "data" / "senders.yml").read_text("utf-8")
    (tmp_path / "senders.yml").write_text(good, "utf-8")
    seconds[0] += 2
    assert "posti" in checks.senders

    (tmp_path / "senders.yml").write_text(good.replace('words: ["posti"', 'words: {"posti"'), "utf-8")
    seconds[0] += 2
    assert "posti" in checks.senders


def test_a_list_of_known_scams_is_used(tmp_path: Path) -> None:
    (tmp_path / "list.txt").write_text("quite-harmless.fi\n", "utf-8")
    checks = ScamChecks(None, tmp_path / "list.txt")

    read = checks.read(message_of("onko aito https://quite-harmless.fi/a"))

    assert read.parts is not None
    assert read.parts.reasons[0].kind is ReasonKind.LISTED
