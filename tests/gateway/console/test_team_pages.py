"""Checks of the pages of teams and views: who may, what is kept and recorded, and which rows of the queue are shown."""

import re
import uuid

import pytest

from gateway.core.actors import Role
from gateway.handover.assignment import assign_due
from tests.gateway.console.test_routes import Console, Desk, console
from tests.worlds import officers as desk
from tests.worlds.referrals import door

__all__ = ["console"]
pytestmark = pytest.mark.anyio


async def made(chief: Desk, name: str, *members: uuid.UUID, **fields: object) -> str:
    """A team that the supervisor makes on the page; its id."""
    data = {"csrf_token": chief.token, "name": name, "answer_minutes": "20", "members": [str(each) for each in members]}
    answer = await chief.client.post("/console/teams/one", data={**data, **fields})
    assert answer.status_code == 303, answer.text
    page = (await chief.client.get("/console/teams")).text
    found = re.search(rf'/console/teams/one\?team=([0-9a-f-]{{36}})">{name}<', page)
    assert found, page
    return found[1]


async def area(chief: Desk, name: str, places: str, *codes: str) -> str:
    """An area that the supervisor makes on the page; its id."""
    data = {"csrf_token": chief.token, "name": name, "places": places, "codes": list(codes)}
    answer = await chief.client.post("/console/teams/areas", data=data)
    assert answer.status_code == 303, answer.text
    page = (await chief.client.get("/console/teams/areas")).text
    found = re.search(rf'id="area-([0-9a-f-]{{36}})"><summary><b>{name}</b>', page)
    assert found, page
    return found[1]


def rows(page: str) -> set[str]:
    return {str(uuid.UUID(each)) for each in re.findall(r'id="row-([0-9a-f]{32})"', page)}


async def test_a_supervisor_makes_changes_and_deletes_a_team_and_it_is_recorded(console: Console) -> None:
    async with console.officer("olivia") as olivia, console.officer("sanna", Role.SUPERVISOR) as sanna:
        team = await made(sanna, "Nuoret", olivia.id, languages=["fi"], skills=["scams", "made_up"], assigns="true")
        form = (await sanna.client.get(f"/console/teams/one?team={team}")).text
        same = await sanna.client.post("/console/teams/one", data={"csrf_token": sanna.token, "name": "nuoret"})
        refused = await olivia.client.post("/console/teams/one", data={"csrf_token": olivia.token, "name": "Oma"})
        await sanna.client.post("/console/teams/delete", data={"csrf_token": sanna.token, "team": team})
        after = (await sanna.client.get("/console/teams?days=30")).text

    assert form.count(" checked") == 4, "a language, a matter, a member, and that it assigns"
    assert 'value="20"' in form
    assert (same.status_code, refused.status_code) == (422, 403)
    assert "a team of this name" in same.text
    assert "Nuoret" not in after
    recorded = [each[0] for each in await console.audited() if each[0].startswith("team")]
    assert recorded == ["team_changed", "team_deleted"]


async def test_what_an_officer_can_take_is_kept_and_seen_where_a_talk_is_handed_on(console: Console) -> None:
    talk = await desk.waiting(console.service)
    async with console.officer("olivia") as olivia, console.officer("oskar") as oskar:
        async with console.officer("sanna", Role.SUPERVISOR) as sanna:
            east = await area(sanna, "Itäkeskus", "itäkesku")
            data = {
                "csrf_token": sanna.token,
                "officer": str(oskar.id),
                "areas": [east, str(uuid.uuid4())],
                "most": "3",
            }
            await sanna.client.post("/console/teams/officers", data={**data, "languages": ["sv"], "skills": ["scams"]})
            page = (await sanna.client.get("/console/teams/officers")).text
            wrong = await sanna.client.post("/console/teams/officers", data={**data, "most": "51"})
        await oskar.client.post("/console/shift/start", data={"csrf_token": oskar.token})
        await olivia.press(talk, "claim")
        mine = await olivia.page(talk)

    assert f'name="areas" value="{east}" checked' in page
    assert wrong.status_code == 422
    assert "Oskar Example (Swedish · Scams · Itäkeskus)" in mine
    assert "officer_profile_changed" in [each[0] for each in await console.audited()]


