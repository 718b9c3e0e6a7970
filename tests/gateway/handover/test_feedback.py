"""Checks of the question whether a talk with an officer helped: who gets it, once, and what becomes of the answer."""

import datetime as dt
import uuid
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import select

from gateway.analytics.counts import fold
from gateway.analytics.models import DailyCount, Measure, Verdict
from gateway.conversations.kinds import Danger, UnaskedKind
from gateway.conversations.messages import Choice, Reply
from gateway.conversations.models import Conversation, OutboxItem, Turn
from gateway.conversations.told import Consent, DangerState
from gateway.core import crypto
from gateway.core.config.settings import Settings
from gateway.core.database import now
from gateway.handover import ownership
from gateway.handover.feedback import Feedback, feedback_of
from gateway.handover.models import QueueEntry
from gateway.handover.replies import reply
from gateway.handover.response_times import FEWEST_VERDICTS, helped_by_topic, response_times
from gateway.handover.shifts import start_shift
from gateway.handover.teams import TeamSettings, all_teams, keep_team
from gateway.service import Service
from gateway.turns.run import run_turn
from tests.gateway.handover.test_ownership import act
from tests.worlds import officers as desk
from tests.worlds.officers import SARI
from tests.worlds.road import Road, open_road, until
from tests.worlds.scripted_engine import ScriptedEngine, answer

pytestmark = pytest.mark.anyio
ENDS = pytest.mark.parametrize("ends", ["give_back", "close"])


async def talked(service: Service, language: str = "fi", **told: object) -> uuid.UUID:
    """A talk in which an officer has answered."""
    talk = await desk.owned(service, language=language)
    await act(service, reply, SARI, talk, "Oletko kunnossa?")
    if told:
        await desk.tells(service, talk, **told)
    return talk


async def end(service: Service, talk: uuid.UUID, ends: str, **more: object) -> None:
    if ends == "close":
        await act(service, ownership.close, SARI, talk, "settled", **more)
    else:
        await act(service, ownership.give_back, SARI, talk)


async def asked(service: Service, talk: uuid.UUID) -> list[tuple[str, tuple[Choice, ...]]]:
    """What stands in each question that was queued: its text and its buttons."""
    async with service.database.transaction() as session:
        row = await session.get_one(Conversation, talk)
        key = service.keyring.unwrap(row.wrapped_key)
        items = await session.scalars(
            select(OutboxItem).where(
                OutboxItem.conversation_id == talk, OutboxItem.unasked_kind == UnaskedKind.OFFICER_FEEDBACK
            )
        )
        found = [
            Reply.model_validate_json(crypto.unseal(key, item.content_sealed or b"", "outbox_item.content"))
            for item in items
        ]
    return [(each.text, each.choices) for each in found]


@ENDS
@pytest.mark.parametrize(
    ("language", "words", "titles"),
    [
        ("fi", "Auttoiko keskustelu", ["Kyllä", "Ei"]),
        ("sv", "Var samtalet med polisen till hjälp?", ["Ja", "Nej"]),
        ("en", "Did the chat with the officer help?", ["Yes", "No"]),
    ],
)
async def test_who_had_an_officer_is_asked_in_their_language_behind_the_last_words(
    service: Service, ends: str, language: str, words: str, titles: list[str]
) -> None:
    talk = await talked(service, language)
    await end(service, talk, ends)

    ((text, choices),) = await asked(service, talk)
    assert text.startswith(words)
    assert [each.title for each in choices] == titles
    assert [each.text for each in await desk.said(service, talk)][-1] == text


@ENDS
async def test_nobody_is_asked_after_danger_on_a_watched_phone_or_unasked(service: Service, ends: str) -> None:
    for told in (
        {"danger": DangerState.NOW},
        {"danger": DangerState.PASSED},
        {"watched": True},
        {"consent": Consent.NONE},
        {"consent": Consent.CANCELLED},
    ):
        talk = await talked(service, **told)
        await end(service, talk, ends)
        assert await asked(service, talk) == [], told


@ENDS
@pytest.mark.parametrize("danger", list(Danger))
async def test_nobody_is_asked_where_a_turn_was_danger_or_crisis_even_if_an_officer_set_it_right(
    service: Service, ends: str, danger: Danger
) -> None:
    talk = await talked(service)
    async with service.database.transaction() as session:
        session.add(Turn(conversation_id=talk, outcome="answered", danger=danger, created_at=now()))
    await end(service, talk, ends)

    assert await asked(service, talk) == []


@ENDS
async def test_nobody_is_asked_by_whom_no_officer_answered_or_when_the_window_is_closed(
    service: Service, ends: str
) -> None:
    silent, late = await desk.owned(service), await talked(service)
    await desk.age(service, late, last_citizen_message_at=dt.timedelta(hours=25))
    for talk in (silent, late):
        await end(service, talk, ends)
        assert await asked(service, talk) == []


async def test_it_is_asked_once_in_a_conversation(service: Service) -> None:
    talk = await talked(service)
    await end(service, talk, "give_back")
    await desk.tells(service, talk, request_ended=False)
    await act(service, ownership.claim, SARI, talk)
    await act(service, reply, SARI, talk, "Vielä yksi asia.")
    await end(service, talk, "close")

    assert len(await asked(service, talk)) == 1


