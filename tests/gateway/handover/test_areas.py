"""Checks of areas: how a conversation is found to be of one, who is asked for it then, and what mutes nothing."""

import uuid

import pytest
from sqlalchemy import update

from gateway.conversations.kinds import Danger
from gateway.conversations.models import Conversation
from gateway.handover import areas, ownership
from gateway.handover.alarms import AlarmKind, alarms_of
from gateway.handover.areas import AreaSettings, KnownArea, all_areas, delete_area, keep_area, named_in, read_places
from gateway.handover.assignment import assign_due, set_area
from gateway.handover.errors import HandoverRefused, HandoverTextRefused
from gateway.handover.teams import all_teams, profiles
from gateway.service import Service
from tests.gateway.handover.test_ownership import act
from tests.gateway.handover.test_teams import asked, can, officers, row_of, team
from tests.worlds import officers as desk
from tests.worlds.referrals import door

pytestmark = pytest.mark.anyio
EAST, WEST = (
    KnownArea(uuid.uuid4(), AreaSettings("Itä", ("itäkesku", "vuosaar", "puotila"))),
    KnownArea(uuid.uuid4(), AreaSettings("Länsi", ("kannelmä", "itä-pasila", "haaga"))),
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Se tapahtui Itäkeskuksessa eilen", EAST),
        ("VUOSAARESSA on yks jätkä", EAST),
        ("bussi Itä-Pasilaan", WEST),
        ("eilen kannelmäen asemalla", WEST),
        ("Etelä-Haagassa", None),  # another place than the one that was written down
        ("mä asun kotona", None),
        ("vuosi sitten", None),
        ("", None),
    ],
)
def test_a_place_is_found_by_the_beginning_of_its_word(text: str, expected: KnownArea | None) -> None:
    assert named_in(text, [EAST, WEST]) == (expected.id if expected else None)


def test_of_two_places_the_longest_name_decides() -> None:
    assert named_in("haagasta itäkeskukseen", [EAST, WEST]) == EAST.id


def test_places_are_read_as_they_are_typed() -> None:
    assert read_places(" Itäkesku,vuosaar ;\n Mellun  mäki,,ITÄKESKU\n") == ("itäkesku", "vuosaar", "mellun mäki")


async def area(service: Service, name: str, *places: str, codes: frozenset[str] = frozenset()) -> uuid.UUID:
    async with service.database.transaction() as session:
        await keep_area(session, None, AreaSettings(name, places, codes))
        return next(each.id for each in await all_areas(session) if each.settings.name == name)


async def of(service: Service, talk: uuid.UUID) -> uuid.UUID | None:
    await assign_due(service)
    return (await row_of(service, talk)).area_id


async def test_a_conversation_is_of_the_area_whose_place_was_named_last(service: Service) -> None:
    east, west = await area(service, "Itä", "itäkesku"), await area(service, "Länsi", "kannelmä")
    talk, nowhere = await desk.waiting(service), await desk.waiting(service)
    for text in ("olin kannelmäessä", "mut se tapahtui itiksessä eli itäkeskuksessa", "auttakaa"):
        await desk.writes(service, talk, text)
    await desk.writes(service, nowhere, "auttakaa")

    assert (await of(service, talk), await of(service, nowhere)) == (east, None)
    await desk.writes(service, nowhere, "kannelmäen asemalla")
    await desk.writes(service, talk, "kannelmäki")
    assert (await of(service, talk), await of(service, nowhere)) == (east, west), "found once, sought in what is new"


async def test_who_names_no_place_is_of_the_area_in_which_the_poster_hangs(service: Service) -> None:
    poster = (await door(service)).code
    school = await area(service, "Kallio", "kallio", codes=frozenset({poster}))
    east = await area(service, "Itä", "itäkesku")
    by_poster, elsewhere = await desk.waiting(service), await desk.waiting(service)
    for talk in (by_poster, elsewhere):
        async with service.database.transaction() as session:
            await session.execute(update(Conversation).where(Conversation.id == talk).values(referral=poster))
    await desk.writes(service, by_poster, "auttakaa")
    await desk.writes(service, elsewhere, "itäkeskuksessa")

    assert (await of(service, by_poster), await of(service, elsewhere)) == (school, east)


async def test_the_areas_officer_is_asked_first_then_who_has_none_and_nobody_of_another(service: Service) -> None:
    olivia, oskar, petra = await officers(service, "olivia", "oskar", "petra")
    east, west = await area(service, "Itä", "itäkesku"), await area(service, "Länsi", "kannelmä")
    await team(service, "Tiimi", olivia, oskar, petra)
    await can(service, oskar, areas=frozenset({west}))
    await can(service, petra, areas=frozenset({east}), most=2)
    talks = [await desk.waiting(service) for _ in range(3)]
    for talk in talks:
        await desk.writes(service, talk, "itäkeskuksessa")
    anywhere = await desk.waiting(service)
    await desk.writes(service, anywhere, "auttakaa")
    await assign_due(service)

    assert [await asked(service, talk) for talk in talks] == ["Petra Example", "Petra Example", "Olivia Example"]
    assert await asked(service, anywhere) == "Oskar Example", "where nobody knows the area, everybody can be asked"


