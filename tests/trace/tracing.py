"""Follows one WhatsApp message from the POST to the reply: which modules run, in which task, in which order.

The gateway is real, with Rasa's two paths behind it and Meta's stand-in before it. The message is a plain one, of a
citizen who has written before: nothing is answered for the first time.
"""

import asyncio
import dataclasses
import sys
from dataclasses import dataclass, field
from pathlib import Path
from types import CodeType

from sqlalchemy import func, select

from gateway.conversations.models import InboxEvent, OutboxItem
from gateway.core.config.settings import PROJECT, Settings
from gateway.core.migrate import migrate
from simulator import Delays
from tests.worlds.fake_rasa import FakeRasa
from tests.worlds.log_lines import configure_logs
from tests.worlds.road import Road, open_road, until

# Which station a task works for, by the name of the task or of its coroutine. Other tasks carry no message.
STATIONS = {
    "RequestResponseCycle.run_asgi": "receive",
    "Gathering._store_batch": "receive",
    "loop inbox": "process",
    "loop turns": "answer",
    "Worker._answer": "answer",
    "show_typing": "answer",
    "loop outbox": "send",
    "_send_one": "send",
}
# Loops that a message may wake, but that work for no message alone.
BACKGROUND = "loop "
_PACKAGE = f"{PROJECT / 'gateway'}/"
_TOOL = 3  # a number that neither debuggers nor coverage use
_SLOW = Delays(sent=60.0, delivered=60.0, read=60.0)  # longer than the trace: statuses are another road


@dataclass
class Trace:
    """Modules (`inbox/receive`) in the order of their first call: of each station, and of each background loop."""

    stations: dict[str, list[str]] = field(default_factory=dict)
    background: dict[str, list[str]] = field(default_factory=dict)


class Watcher:
    """Notes each function of the gateway that begins to run, while `with` lasts."""

    def __init__(self) -> None:
        self.seen = Trace()
        self.follows = False  # whether the message that is meant is on its way

    def __enter__(self) -> "Watcher":
        sys.monitoring.use_tool_id(_TOOL, "trace of a message")
        sys.monitoring.register_callback(_TOOL, sys.monitoring.events.PY_START, self._begun)
        sys.monitoring.set_events(_TOOL, sys.monitoring.events.PY_START)
        return self

    def __exit__(self, *_: object) -> None:
        sys.monitoring.set_events(_TOOL, 0)
        sys.monitoring.register_callback(_TOOL, sys.monitoring.events.PY_START, None)
        sys.monitoring.free_tool_id(_TOOL)
        sys.monitoring.restart_events()

    def _begun(self, code: CodeType, _: int) -> object:
        if not code.co_filename.startswith(_PACKAGE):
            return sys.monitoring.DISABLE  # thousands of these would be most of the time
        try:
            task = asyncio.current_task()
        except RuntimeError:  # a thread without a loop
            task = None
        if task is not None:
            self._note(task, code.co_filename.removeprefix(_PACKAGE).removesuffix(".py"))
        return None

    def _note(self, task: asyncio.Task[object], module: str) -> None:
        name = task.get_name()
        station = STATIONS.get(name) or STATIONS.get(getattr(task.get_coro(), "__qualname__", ""))
        if station is not None:
            _add(self.seen.stations, station, module, wanted=self.follows)
        else:
            _add(self.seen.background, name.removeprefix(BACKGROUND), module, wanted=name.startswith(BACKGROUND))


def _add(found: dict[str, list[str]], kind: str, module: str, *, wanted: bool) -> None:
    if wanted and module not in (known := found.setdefault(kind, [])):
        known.append(module)


async def trace(folder: Path) -> Trace:
    """Follow a message through a gateway whose database and files lie in `folder`."""
    settings = Settings(database_url=f"sqlite:///{folder / 'neuvo.db'}", state_dir=folder, turn_hold=0.0)
    configure_logs(as_json=False)  # as in production, whatever ran before in this process; the next test sets its own
    await asyncio.to_thread(migrate, settings)
    rasa = FakeRasa()
    await rasa.start()
    try:
        with Watcher() as watcher:
            async with open_road(settings.model_copy(update={"rasa_url": rasa.url}), None) as road:
                await _follow(road, watcher)
    finally:
        await rasa.stop()
    return watcher.seen


async def _follow(road: Road, watcher: Watcher) -> None:
    citizen = road.citizen()
    citizen.writes("mun instatili hakkeroitiin")
    await citizen.next_reply()
    await road.simulator.settled()
    await until(lambda: _is_quiet(road))
    road.simulator.config = dataclasses.replace(road.simulator.config, delays=_SLOW)
    watcher.follows = True
    citizen.writes("miten saan sen takaisin")
    await until(lambda: _are_sent(road, 2))
    watcher.follows = False


async def _is_quiet(road: Road) -> bool:
    """Whether every loop has run and nothing of the first message is left: what comes now is of the second alone."""
    loops = {task.get_name() for task in asyncio.all_tasks() if task.get_name().startswith(BACKGROUND)}
    ran = {f"{BACKGROUND}{name}" for name in road.app.state.worker.last_steps()}
    async with road.service.database.transaction() as session:
        left = await session.scalar(select(func.count()).select_from(InboxEvent).where(InboxEvent.state == "new"))
    # The loop that listens to other processes never ends its step.
    return left == 0 and loops - ran <= {f"{BACKGROUND}signals"} and await _are_sent(road, 1)


async def _are_sent(road: Road, count: int) -> bool:
    async with road.service.database.transaction() as session:
        return set(await session.scalars(select(OutboxItem.state))) == {"sent"} and count == await session.scalar(
            select(func.count()).select_from(OutboxItem)
        )