async def test_who_misused_the_service_is_not_asked_and_a_setting_takes_it_away(service: Service) -> None:
    misused, off = await talked(service), await talked(service)
    await end(service, misused, "close", asks=False)
    service.settings.officer_feedback = False
    await end(service, off, "close")

    assert await asked(service, misused) == await asked(service, off) == []


async def press(service: Service, talk: uuid.UUID, choice: str, title: str = "Kyllä") -> None:
    await desk.writes(service, talk, title, "choice", choice=choice)
    await run_turn(service, talk)


async def counted(service: Service) -> dict[str, int]:
    async with service.database.transaction() as session:
        while await fold(session):
            pass
    async with service.database.transaction() as session:
        rows = await session.scalars(select(DailyCount).where(DailyCount.measure == Measure.OFFICER_HELPFULNESS))
        return {row.part: row.count for row in rows}


async def test_the_answer_counts_once_is_thanked_for_and_goes_to_no_engine(
    service: Service, engine: ScriptedEngine
) -> None:
    talk = await talked(service)
    await end(service, talk, "give_back")
    ((_, (yes, no)),) = await asked(service, talk)
    before = len(engine.asked)
    await press(service, talk, yes.id)
    await press(service, talk, no.id, "Ei")

    assert len(engine.asked) == before
    assert [each.text[:8] for each in (await desk.said(service, talk))[-2:]] == ["Kiitos, ", "Kiitos, "]
    assert await counted(service) == {"helped": 1}
    assert (await desk.entry(service, talk)).verdict == Verdict.HELPED


async def test_nobody_answers_for_somebody_else(service: Service, engine: ScriptedEngine) -> None:
    talk, other = await talked(service), await desk.conversation(service)
    await end(service, talk, "give_back")
    ((_, (yes, _)),) = await asked(service, talk)
    await press(service, other, yes.id)
    await press(service, other, f"handover:feedback:helped:{uuid.uuid4().hex}")

    assert await counted(service) == {}
    assert (await desk.entry(service, talk)).verdict is None


@pytest.mark.parametrize(
    "choice",
    [
        None,
        "",
        "handover:feedback",
        "handover:feedback:",
        "handover:feedback:helped:x",
        "handover:feedback:wrong_guess:" + "0" * 32,
        "helped:" + "0" * 32,
    ],
)
def test_another_button_is_no_answer(choice: str | None) -> None:
    assert feedback_of(choice) is None


def test_the_button_says_which_request_and_what() -> None:
    entry = uuid.uuid4()
    assert feedback_of(f"handover:feedback:not_helped:{entry.hex}") == Feedback(entry, Verdict.NOT_HELPED)


async def test_teams_and_topics_are_told_from_five_answers_on_and_no_officer_is(service: Service) -> None:
    async with service.database.transaction() as session:
        await keep_team(session, None, TeamSettings("Nettirikokset"))
        (team,) = [each.id for each in await all_teams(session)]
    for place in range(FEWEST_VERDICTS):
        talk = await talked(service)
        async with service.database.transaction() as session:
            entry = (await session.scalars(select(QueueEntry).where(QueueEntry.conversation_id == talk))).one()
            entry.team_id, entry.verdict = team, Verdict.HELPED if place else Verdict.NOT_HELPED
        async with service.database.transaction() as session:
            times = {
                each.team.id if each.team else None: each.helped for each in await response_times(session, service, 7)
            }
            topics = await helped_by_topic(session, 7)
        enough = place + 1 == FEWEST_VERDICTS
        assert times[team] == (80 if enough else None)
        assert topics == ([("account_hacked", 5, 80)] if enough else [])


@pytest.fixture
async def road(settings: Settings, engine: ScriptedEngine) -> AsyncIterator[Road]:
    async with open_road(settings, engine, pair_limit=False) as road:
        await act(road.service, start_shift, SARI)
        yield road


async def test_on_a_phone_the_press_after_closing_is_thanked_for_and_the_next_words_are_a_new_talk(
    road: Road, engine: ScriptedEngine
) -> None:
    citizen = road.citizen()
    engine.next_answer = answer("Jonossa.", topic="talk_to_officer", language="sv")
    citizen.writes("en polis tack")
    await citizen.next_reply()
    async with road.service.database.transaction() as session:
        talk = (await session.scalars(select(Conversation.id))).one()
    await act(road.service, ownership.claim, SARI, talk)
    road.service.wake_outbox()
    await citizen.next_reply()
    await act(road.service, reply, SARI, talk, "Hej!")
    await act(road.service, ownership.close, SARI, talk, "settled")
    road.service.wake_outbox()
    said = [await citizen.next_reply() for _ in range(3)]
    citizen.taps("Nej")
    thanked = await citizen.next_reply()
    engine.next_answer = answer("BOT", language="sv")
    citizen.writes("en annan sak")
    after = await citizen.next_reply()

    assert [each.text[:16] for each in said] == ["Hej!", "Polisen har avsl", "Var samtalet med"]
    assert thanked.text.startswith("Tack för att du berättade.")
    assert after.text.startswith("Jag är Helsingforspolisens bot"), (
        "the bot introduces itself in the new talk, not in its thanks"
    )

    async def kept() -> bool:
        return (await desk.entry(road.service, talk)).verdict == Verdict.NOT_HELPED

    await until(kept)
