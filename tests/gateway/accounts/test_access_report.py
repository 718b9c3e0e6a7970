"""Checks of the report of who reads what: what is unusual is on top, and names come from the log alone."""

import datetime as dt
import uuid

import pytest

from gateway.accounts import access_report, audit
from gateway.accounts.access_report import MANY_OF_OTHERS, MANY_READERS, MANY_SEARCHES, Read, Unusual
from gateway.core.actors import Role
from gateway.core.config.settings import Settings
from tests.worlds.staff import browser, make_person, running, session_cookie

BEGAN = dt.datetime(2026, 5, 4, 8, tzinfo=dt.UTC)


def opened(
    count: int, *, actor: str = "a", ground: str = "colleague", minutes: float = 1, duty: bool = True
) -> list[Read]:
    return [
        Read(
            BEGAN + dt.timedelta(minutes=minutes * number),
            actor,
            "conversation_opened",
            f"conversation {number:032x}",
            {"ground": ground, "on_duty": duty},
        )
        for number in range(count)
    ]


def kinds(reads: list[Read]) -> list[tuple[Unusual, str, int]]:
    return [(each.kind, each.who, each.count) for each in access_report.report(reads).findings]


@pytest.mark.parametrize(
    ("reads", "found"),
    [
        (opened(MANY_OF_OTHERS), [(Unusual.MANY_OF_OTHERS, "a", MANY_OF_OTHERS)]),
        (opened(MANY_OF_OTHERS - 1), []),
        (opened(MANY_OF_OTHERS, minutes=10), []),
        (opened(MANY_OF_OTHERS * 3, ground="waiting"), []),
        (opened(MANY_OF_OTHERS * 3, ground="own"), []),
        (opened(2, ground="own", duty=False), [(Unusual.OFF_DUTY, "a", 2)]),
        (
            [each for name in "abcd" for each in opened(1, actor=name)],
            [(Unusual.MANY_READERS, f"conversation {0:032x}", MANY_READERS)],
        ),
        (
            [Read(BEGAN, "b", "searched_by_number", "search", {"by": ["phone"]})] * MANY_SEARCHES,
            [(Unusual.MANY_SEARCHES, "b", MANY_SEARCHES)],
        ),
    ],
)
def test_what_is_unusual_is_found_and_ordinary_work_is_not(
    reads: list[Read], found: list[tuple[Unusual, str, int]]
) -> None:
    assert kinds(reads) == found


def test_the_same_conversation_opened_often_is_one() -> None:
    assert kinds(opened(1) * MANY_OF_OTHERS * 3) == []


def test_who_read_most_of_others_stands_first_and_each_conversation_has_its_readers() -> None:
    found = access_report.report([*opened(9, actor="a", ground="own"), *opened(2, actor="b")])
    assert [(each.actor, each.openings, len(each.of_others)) for each in found.readers] == [("b", 2, 2), ("a", 9, 0)]
    assert [sorted(each.readers) for each in found.conversations[:3]] == [["a", "b"], ["a", "b"], ["a"]]


@pytest.mark.anyio
async def test_the_auditor_sees_names_and_numbers_of_conversations_and_that_is_logged(settings: Settings) -> None:
    async with running(settings) as app:
        service = app.state.service
        auditor = await make_person(service, "auri", Role.AUDITOR)
        officer = await make_person(service, "olivia", Role.OFFICER)
        async with service.database.transaction() as session:
            for number in range(MANY_OF_OTHERS):
                details = {"ground": "colleague", "on_duty": False}
                await audit.record(session, officer.id, "conversation_opened", f"conversation {number:032x}", details)
        async with browser(app, await session_cookie(app, auditor)) as client:
            page = (await client.get("/audit/access")).text
            one = (await client.get(f"/audit?who=conversation {3:032x}")).text
            log = (await client.get("/audit?action=access_report_read")).text
    unusual = page.partition('id="readers"')[0]
    assert "Opened many conversations of others within an hour" in unusual
    assert "Opened conversations without a shift" in unusual
    assert "Olivia Example" in unusual
    assert f"{3:032x}" in page
    assert one.count("<tr>") == 2
    assert "Looked at who reads what" in log
    assert "Days: 7" in log, "a name, and no code"


@pytest.mark.anyio
async def test_a_conversation_is_found_by_its_address_its_id_and_its_number(settings: Settings) -> None:
    talk = uuid.uuid4()
    async with running(settings) as app:
        service = app.state.service
        auditor = await make_person(service, "auri", Role.AUDITOR)
        subject = audit.conversation_subject(service.keyring, talk)
        async with service.database.transaction() as session:
            await audit.record(session, "operator", "conversation_traced", subject, {"ground": "own", "on_duty": True})
            await audit.record(session, "operator", "conversation_traced", f"conversation {4:032x}")
        async with browser(app, await session_cookie(app, auditor)) as client:
            ways = (str(talk), f"https://chat.example/console/conversations/{talk}?view=all", subject, subject[13:])
            pages = [(await client.get("/audit", params={"talk": each})).text for each in ways]
            nothing = (await client.get("/audit", params={"talk": "what is no conversation"})).text
    assert [page.count("<tr>") for page in pages] == [2] * len(ways)
    assert all("Reason: It was their own conversation; On duty: yes" in page for page in pages)
    assert "No entries." in nothing