async def test_a_team_has_its_queue_and_what_one_is_asked_to_take_too(console: Console) -> None:
    finnish, swedish = await desk.waiting(console.service), await desk.waiting(console.service, language="sv")
    async with console.officer("olivia") as olivia, console.officer("sanna", Role.SUPERVISOR) as sanna:
        await olivia.client.post("/console/shift/start", data={"csrf_token": olivia.token})
        team = await made(sanna, "Svenska", olivia.id, languages=["sv"], assigns="true")
        await assign_due(console.service)
        everything = (await olivia.client.get("/console")).text
        of_team = (await olivia.client.get(f"/console?team={team}")).text
        for_me = (await olivia.client.get("/console/queue?mine=1")).text
        others = (await sanna.client.get("/console")).text

    assert rows(everything) == {str(finnish), str(swedish)}
    assert rows(of_team) == rows(for_me) == {str(swedish)}
    assert "For you to take" in everything
    assert "For Olivia Example" in others
    assert f'href="/console/conversations/{swedish}?team={team}"' in of_team, "the view stays when a talk is opened"
    assert f"filter-{uuid.UUID(team).hex}" in everything
    assert f"filter-{uuid.UUID(team).hex}" not in others, "not her team"


async def test_a_talk_is_put_before_a_colleague_and_a_team_by_hand(console: Console) -> None:
    talk = await desk.waiting(console.service)
    async with console.officer("olivia") as olivia, console.officer("oskar") as oskar:
        async with console.officer("sanna", Role.SUPERVISOR) as sanna:
            team = await made(sanna, "Huijaukset", skills=["scams"])
        absent = await olivia.press(talk, "assign", colleague=str(oskar.id))
        await oskar.client.post("/console/shift/start", data={"csrf_token": oskar.token})
        asked = await olivia.press(talk, "assign", colleague=str(oskar.id))
        theirs = (await oskar.client.get("/console")).text
        moved = await olivia.press(talk, "team", team=team)
        page = await olivia.page(talk)
        gone = await olivia.press(talk, "team", team=str(uuid.uuid4()))

    assert (absent.status_code, asked.status_code, moved.status_code, gone.status_code) == (422, 303, 303, 422)
    assert "For you to take" in theirs
    assert "put the conversation before the team Huijaukset" in page
    assert "The team does not exist any more" in gone.text
    assert [each[0] for each in await console.audited()].count("conversation_assigned") == 2


