"""What became of an answer: counted once a day for each person, and drawn by topic, question and language."""

import datetime as dt
import re
from dataclasses import dataclass

import httpx2
import pytest
from sqlalchemy import insert

from gateway.analytics.answers import OUTCOMES, answer_rows
from gateway.analytics.counts import cells_of_day
from gateway.analytics.models import DailyCount, Measure
from gateway.analytics.rounding import RoundedCounts
from gateway.conversations.kinds import Danger, TurnOutcome
from gateway.core.actors import Role
from gateway.core.config.settings import Settings
from gateway.core.locale import today
from tests.gateway.analytics.test_counts import counts
from tests.worlds.road import Road
from tests.worlds.scripted_engine import ScriptedEngine, answer
from tests.worlds.staff import browser, make_person, running, session_cookie

pytestmark = pytest.mark.anyio


@dataclass
class Turn:
    topic: str | None
    language: str = "fi"
    question: str | None = None
    danger: Danger | None = None
    outcome: TurnOutcome = TurnOutcome.ANSWERED


@pytest.mark.parametrize(
    ("turns", "wanted"),
    [
        ([Turn("parcel")], {("answer_asked", "fi:parcel"), ("answer_left", "fi:parcel")}),
        ([Turn("parcel"), Turn("follow_up_helped")], {("answer_asked", "fi:parcel"), ("answer_helped", "fi:parcel")}),
        (
            [Turn("parcel"), Turn("follow_up_wrong_guess"), Turn("bank", "sv")],
            {
                ("answer_asked", "fi:parcel"),
                ("answer_not_helped", "fi:parcel"),
                ("answer_asked", "sv:bank"),
                ("answer_left", "sv:bank"),
            },
        ),
        ([Turn("parcel"), Turn("follow_up_thanks")], {("answer_asked", "fi:parcel")}),
        (
            [Turn("parcel"), Turn("greeting_thanks")],
            {("answer_asked", "fi:parcel"), ("answer_asked", "fi:greeting_thanks")},
        ),
        ([Turn("parcel"), Turn("follow_up_why")], {("answer_asked", "fi:parcel"), ("answer_left", "fi:parcel")}),
        ([Turn("parcel"), Turn(None, outcome=TurnOutcome.NOT_ANSWERED)], {("answer_asked", "fi:parcel")}),
        ([Turn("emergency_now", danger=Danger.EMERGENCY)], {("answer_asked", "fi:emergency_now")}),
        (
            [Turn("parcel"), Turn("follow_up_question", question="cost")],
            {
                ("answer_asked", "fi:parcel"),
                ("answer_asked", "fi:?cost"),
                ("answer_left", "fi:parcel"),
                ("answer_left", "fi:?cost"),
            },
        ),
        (
            [Turn("parcel"), Turn("follow_up_question", question="cost"), Turn("nlu_fallback")],
            {
                ("answer_asked", "fi:parcel"),
                ("answer_asked", "fi:?cost"),
                ("answer_missed", "fi:parcel"),
                ("answer_missed", "fi:?cost"),
            },
        ),
        ([Turn("nlu_fallback"), Turn("follow_up_helped"), Turn(None)], set()),
    ],
)
def test_an_answer_is_followed_by_what_comes_after_it(turns: list[Turn], wanted: set[tuple[str, str]]) -> None:
    assert {(str(measure), part) for measure, part in cells_of_day(turns)} == wanted


def rounded(*cells: tuple[Measure, str, int]) -> RoundedCounts:
    day = dt.date(2026, 11, 24)
    return RoundedCounts(day, day, {(measure, part): {day: count} for measure, part, count in cells})


def test_a_row_adds_the_languages_up_and_the_rest_went_on() -> None:
    found = rounded(
        (Measure.ANSWER_ASKED, "fi:parcel", 50),
        (Measure.ANSWER_ASKED, "sv:parcel", 10),
        (Measure.ANSWER_HELPED, "fi:parcel", 20),
        (Measure.ANSWER_HANDED_OVER, "sv:parcel", 5),
        (Measure.ANSWER_LEFT, "fi:parcel", 15),
        (Measure.ANSWER_LEFT, "sv:parcel", 5),
        (Measure.ANSWER_ASKED, "fi:?cost", 15),
    )
    (row,) = answer_rows(found, "", str, questions=False)
    assert (row.topic, row.asked, row.outcomes, row.went_on) == ("parcel", 60, (20, 0, 0, 5, 20), 15)
    assert sum(row.widths) == pytest.approx(100, abs=0.1)
    assert [answer_rows(found, "sv", str, questions=False)[0].asked] == [10]
    assert [each.topic for each in answer_rows(found, "", str, questions=True)] == ["cost"]
    assert len(row.widths) == len(OUTCOMES) + 1


