"""Checks of the whole service when a part of it dies in the middle of a conversation: never silence, and it goes on.

Meta's stand-in runs here, outside the service, and is the judge of what the citizen received.
"""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.core.config.settings import Settings
from simulator import Citizen, Simulator, SimulatorConfig, create_simulator
from tests.worlds.road import QUICK, free_port, served, until
from tests.worlds.stack import Stack

pytestmark = [pytest.mark.anyio, pytest.mark.xdist_group("killed")]
FIXED_LINE = "vastaamaan juuri nyt"
OF_THE_ANSWER = "poliisi.fi"  # how one reports: online, or at a station
QUESTION = "mun instatili hakkeroitiin"
ADVICE = "salasana"


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[Stack, Simulator]]:
    """A service of its own, whose Graph is the stand-in of this test."""
    folder: Path = tmp_path_factory.mktemp("killed")
    graph_port = free_port()
    graph = f"http://127.0.0.1:{graph_port}/graph"
    # An engine that starts is waited for; here so shortly that what is said without one is seen.
    stack = Stack(folder, NEUVO_GRAPH_BASE_URL=graph, NEUVO_SIMULATOR="false", NEUVO_ENGINE_WAIT="3")
    settings = Settings()
    config = SimulatorConfig(
        webhook_url=f"http://127.0.0.1:{stack.port}/webhooks/whatsapp",
        app_secret=settings.whatsapp_app_secret.get_secret_value(),
        access_token=settings.whatsapp_access_token.get_secret_value(),
        graph_versions=(settings.graph_version,),
        delays=QUICK,
    )
    app = create_simulator(config)
    async with served(app, graph_port):
        await asyncio.to_thread(stack.start)
        yield stack, app.state.simulator
        await asyncio.to_thread(stack.stop)


async def talking(world: tuple[Stack, Simulator]) -> Citizen:
    """A citizen in the middle of a conversation in Finnish."""
    stack, simulator = world
    await asyncio.to_thread(stack.wait_until_ready)
    citizen = Citizen(simulator, simulator.new_phone("Aino").id)
    citizen.writes(QUESTION)
    assert ADVICE in (await citizen.next_reply(timeout=10)).text.lower()
    return citizen


@pytest.mark.parametrize("part", ["rasa", "actions", "gateway"])
async def test_a_killed_part_is_never_silence_and_the_talk_goes_on_by_itself(
    world: tuple[Stack, Simulator], part: str
) -> None:
    stack, _ = world
    citizen = await talking(world)
    before = stack.pid(part)

    citizen.writes("miten teen rikosilmoituksen")
    stack.kill(part)
    reply = await citizen.next_reply(timeout=30)
    assert FIXED_LINE in reply.text or OF_THE_ANSWER in reply.text

    await until(lambda: _is_back(stack, part, before), seconds=60)
    await asyncio.to_thread(stack.wait_until_ready)
    citizen.writes("entä jos joku kiristää mua nudeilla")
    later = await citizen.next_reply(timeout=15)
    assert FIXED_LINE not in later.text
    await asyncio.sleep(1)
    assert len(citizen.received) == 3


async def _is_back(stack: Stack, part: str, before: int | None) -> bool:
    return stack.pid(part) not in (None, before)


async def test_while_rasa_is_away_every_turn_gets_the_fixed_line_with_112(world: tuple[Stack, Simulator]) -> None:
    stack, _ = world
    citizen = await talking(world)

    with stack.away("rasa"):
        for number in range(2):
            citizen.writes(f"{QUESTION} taas, {number + 1}. kerta")
            reply = await citizen.next_reply(timeout=15)
            assert FIXED_LINE in reply.text
            assert "112" in reply.text


async def test_actions_are_not_needed_for_a_plain_answer(world: tuple[Stack, Simulator]) -> None:
    stack, _ = world
    citizen = await talking(world)
    stack.kill("actions")
    citizen.writes("miten teen rikosilmoituksen")

    assert OF_THE_ANSWER in (await citizen.next_reply(timeout=5)).text


async def test_ctrl_c_ends_everything_and_leaves_nothing(world: tuple[Stack, Simulator]) -> None:
    stack, _ = world  # the last test of this service
    await asyncio.to_thread(stack.wait_until_ready)

    async def all_run() -> bool:
        return all(stack.pid(name) for name in ("rasa", "actions", "gateway"))

    await until(all_run)  # one of them was killed a moment ago
    pids = [pid for pid in (stack.pid(name) for name in ("rasa", "actions", "gateway")) if pid]
    await asyncio.to_thread(stack.stop)

    assert len(pids) == 3
    assert [pid for pid in pids if Path(f"/proc/{pid}").exists()] == []
