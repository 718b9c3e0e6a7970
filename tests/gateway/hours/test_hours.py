"""Checks of the service hours: the clock, the calendar and the words, at moments that a test chooses."""

import datetime as dt
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import time_machine
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from answers.content import read_content
from answers.limits import BODY_WITH_BUTTONS, LANGUAGES, PRIVACY_URL, TEXT
from answers.render import LATE
from gateway.core.config.settings import PROJECT
from gateway.core.lines import Lines
from gateway.core.locale import HELSINKI
from gateway.hours.document import HoursRefused, read_document
from gateway.hours.schedule import Schedule, closes_at, is_open, opened_at, opens_next
from gateway.hours.service import ServiceHours, read_file, save
from gateway.hours.wording import fill, moment_words, until_words, values, week_words
from gateway.service import Service
from gateway.turns.run import run_turn
from tests.worlds import officers as desk
from tests.worlds import tiers
from tests.worlds.scripted_engine import ScriptedEngine, answer

WEEK_FI = "Poliisi vastaa tässä chatissa ma–pe klo 9–16."
WEEK_EN = "Officers answer in this chat Mon–Fri 9 am–4 pm."
SHIPPED = PROJECT / "data" / "hours.yml"


@dataclass(frozen=True)
class Person:
    id: uuid.UUID
    name: str


REASON = dict.fromkeys(LANGUAGES, "x")
OFFICER = Person(uuid.uuid4(), "Olivia Officer")


def document(**changes: Any) -> dict[str, Any]:
    days = ("monday", "tuesday", "wednesday", "thursday", "friday")
    week: dict[str, list[str]] = {day: ["9:00-16:00"] for day in days} | {"saturday": [], "sunday": []}
    return {"confirmed_by": "the force", "week": week, **changes}


def every_day(*times: str) -> dict[str, list[str]]:
    return {day: list(times) for day in document()["week"]}


def schedule(**changes: Any) -> Schedule:
    return read_document(document(**changes)).schedule()


def helsinki(text: str, fold: int = 0) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=HELSINKI, fold=fold)


def shown(at: dt.datetime, made: Schedule, lines: Lines) -> list[str]:
    return [values(made, at, language, lines)["officer_presence"] for language in LANGUAGES]


@pytest.fixture(scope="module")
def lines() -> Lines:
    return Lines(PROJECT / "data", "http://localhost:8000/privacy")


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def test_the_minute_of_opening_is_open_and_the_minute_of_closing_is_not() -> None:
    made = schedule()

    assert [is_open(made, helsinki(f"2027-01-11 {clock}")) for clock in ("08:59:59", "09:00", "15:59:59", "16:00")] == [
        False,
        True,
        True,
        False,
    ]
    assert closes_at(made, helsinki("2027-01-11 15:59:59")) == helsinki("2027-01-11 16:00")
    assert closes_at(made, helsinki("2027-01-11 16:00")) is None


def test_in_the_minute_of_closing_each_language_says_the_right_thing(lines: Lines) -> None:
    before, after = helsinki("2027-01-11 15:59"), helsinki("2027-01-11 16:00")

    assert shown(before, schedule(), lines) == [
        f"{WEEK_FI} Nyt on palveluaika klo 16 asti.",
        "Polisen svarar i den här chatten mån–fre kl. 9–16. Nu är det öppet till kl. 16.",
        f"{WEEK_EN} The service is open now, until 4 pm.",
    ]
    assert shown(after, schedule(), lines) == [
        f"{WEEK_FI} Nyt ei ole palveluaika: poliisi vastaa aikaisintaan huomenna klo 9.",
        "Polisen svarar i den här chatten mån–fre kl. 9–16. Nu är det stängt: en polis svarar tidigast i morgon kl. 9.",
        f"{WEEK_EN} They are off duty now: an officer answers tomorrow at 9 am at the earliest.",
    ]


