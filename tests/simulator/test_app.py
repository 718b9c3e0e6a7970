"""Checks of the application: several of one process share its routes and nothing else."""

import httpx2
import pytest

from tests.worlds.simulator_stage import MakeStage, Stage

pytestmark = pytest.mark.anyio


async def phones(stage: Stage) -> httpx2.Response:
    return await stage.client.get("/phones")


async def test_two_simulators_share_their_routes_and_no_phone(make_stage: MakeStage) -> None:
    one, other = make_stage(), make_stage()
    one.simulator.new_phone("Aino")

    assert one.app.router.routes[0] is other.app.router.routes[0]
    assert [each["name"] for each in (await phones(one)).json()] == ["Aino"]
    assert (await phones(other)).json() == []