async def test_the_road_counts_each_once_a_day_and_who_is_handed_over(road: Road, engine: ScriptedEngine) -> None:
    aino = road.citizen("Aino")
    for topic in ("account_hacked", "account_hacked", "follow_up_helped", "follow_up_helped"):
        engine.next_answer = answer("Vastaus.", topic=topic)
        aino.writes(topic)
        await aino.next_reply()
    engine.next_answer = answer("Soita 112.", topic="emergency_now", danger="emergency", language="sv")
    veli = road.citizen("Veli")
    veli.writes("hjälp")
    await veli.next_reply()

    found = await counts(road.service)
    assert found["answer_asked", "fi:account_hacked"] == 1
    assert found["answer_helped", "fi:account_hacked"] == 1
    assert found["answer_asked", "sv:emergency_now"] == 1
    assert found["answer_handed_over", "sv:emergency_now"] == 1


async def test_whoever_writes_again_has_not_left(road: Road, engine: ScriptedEngine) -> None:
    """An absence cannot be counted when it happens: it is, with each answer, and taken back with the next words."""
    aino = road.citizen("Aino")
    engine.next_answer = answer("Vastaus.", topic="account_hacked")
    aino.writes("tilini vietiin")
    await aino.next_reply()
    assert (await counts(road.service))["answer_left", "fi:account_hacked"] == 1
    for topic, left in (("parcel_sms", 0), ("follow_up_thanks", 0), ("account_hacked", 1)):
        engine.next_answer = answer("Vastaus.", topic=topic)
        aino.writes(topic)
        await aino.next_reply()
        assert (await counts(road.service)).get(("answer_left", "fi:account_hacked"), 0) == left, topic
    found = await counts(road.service)
    assert found["answer_asked", "fi:account_hacked"] == 1
    assert found.get(("answer_left", "fi:parcel_sms"), 0) == 0


async def test_the_page_shows_each_topic_with_its_bar_in_any_language(settings: Settings) -> None:
    async with running(settings) as app:
        service = app.state.service
        rows = [
            {"day": today(), "measure": Measure.ANSWER_ASKED, "part": "fi:parcel_sms", "count": 40},
            {"day": today(), "measure": Measure.ANSWER_HELPED, "part": "fi:parcel_sms", "count": 15},
            {"day": today(), "measure": Measure.ANSWER_LEFT, "part": "fi:parcel_sms", "count": 10},
            {"day": today(), "measure": Measure.ANSWER_ASKED, "part": "fi:?cost", "count": 10},
        ]
        async with service.database.transaction() as session:
            await session.execute(insert(DailyCount), rows)
        person = await make_person(service, "elina", Role.EDITOR, language="en")
        client: httpx2.AsyncClient = browser(app, await session_cookie(app, person))
        page = (await client.get("/console/figures/answers")).text
        assert 'href="/content/topics/parcel_sms"' in page
        assert '<td class="number">40</td><td class="number">15</td>' in page
        assert '<td class="number">10</td><td class="number">15</td></tr>' in page, "left, then who went on"
        assert 'width="37.5"' in page
        assert ">Period</label>" in page
        assert re.findall(r'<option value="(day|week|month)"( selected)?>([^<]+)<', page) == [
            ("day", "", "4 weeks"),
            ("week", " selected", "a year"),
        ], "totals have no detail"
        months = (await client.get("/console/figures/answers?by=month")).text
        assert '<option value="week" selected>' in months
        swedish = (await client.get("/console/figures/answers?language=sv")).text
        assert "Nothing to tell yet." in swedish
        assert (await client.get("/console/figures/answers?language=xx&by=no&end=x")).status_code == 200