@pytest.mark.parametrize(
    ("day", "reasons", "next_opening"),
    [
        ("2026-12-24", ("jouluaatto", "julafton", "Christmas Eve"), "2026-12-28 09:00"),
        ("2027-06-25", ("juhannusaatto", "midsommarafton", "Midsummer Eve"), "2027-06-28 09:00"),
        ("2027-01-06", ("loppiainen", "trettondag", "Epiphany"), "2027-01-07 09:00"),
        ("2027-03-26", ("pitkäperjantai", "långfredagen", "Good Friday"), "2027-03-30 09:00"),
        ("2027-01-01", ("uudenvuodenpäivä", "nyårsdagen", "New Year's Day"), "2027-01-04 09:00"),
    ],
)
def test_a_holiday_is_closed_and_named(
    day: str, reasons: tuple[str, str, str], next_opening: str, lines: Lines
) -> None:
    made, noon = read_file(SHIPPED).schedule(), helsinki(f"{day} 12:00")

    assert not is_open(made, noon)
    assert opens_next(made, noon) == helsinki(next_opening)
    for text, reason in zip(shown(noon, made, lines), reasons, strict=True):
        assert f"({reason})" in text


def test_an_eve_of_the_data_is_shorter_and_named(lines: Lines) -> None:
    made = read_file(SHIPPED).schedule()

    assert closes_at(made, helsinki("2026-12-31 12:59")) == helsinki("2026-12-31 13:00")
    assert not is_open(made, helsinki("2026-12-31 13:00"))
    assert "(nyårsafton)" in shown(helsinki("2026-12-31 13:00"), made, lines)[1]
    assert "(vapunaatto)" in shown(helsinki("2027-04-30 14:00"), made, lines)[0]


def test_over_the_change_of_year_the_next_opening_is_after_the_holiday_and_the_weekend(lines: Lines) -> None:
    made, at = read_file(SHIPPED).schedule(), helsinki("2026-12-31 23:59:59")

    assert opens_next(made, at) == helsinki("2027-01-04 09:00")
    assert [values(made, at, language, lines)["next_opening"] for language in LANGUAGES] == [
        "maanantaina klo 9",
        "på måndag kl. 9",
        "on Monday at 9 am",
    ]


@pytest.mark.parametrize(("sunday", "hours"), [("2026-10-25", 19), ("2027-03-28", 17)])
def test_across_the_change_of_the_clock_the_wall_decides(sunday: str, hours: int, lines: Lines) -> None:
    # Saturday 15:00 until Sunday's 9 o'clock would be 18 hours; the night is an hour longer, or shorter.
    made = schedule(week={**document()["week"], "sunday": ["9:00-12:00"]}, holidays=["9:00-12:00"])
    saturday = helsinki(f"{sunday} 15:00") - dt.timedelta(days=1)
    opening = opens_next(made, saturday)

    assert opening is not None
    assert opening.astimezone(HELSINKI).strftime("%a %H:%M") == "Sun 09:00"
    assert (opening - saturday.astimezone(dt.UTC)) == dt.timedelta(hours=hours)
    assert values(made, saturday, "fi", lines)["next_opening"] == "huomenna klo 9"


def test_an_opening_through_the_night_of_winter_time_is_an_hour_longer_and_has_no_hole() -> None:
    made = schedule(week=every_day("0:00-24:00"))
    night = schedule(week={**document()["week"], "sunday": ["1:00-6:00"]})

    for minute in range(0, 6 * 60, 15):
        at = helsinki("2026-10-25 01:00").astimezone(dt.UTC) + dt.timedelta(minutes=minute)
        assert is_open(made, at)
        assert is_open(night, at), at
    assert not is_open(night, helsinki("2026-10-25 06:00"))


def test_a_time_that_the_clock_jumps_over_is_an_hour_later_and_one_that_comes_twice_is_open_both_times() -> None:
    spring = schedule(week={**document()["week"], "sunday": ["3:30-6:00"]}, holidays=["3:30-6:00"])
    autumn = schedule(week={**document()["week"], "sunday": ["3:15-3:45"]})

    assert opens_next(spring, helsinki("2027-03-28 01:00")) == helsinki("2027-03-28 04:30")
    assert is_open(autumn, helsinki("2026-10-25 03:30", fold=0))
    assert is_open(autumn, helsinki("2026-10-25 03:30", fold=1))


