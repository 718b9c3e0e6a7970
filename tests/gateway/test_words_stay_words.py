"""Checks that what a citizen writes stays words on the whole road: no template, no command, no number in clear."""

import json
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import select

from gateway.conversations.models import Conversation, Message
from gateway.core import crypto
from gateway.core.config.settings import Settings
from tests.worlds import hostile_words
from tests.worlds import whatsapp_bodies as bodies
from tests.worlds.road import Road, open_road, until
from tests.worlds.scripted_engine import ScriptedEngine, answer

pytestmark = pytest.mark.anyio
STRANGE = (*hostile_words.TEMPLATES, *hostile_words.TABLES, "/restart", '/inform{"language": "sv"}', "{slot}")


@pytest.fixture
async def road(settings: Settings, engine: ScriptedEngine) -> AsyncIterator[Road]:
    async with open_road(settings.model_copy(update={"citizen_turns": 1000}), engine, pair_limit=False) as road:
        yield road


async def stored_texts(road: Road) -> list[str]:
    async with road.service.database.transaction() as session:
        rows = await session.execute(select(Message, Conversation).join(Conversation).order_by(Message.id))
        found = []
        for message, conversation in rows:
            key = road.service.keyring.unwrap(conversation.wrapped_key)
            content = json.loads(crypto.unseal(key, message.content_sealed or b"", "message.content"))
            found.append(content["text"])
    return found


async def test_templates_commands_and_statements_reach_the_engine_as_they_are(
    road: Road, engine: ScriptedEngine
) -> None:
    citizen = road.citizen()
    for words in STRANGE:
        engine.asked.clear()
        engine.next_answer = answer(f"Sanoit: {words}")
        citizen.writes(words)
        reply = await citizen.next_reply()

        assert [request.text for request in engine.asked] == [words]
        assert f"Sanoit: {words}" in (reply.text or "")
    assert await stored_texts(road) == list(STRANGE)


async def test_a_tap_that_names_a_command_is_no_command(road: Road, engine: ScriptedEngine) -> None:
    reply = {"type": "button_reply", "button_reply": {"id": "/restart", "title": "x"}}
    content = bodies.body(bodies.message("interactive", interactive=reply))
    assert await road.post(content) == 200

    async def asked() -> bool:
        return bool(engine.asked)

    await until(asked)
    assert engine.asked[0].choice is None


async def test_a_personal_identity_code_is_masked_before_it_is_stored_or_asked_about(
    road: Road, engine: ScriptedEngine
) -> None:
    citizen = road.citizen()
    citizen.writes("mun hetu on 131052-308T ja kortti 4111 1111 1111 1111")
    await citizen.next_reply()

    for text in (*(request.text or "" for request in engine.asked), *await stored_texts(road)):
        assert text.startswith("mun hetu on ")
        assert "308T" not in text
        assert "4111" not in text
