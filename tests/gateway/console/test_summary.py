"""Checks of the summary: what is known of a conversation in a few lines, by rules, for who takes it over."""

import uuid

import pytest

from gateway.console.conversation_view import conversation_view
from gateway.console.summary import is_new_to, summary
from gateway.conversations.told import ToldPart
from gateway.core.actors import Officer
from gateway.handover import ownership
from gateway.handover.replies import reply
from gateway.handover.shifts import start_shift
from gateway.service import Service
from gateway.turns.run import run_turn
from tests.gateway.console.test_routes import Console, console
from tests.gateway.handover.test_ownership import act
from tests.worlds import officers as desk
from tests.worlds.officers import JAN, SARI
from tests.worlds.scripted_engine import ScriptedEngine, answer

__all__ = ["console"]
pytestmark = pytest.mark.anyio


async def in_short(service: Service, officer: Officer, talk: uuid.UUID, language: str = "en") -> dict[str, str]:
    async with service.database.transaction() as session:
        view = await conversation_view(session, service, officer, talk, language=language)
    return {line.label: line.text for line in summary(view, service.lines, language)}


async def is_new(service: Service, officer: Officer, talk: uuid.UUID) -> bool:
    async with service.database.transaction() as session:
        return is_new_to(await conversation_view(session, service, officer, talk))


async def test_what_was_asked_and_told_and_answered_is_named(service: Service, engine: ScriptedEngine) -> None:
    talk = await desk.conversation(service)
    for text, question in (("joku kiristää mua kuvilla", None), ("maksaako ilmoitus jotain", "cost")):
        made = answer("Vastaus.", topic="sextortion")
        engine.next_answer = made.model_copy(
            update={"understood": made.understood.model_copy(update={"question": question})}
        )
        await desk.writes(service, talk, text)
        await run_turn(service, talk)
    await desk.tells(service, talk, facts={ToldPart.AGE: ("under_15",), ToldPart.PLATFORM: ("Snapchat",)}, watched=True)
    found = await in_short(service, SARI, talk)

    assert found == {
        "About": service.lines.title("sextortion", "en"),
        "Told": "Phone: somebody else may read it · under 15 · Snapchat",
        "Asked": service.lines.question_title("cost", "en"),
        "Wrote last": "“maksaako ilmoitus jotain”",
        "The bot": "answered 2 times",
    }


async def test_what_an_officer_said_and_who_handed_it_on_and_what_is_open_is_named(service: Service) -> None:
    talk = await desk.owned(service, SARI)
    await desk.writes(service, talk, "onko tämä nyt rikos vai ei")
    await act(service, start_shift, JAN)
    await act(service, reply, SARI, talk, "Kyllä on. Kerro lisää.")
    await act(service, ownership.hand_on, SARI, talk, JAN, "tuntee Snapchatin")
    found = await in_short(service, JAN, talk)

    assert found["An officer"].startswith("Sari Virtanen, ")
    assert found["An officer"].endswith("“Kyllä on. Kerro lisää.”")
    assert found["Before"] == "Sari Virtanen handed the conversation to Jan Lindqvist. tuntee Snapchatin"
    assert found["Open"] == "answered, nobody waits"
    assert found["Wrote last"] == "“onko tämä nyt rikos vai ei”"


async def test_a_long_message_is_quoted_in_part_and_nothing_unknown_has_a_line(service: Service) -> None:
    talk = await desk.conversation(service)
    assert await in_short(service, SARI, talk) == {}
    await desk.writes(service, talk, "sana " * 100)

    quoted = (await in_short(service, SARI, talk))["Wrote last"]
    assert len(quoted) <= 163
    assert quoted.endswith("…”")


async def test_it_is_shown_to_who_received_the_conversation_until_they_have_replied(service: Service) -> None:
    talk = await desk.owned(service, SARI)
    await act(service, start_shift, JAN)
    assert await is_new(service, SARI, talk)
    await act(service, reply, SARI, talk, "Hei!")
    assert not await is_new(service, SARI, talk)
    await act(service, ownership.hand_on, SARI, talk, JAN)

    assert await is_new(service, JAN, talk)
    assert not await is_new(service, SARI, talk), "it is not theirs any more"


@pytest.mark.parametrize(
    ("language", "words", "quoted"),
    [("fi", "Yhteenveto", "”%s”"), ("sv", "Sammanfattning", "”%s”"), ("en", "Summary", "“%s”")],
)
async def test_the_page_of_the_talk_has_it(console: Console, language: str, words: str, quoted: str) -> None:
    talk = await desk.waiting(console.service)
    await desk.writes(console.service, talk, "mun tili on viety ja en pääse sisään")
    async with console.officer("olivia", language=language) as olivia:
        await olivia.press(talk, "claim")
        page = await olivia.page(talk)

    assert page.count(words) == 2
    assert page.count(quoted % "mun tili on viety ja en pääse sisään") == 2