def test_an_exception_in_the_middle_of_a_day_takes_a_part_away(lines: Lines) -> None:
    made = schedule(
        exceptions=[
            {
                "from": "2027-02-10",
                "to": "2027-02-10",
                "closed": ["12:00-13:00"],
                "reason": {"fi": "koulutus", "sv": "utbildning", "en": "training"},
            }
        ]
    )

    assert closes_at(made, helsinki("2027-02-10 11:59")) == helsinki("2027-02-10 12:00")
    assert opens_next(made, helsinki("2027-02-10 12:00")) == helsinki("2027-02-10 13:00")
    assert is_open(made, helsinki("2027-02-10 13:00"))
    assert [
        f"({reason})" in text
        for reason, text in zip(
            ("koulutus", "utbildning", "training"), shown(helsinki("2027-02-10 12:30"), made, lines), strict=True
        )
    ] == [True, True, True]
    assert "i dag kl. 13" in shown(helsinki("2027-02-10 12:30"), made, lines)[1]


def test_an_exception_opens_a_holiday_and_closes_weeks() -> None:
    reason = {"fi": "loma", "sv": "semester", "en": "holiday"}
    made = schedule(
        exceptions=[
            {"from": "2026-12-24", "to": "2026-12-24", "hours": ["10:00-12:00"], "reason": reason},
            {"from": "2027-07-05", "to": "2027-07-30", "hours": [], "reason": reason},
        ]
    )

    assert is_open(made, helsinki("2026-12-24 11:00"))
    assert opens_next(made, helsinki("2027-07-04 12:00")) == helsinki("2027-08-02 09:00")


def test_a_service_that_never_closes_says_so_and_one_that_never_opens_too(lines: Lines) -> None:
    always = schedule(week=every_day("0:00-24:00"), holidays=["0:00-24:00"])
    never = schedule(week=every_day())
    at = helsinki("2027-01-11 12:00")

    assert (closes_at(always, at), opens_next(never, at)) == (None, None)
    assert shown(at, always, lines)[1] == "Polisen svarar i den här chatten dygnet runt."
    assert shown(at, never, lines)[0] == "Poliisi ei vastaa tässä chatissa tällä hetkellä."


def test_words_for_days_that_are_further_away() -> None:
    at = helsinki("2026-12-23 17:00")
    said = [moment_words(at, helsinki("2027-01-07 09:30"), language) for language in LANGUAGES]

    assert said == ["torstaina 7.1. klo 9.30", "torsdagen den 7 januari kl. 9.30", "on Thursday 7 January at 9:30 am"]
    assert moment_words(at, helsinki("2027-12-01 12:00"), "en") == "on Wednesday 1 December 2027 at noon"
    assert until_words(at, helsinki("2026-12-24 00:00"), "fi") == "klo 24"
    assert until_words(at, helsinki("2026-12-24 18:00"), "sv") == "i morgon kl. 18"


def test_a_week_with_different_days_is_grouped_as_people_say_it() -> None:
    made = schedule(
        week={**document()["week"], "wednesday": ["9:00-12:00", "13:00-18:30"], "saturday": ["10:00-14:00"]}
    )

    assert week_words(made.week, "fi") == "ma–ti klo 9–16, ke klo 9–12 ja 13–18.30, to–pe klo 9–16, la klo 10–14"
    assert week_words(made.week, "en").startswith("Mon–Tue 9 am–4 pm, Wed 9 am–noon and 1 pm–6:30 pm")