async def test_an_area_is_made_found_shown_set_right_and_seen_in_a_view(console: Console) -> None:
    poster = (await door(console.service, "Kallion koulu")).code
    talk, other = await desk.waiting(console.service), await desk.waiting(console.service)
    await desk.writes(console.service, talk, "se on aina itäkeskuksessa")
    async with console.officer("olivia") as olivia, console.officer("sanna", Role.SUPERVISOR) as sanna:
        east = await area(sanna, "Itä", "itäkesku, vuosaar")
        kallio = await area(sanna, "Kallion alue", "", poster, "ZZZZ")
        page = (await sanna.client.get("/console/teams/areas")).text
        short = await sanna.client.post(
            "/console/teams/areas", data={"csrf_token": sanna.token, "name": "X", "places": "a"}
        )
        refused = await olivia.client.post("/console/teams/areas", data={"csrf_token": olivia.token, "name": "X"})
        await assign_due(console.service)
        queue, read = (await olivia.client.get("/console")).text, await olivia.page(talk)
        view = {"csrf_token": olivia.token, "name": "Idässä", "area": east}
        await olivia.client.post("/console/views", data=view)
        found = re.search(r'/console\?view=([0-9a-f-]{36})"[^>]*>Idässä<', (await olivia.client.get("/console")).text)
        assert found
        in_view = (await olivia.client.get(f"/console?view={found[1]}")).text
        await olivia.press(other, "area", area=kallio)
        moved = await olivia.page(other)
        gone = await olivia.press(other, "area", area=str(uuid.uuid4()))
        await sanna.client.post("/console/teams/areas/delete", data={"csrf_token": sanna.token, "area": east})
        after = (await olivia.client.get("/console")).text

    assert f'value="{poster}" checked' in page
    assert ">itäkesku, vuosaar</textarea>" in page
    assert (short.status_code, refused.status_code, gone.status_code) == (422, 403, 422)
    assert "A place has 4 to 40 characters" in short.text
    assert queue.count('<span class="badge">Itä</span>') == 1
    assert '<span class="badge">Itä</span>' in read
    assert rows(in_view) == {str(talk)}
    assert "Olivia Example set the area: Kallion alue" in moved
    assert "The area does not exist any more" in gone.text
    assert "Idässä" not in after, "a view of an area that is gone is gone"
    assert '<span class="badge">Itä</span>' not in after
    recorded = [each[0] for each in await console.audited()]
    assert (recorded.count("area_changed"), recorded.count("area_deleted")) == (2, 1)
    assert recorded.count("conversation_assigned") == 1


async def test_a_view_of_a_team_shows_its_rows_alone(console: Console) -> None:
    finnish, swedish = await desk.waiting(console.service), await desk.waiting(console.service, language="sv")
    async with console.officer("olivia") as olivia, console.officer("sanna", Role.SUPERVISOR) as sanna:
        team = await made(sanna, "Svenska", languages=["sv"])
        await assign_due(console.service)
        data = {"csrf_token": olivia.token, "name": "Ruotsiksi", "team": team, "area": ""}
        await olivia.client.post("/console/views", data=data)
        page = (await olivia.client.get("/console")).text
        found = re.search(r'/console\?view=([0-9a-f-]{36})"[^>]*>Ruotsiksi<', page)
        assert found
        shown = (await olivia.client.get(f"/console?view={found[1]}")).text

    assert rows(shown) == {str(swedish)}, f"and not {finnish}"


async def test_a_view_is_kept_shows_its_rows_and_is_ones_own(console: Console) -> None:
    grooming = await desk.waiting(console.service, topic="grooming")
    scam = await desk.waiting(console.service, topic="bank_phishing")
    swedish = await desk.waiting(console.service, topic="bank_phishing", language="sv")
    async with console.officer("olivia") as olivia, console.officer("oskar") as oskar:
        data = {"csrf_token": olivia.token, "name": "Huijaukset suomeksi", "language": "fi", "skill": "scams"}
        await olivia.client.post("/console/views", data={**data, "team": "", "channel": "whatsapp"})
        page = (await olivia.client.get("/console")).text
        found = re.search(r'/console\?view=([0-9a-f-]{36})"[^>]*>Huijaukset suomeksi<', page)
        assert found, page
        shown = (await olivia.client.get(f"/console?view={found[1]}")).text
        theirs = (await oskar.client.get(f"/console?view={found[1]}")).text
        nameless = await olivia.client.post("/console/views", data={**data, "name": " "})
        await oskar.client.post("/console/views/delete", data={"csrf_token": oskar.token, "view": found[1]})
        still = (await olivia.client.get("/console/views")).text
        await olivia.client.post("/console/views/delete", data={"csrf_token": olivia.token, "view": found[1]})
        gone = (await olivia.client.get("/console/views")).text

    assert rows(shown) == {str(scam)}
    assert rows(theirs) == {str(grooming), str(scam), str(swedish)}, "another's view shows nothing else"
    assert nameless.status_code == 422
    assert "Huijaukset suomeksi" in still
    assert "Huijaukset suomeksi" not in gone
