"""What officers see when hundreds wait: their own talks keep their words, and nothing stands for what is not known."""

import datetime as dt

import pytest

from gateway.console.queue_view import WITH_WORDS, queue_view
from gateway.service import Service
from tests.gateway.console.test_routes import Console, console
from tests.gateway.handover.test_state_machine import _many_waiting
from tests.worlds import officers as desk
from tests.worlds.officers import SARI

__all__ = ["console"]
pytestmark = pytest.mark.anyio


async def test_ones_own_talk_keeps_its_words_however_many_wait(service: Service) -> None:
    talk = await desk.owned(service, SARI)
    await desk.writes(service, talk, "hän kiristää minua edelleen kuvilla")
    waits = await desk.waiting(service)
    await desk.writes(service, waits, "ja minulta vietiin pyörä")
    await desk.age(service, waits, waiting_since=dt.timedelta(minutes=5))
    await _many_waiting(service, WITH_WORDS + 1)
    async with service.database.transaction() as session:
        rows = {row.conversation_id: row.words for row in (await queue_view(session, service, reader=SARI.id)).rows}

    assert rows[talk] == "hän kiristää minua edelleen kuvilla"
    assert rows[waits] == "ja minulta vietiin pyörä"


async def test_whatever_is_shown_of_a_long_queue_has_its_words(console: Console) -> None:
    """Under a filter the first that it lets through, and all of them where all are asked for."""
    await _many_waiting(console.service, WITH_WORDS + 1)
    talk = await desk.waiting(console.service, language="sv")
    await desk.writes(console.service, talk, "någon hotar att sprida mina bilder")
    async with console.officer("olivia") as olivia:
        first, of_the_language, everything = [
            (await olivia.client.get(f"/console{query}")).text for query in ("", "?language=sv", "?all=1")
        ]

    assert "hotar att sprida" not in first, "it stands behind those that are shown at first"
    assert "hotar att sprida" in of_the_language
    assert "hotar att sprida" in everything


async def test_of_ones_own_talk_the_newest_words_are_shown_also_a_short_answer(service: Service) -> None:
    talk = await desk.owned(service, SARI)
    for words in ("joku vei mun tilin ja pyytää rahaa", "joo"):
        await desk.writes(service, talk, words)
    async with service.database.transaction() as session:
        (row,) = (await queue_view(session, service, reader=SARI.id)).rows

    assert row.words == "joo"


async def test_a_language_that_nobody_knows_yet_has_no_mark(console: Console) -> None:
    (talk,) = await _many_waiting(console.service, 1)
    async with console.officer("olivia") as olivia:
        queue = (await olivia.client.get("/console")).text
        page = await olivia.page(talk)
        found = (await olivia.client.post("/console/search", data={"csrf_token": olivia.token})).text

    assert str(talk) in found
    for each in (queue, page, found):
        assert "?</span>" not in each
        assert "? ·" not in each
        assert '<span class="badge"></span>' not in each