@pytest.mark.parametrize(
    ("changes", "part"),
    [
        ({"week": {"monday": []}}, "lacks: tuesday"),
        ({"holidays": ["9-16"]}, "write it as 9:00-16:00"),
        ({"holidays": ["16:00-9:00"]}, "ends before it begins"),
        ({"holidays": ["9:00-25:00"]}, "24 hours"),
        ({"holidays": ["9:00-12:00", "11:00-13:00"]}, "overlap"),
        ({"eves": [{"before": "Juhannus", "hours": []}]}, "There is no holiday"),
        ({"surprise": 1}, "surprise"),
        (
            {
                "exceptions": [
                    {"from": "2027-01-02", "to": "2027-01-01", "hours": [], "reason": dict.fromkeys(LANGUAGES, "x")}
                ]
            },
            "before",
        ),
    ],
)
def test_hours_that_make_no_sense_are_refused_in_words(changes: dict[str, Any], part: str) -> None:
    with pytest.raises(HoursRefused, match=part):
        read_document(document(**changes))


@settings(deadline=None, max_examples=tiers.examples(60))
@given(st.datetimes(dt.datetime(2026, 1, 1), dt.datetime(2031, 12, 31)))
def test_at_any_moment_the_three_questions_agree(naive: dt.datetime) -> None:
    made, at = read_file(SHIPPED).schedule(), naive.replace(tzinfo=dt.UTC)
    opening, closing = opens_next(made, at), closes_at(made, at)

    assert opening is not None
    assert opening >= at
    assert (opening == at) == is_open(made, at) == (closing is not None)
    assert is_open(made, opening)
    if closing is not None:
        assert is_open(made, closing - dt.timedelta(microseconds=1))
        assert not is_open(made, closing)


def test_an_opening_began_where_the_doors_were_last_shut() -> None:
    made = schedule(week={**document()["week"], "monday": ["9:00-12:00", "12:00-16:00"], "tuesday": ["0:00-24:00"]})

    assert opened_at(made, helsinki("2027-01-11 15:00")) == helsinki("2027-01-11 09:00")
    assert opened_at(made, helsinki("2027-01-11 09:00")) == helsinki("2027-01-11 09:00")
    assert opened_at(made, helsinki("2027-01-11 08:00")) == helsinki("2027-01-11 08:00"), (
        "closed: everybody waits for it"
    )
    assert opened_at(made, helsinki("2027-01-11 17:00")) == helsinki("2027-01-11 17:00")
    assert opened_at(made, helsinki("2027-01-12 13:00")) == helsinki("2027-01-12 00:00")
    assert opened_at(schedule(week=every_day("0:00-24:00")), helsinki("2027-01-12 13:00")) is None
    winter = schedule(week={**document()["week"], "sunday": ["1:00-9:00"]})
    assert opened_at(winter, helsinki("2026-10-25 03:30", fold=1)) == helsinki("2026-10-25 01:00")


def test_what_is_filled_in_is_never_longer_than_the_checks_of_the_answers_expect(lines: Lines) -> None:
    made = read_file(SHIPPED).schedule()
    patchwork = schedule(week={day: [f"{hour}:05-{hour}:55" for hour in range(8, 20, 2)] for day in every_day()})
    assert values(patchwork, helsinki("2026-11-24 12:00"), "fi", lines)["service_hours"] == "palveluaikana"
    for hour in range(0, 24 * 400, 37):
        at = helsinki("2026-11-24 00:30") + dt.timedelta(hours=hour)
        for language in LANGUAGES:
            for name, value in values(made, at, language, lines).items():
                assert len(value) <= LATE[name], (name, value)
                assert "{" not in value


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_answer_with_hours_fits_into_one_message_with_its_introduction(language: str) -> None:
    content = read_content(PROJECT / "data", "x" * PRIVACY_URL)
    longest = {name: "x" * length for name, length in LATE.items()}
    for topic, item in content.answers.items():
        text = content.text(topic, language)
        if fill(text, longest) != text:
            whole = f"{content.line('introduction', language)}\n\n{fill(text, longest)}"
            assert len(whole) <= (BODY_WITH_BUTTONS if item.answer.buttons else TEXT), (topic, len(whole))


def test_unconfirmed_hours_are_said_in_development_only(tmp_path: Path, lines: Lines) -> None:
    development = ServiceHours(SHIPPED, unconfirmed_allowed=True).known_presence("fi", lines)
    production = ServiceHours(SHIPPED, unconfirmed_allowed=False).known_presence("fi", lines)

    assert "klo 9–16" in development
    assert production == "En voi luvata, milloin poliisi vastaa, sillä tätä chattia ei seurata koko ajan."