async def test_a_team_of_an_area_takes_its_conversations_and_no_others(service: Service) -> None:
    east = await area(service, "Itä", "itäkesku")
    everybody = await team(service, "Kaikki")
    eastern = await team(service, "Idän tiimi", areas=frozenset({east}))
    talks = [await desk.waiting(service), await desk.waiting(service)]
    for talk, text in zip(talks, ("itäkeskuksessa", "auttakaa"), strict=True):
        await desk.writes(service, talk, text)
    await assign_due(service)

    assert [(await row_of(service, talk)).team_id for talk in talks] == [eastern, everybody]


async def test_danger_has_an_area_too_is_asked_of_nobody_and_alarms_everybody(service: Service) -> None:
    olivia, oskar = await officers(service, "olivia", "oskar")
    east = await area(service, "Itä", "itäkesku")
    await team(service, "Tiimi", olivia, areas=frozenset({east}))
    await can(service, oskar, areas=frozenset({await area(service, "Länsi", "kannelmä")}))
    talk = await desk.waiting(service, urgency=Danger.EMERGENCY)
    await desk.writes(service, talk, "hänellä on veitsi itäkeskuksessa")

    assert await of(service, talk) == east
    assert await asked(service, talk) is None
    for officer in (olivia, oskar):
        async with service.database.transaction() as session:
            heard = [each.kind for each in await alarms_of(session, officer, on_duty=True)]
        assert heard == [AlarmKind.EMERGENCY]


async def test_an_officer_sets_the_area_right_and_the_team_is_found_anew(service: Service) -> None:
    (olivia,) = await officers(service, "olivia")
    east, west = await area(service, "Itä", "itäkesku"), await area(service, "Länsi", "kannelmä")
    eastern = await team(service, "Idän tiimi", olivia, areas=frozenset({east}))
    western = await team(service, "Lännen tiimi", areas=frozenset({west}))
    talk = await desk.waiting(service)
    await desk.writes(service, talk, "itäkeskuksessa")
    await assign_due(service)
    assert ((await row_of(service, talk)).team_id, await asked(service, talk)) == (eastern, "Olivia Example")
    await act(service, set_area, olivia, talk, west)
    await desk.writes(service, talk, "itäkeskuksessa siis")
    await assign_due(service)

    row = await row_of(service, talk)
    assert (row.area_id, row.team_id, row.asked) == (west, western, None)
    assert "area_set" in await desk.events(service, talk)
    with pytest.raises(HandoverTextRefused, match="exist"):
        await act(service, set_area, olivia, talk, uuid.uuid4())
    await act(service, ownership.claim, olivia, talk)
    with pytest.raises(HandoverRefused, match="wait"):
        await act(service, set_area, olivia, talk, east)


async def test_an_area_that_goes_leaves_nobody_without_conversations(service: Service) -> None:
    (olivia,) = await officers(service, "olivia")
    east, west = await area(service, "Itä", "itäkesku"), await area(service, "Länsi", "kannelmä")
    await team(service, "Idän tiimi", olivia, areas=frozenset({east, west}))
    await can(service, olivia, areas=frozenset({east}))
    talk = await desk.waiting(service)
    await desk.writes(service, talk, "itäkeskuksessa")
    await assign_due(service)
    async with service.database.transaction() as session:
        await delete_area(session, east)
    async with service.database.transaction() as session:
        (left,), known = await all_teams(session), await profiles(session)

    assert left.settings.areas == {west}
    assert known[olivia.id].areas == frozenset(), "who had this area alone takes all of them"
    assert (await row_of(service, talk)).area_id is None


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        (AreaSettings(" "), "area_incomplete"),
        (AreaSettings("x" * 61), "area_incomplete"),
        (AreaSettings("A", tuple(f"paikka{number}" for number in range(61))), "area_incomplete"),
        (AreaSettings("A", ("itä",)), "area_place"),
        (AreaSettings("A", ("x" * 41,)), "area_place"),
        (AreaSettings("ITÄ"), "area_named"),
    ],
)
async def test_what_makes_no_area_is_refused(service: Service, wrong: AreaSettings, code: str) -> None:
    await area(service, "Itä", "itäkesku")
    async with service.database.transaction() as session:
        with pytest.raises(HandoverTextRefused) as refused:
            await keep_area(session, None, wrong)
    assert refused.value.code == code


async def test_there_are_fifty_at_most(service: Service) -> None:
    for number in range(areas.MAX_AREAS):
        await area(service, f"Alue {number}")
    async with service.database.transaction() as session:
        with pytest.raises(HandoverTextRefused, match="50"):
            await keep_area(session, None, AreaSettings("Yksi vielä"))


async def test_a_message_in_which_no_place_was_found_is_read_once(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    await area(service, "Itä", "itäkesku")
    talk = await desk.waiting(service)
    await desk.writes(service, talk, "auttakaa")
    await assign_due(service)
    opened: list[bytes] = []
    unwrap = service.keyring.unwrap

    def noted(key: bytes) -> bytes:
        opened.append(key)
        return unwrap(key)

    monkeypatch.setattr(service.keyring, "unwrap", noted)
    await assign_due(service)
    assert opened == []
    await desk.writes(service, talk, "itäkeskuksessa")
    opened.clear()
    await assign_due(service)
    assert len(opened) == 1