@pytest.mark.anyio
async def test_saved_hours_hold_in_another_process_and_who_saved_them_is_written_down(
    service: Service, lines: Lines
) -> None:
    recorded: list[tuple[str, str]] = []

    async def record(session: Any, actor: Any, action: str, subject: str, details: Any) -> None:
        recorded.append((action, actor.name))

    other = ServiceHours(SHIPPED, unconfirmed_allowed=False)
    evening = document(week={**document()["week"], "monday": ["12:00-20:00"]})
    with time_machine.travel(helsinki("2027-01-11 18:00"), tick=False):
        async with service.database.transaction() as session:
            assert "promise" in await other.presence(session, "en", lines)
            await save(session, OFFICER, evening, record)
        other.forget()
        async with service.database.transaction() as session:
            said = await other.presence(session, "en", lines)
            edited = await other.document(session)

    assert said.endswith("The service is open now, until 8 pm.")
    assert (edited.confirmed_by, recorded) == ("Olivia Officer", [("hours.saved", "Olivia Officer")])


@pytest.mark.anyio
async def test_hours_that_make_no_sense_are_not_saved(service: Service) -> None:
    async with service.database.transaction() as session:
        with pytest.raises(HoursRefused):
            await save(session, OFFICER, {"week": {}})
        assert (await service.hours.document(session)).confirmed_by == ""


# Each moment in the zone of the citizen, and what a bot that is asked for a person says then.
EDGES = {
    # The clock goes back at four on 25 October: half past three comes twice, and Monday's nine is that of winter.
    ("2026-10-25 03:30", 0): ("aikaisintaan huomenna klo 9.", "tidigast i morgon kl. 9.", "answers tomorrow at 9 am"),
    ("2026-10-25 03:30", 1): ("aikaisintaan huomenna klo 9.", "tidigast i morgon kl. 9.", "answers tomorrow at 9 am"),
    ("2026-10-26 08:59", 0): ("aikaisintaan tänään klo 9.", "tidigast i dag kl. 9.", "answers today at 9 am"),
    ("2026-10-26 09:00", 0): (
        "Nyt on palveluaika klo 16 asti.",
        "Nu är det öppet till kl. 16.",
        "open now, until 4 pm",
    ),
    ("2026-10-26 15:59", 0): (
        "Nyt on palveluaika klo 16 asti.",
        "Nu är det öppet till kl. 16.",
        "open now, until 4 pm",
    ),
    ("2026-10-26 16:00", 0): ("aikaisintaan huomenna klo 9.", "tidigast i morgon kl. 9.", "answers tomorrow at 9 am"),
    ("2026-12-24 12:00", 0): (
        "palveluaika (jouluaatto): poliisi vastaa aikaisintaan maanantaina klo 9.",
        "stängt (julafton): en polis svarar tidigast på måndag kl. 9.",
        "off duty now (Christmas Eve): an officer answers on Monday at 9 am",
    ),
}


@pytest.mark.anyio
@pytest.mark.parametrize("language", LANGUAGES)
async def test_who_asks_for_a_person_at_an_edge_of_the_clock_is_told_the_right_thing(
    service: Service, engine: ScriptedEngine, language: str
) -> None:
    published = yaml.safe_load((PROJECT / "data/answers/police_service/talk_to_officer.yml").read_text("utf-8"))
    engine.next_answer = answer(published["answer"][language], topic="talk_to_officer", language=language)
    for (moment, fold), expected in EDGES.items():
        with time_machine.travel(helsinki(moment, fold), tick=True):
            talk = await desk.conversation(service, language)
            await desk.writes(service, talk, "?")
            await run_turn(service, talk)
            (said,) = await desk.said(service, talk)
        assert expected[LANGUAGES.index(language)] in said.text, (moment, fold)
        assert "*112*" in said.text, "who helps until then, in the line that follows while nobody is on duty"
