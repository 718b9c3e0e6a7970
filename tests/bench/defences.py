"""What the defences cost: deliveries a second, their time and the gateway's processor time, with and without them.

`python -m tests.bench.defences [--picture FILE]`: the real listener on PostgreSQL in a process of its own, once as it
is and once bare (no check of hosts, rates, bodies, patience and headers, no signature, no sealing, no masking), asked
in turn, so that whatever else the machine does meets both alike. The status is 1 when more than a tenth of the rate is
lost.
"""

import argparse
import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import httpx2
import uvicorn

from gateway.app import create_app
from gateway.channels.whatsapp.channel import WhatsApp
from gateway.conversations.pii_masking import Masked
from gateway.core import crypto
from gateway.core.config.settings import PROJECT, Settings
from gateway.core.http import middleware
from gateway.core.migrate import migrate
from gateway.inbox import process_events
from gateway.server import configuration
from tests.worlds import whatsapp_bodies as bodies
from tests.worlds.road import free_port
from tests.worlds.scripted_engine import ScriptedEngine
from tests.worlds.services import TemporaryPostgres

ROUNDS, REQUESTS, TOGETHER = 12, 150, 8
MOST_LOST = 0.1
TICK = os.sysconf("SC_CLK_TCK")


@dataclass
class Gateway:
    """One gateway in a process of its own, and what was measured of it."""

    name: str
    url: str
    process: subprocess.Popen[bytes]
    seconds: list[float] = field(default_factory=list)
    rates: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)  # milliseconds a delivery

    def ticks(self) -> int:
        """Its processor time so far."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return int(fields[11]) + int(fields[12])


class Unsealed:
    """In place of the cipher: what is sealed stays as it is, as long as a sealed value would be."""

    def __init__(self, key: bytes) -> None:
        self._tag = bytes(16)

    def encrypt(self, nonce: bytes, data: bytes, context: bytes) -> bytes:
        """The same bytes, and room for a tag."""
        return data + self._tag

    def decrypt(self, nonce: bytes, data: bytes, context: bytes) -> bytes:
        """The bytes without that room."""
        return data[: -len(self._tag)]


async def serve(bare: bool) -> None:
    """The listener, with its defences or with none."""
    settings = Settings(_env_file=None)
    if bare:
        middleware.install = lambda app, settings: None
        vars(crypto)["AESGCM"] = Unsealed
        vars(process_events)["mask"] = lambda text: Masked(text, ())
        setattr(WhatsApp, "verify", lambda *given: True)  # noqa: B010
    app = create_app(settings, ScriptedEngine())
    config = uvicorn.Config(app, port=settings.port, log_level="error", access_log=False, ws="none")
    await uvicorn.Server(config if bare else configuration(app, settings)).serve()


def start(name: str, database: str, folder: Path) -> Gateway:
    """Start one and wait for it."""
    port = free_port()
    environment = {
        **os.environ,
        "NEUVO_DATABASE_URL": database,
        "NEUVO_STATE_DIR": str(folder),
        "NEUVO_PORT": str(port),
        "NEUVO_SIMULATOR": "false",
        "NEUVO_GRAPH_BASE_URL": "http://127.0.0.1:9",
    }
    command = [sys.executable, "-m", "tests.bench.defences", "--serve", name]
    process = subprocess.Popen(command, cwd=PROJECT, env=environment, stdout=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}"
    for _ in range(300):
        try:
            httpx2.get(f"{url}/health/live", trust_env=False)
        except httpx2.TransportError:
            time.sleep(0.1)
        else:
            return Gateway(name, url, process)
    raise RuntimeError(f"The gateway {name} did not start within 30 s.")


async def ask(gateway: Gateway) -> None:
    """One round: deliveries of statuses, which end at the inbox, so that the door is what is measured."""
    deliveries = [
        bodies.body(statuses=(bodies.status("sent", f"wamid.B{time.time_ns()}{place}"),)) for place in range(REQUESTS)
    ]
    waiting = iter(deliveries)
    limits = httpx2.Limits(max_connections=TOGETHER)
    async with httpx2.AsyncClient(base_url=gateway.url, trust_env=False, limits=limits, timeout=60) as client:

        async def one_after_the_other() -> None:
            for content in waiting:
                began = time.perf_counter()
                answer = await client.post("/webhooks/whatsapp", content=content, headers=bodies.signed(content))
                assert answer.status_code == 200
                gateway.seconds.append(time.perf_counter() - began)

        began, ticks = time.perf_counter(), gateway.ticks()
        await asyncio.gather(*(one_after_the_other() for _ in range(TOGETHER)))
        gateway.rates.append(REQUESTS / (time.perf_counter() - began))
        gateway.processor.append((gateway.ticks() - ticks) / TICK * 1000 / REQUESTS)


def measure(picture: Path | None) -> bool:
    """Ask both in turn, print, and draw; whether no more than a tenth of the rate was lost."""
    with ExitStack() as stack:
        gateways = []
        for name in ("bare", "defended"):
            database = TemporaryPostgres()
            stack.callback(database.drop)
            migrate(Settings(_env_file=None, database_url=database.url))
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            gateways.append(start(name, database.url, folder))
            stack.callback(gateways[-1].process.wait)
            stack.callback(gateways[-1].process.terminate)
        for round_ in range(ROUNDS + 1):
            for gateway in gateways if round_ % 2 else reversed(gateways):
                asyncio.run(ask(gateway))
            if not round_:  # the first warms both
                for gateway in gateways:
                    gateway.seconds, gateway.rates, gateway.processor = [], [], []
    for gateway in gateways:
        print(describe(gateway))
    bare, defended = gateways
    print(f"Cost: rate {change(bare.rates, defended.rates)}, median time {change(bare.seconds, defended.seconds)}, "
          f"processor {change(bare.processor, defended.processor)}")  # fmt: skip
    if picture is not None:
        draw(gateways, picture)
    return statistics.median(defended.rates) >= (1 - MOST_LOST) * statistics.median(bare.rates)


def describe(gateway: Gateway) -> str:
    """One line of figures."""
    ordered = sorted(gateway.seconds)
    return (
        f"{gateway.name:<9} {statistics.median(gateway.rates):6.0f} deliveries/s, median "
        f"{statistics.median(ordered) * 1000:5.1f} ms, 95 % {ordered[int(len(ordered) * 0.95)] * 1000:5.1f} ms, "
        f"processor {statistics.median(gateway.processor):5.2f} ms each ({len(ordered)} deliveries)"
    )


def change(before: list[float], after: list[float]) -> str:
    """The difference of medians, in per cent."""
    return f"{(statistics.median(after) / statistics.median(before) - 1) * 100:+.1f} %"


def draw(gateways: list[Gateway], path: Path) -> None:
    """The three figures side by side."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    figure, places = pyplot.subplots(1, 3, figsize=(9, 3.2), layout="constrained")
    names = [gateway.name for gateway in gateways]
    kinds = [
        ("Deliveries a second", [gateway.rates for gateway in gateways]),
        ("Milliseconds a delivery", [[each * 1000 for each in gateway.seconds] for gateway in gateways]),
        ("Processor, ms a delivery", [gateway.processor for gateway in gateways]),
    ]
    for place, (title, values) in zip(places, kinds, strict=True):
        place.boxplot(values, tick_labels=names, showfliers=False)
        place.set_title(title, fontsize=10)
        place.set_ylim(bottom=0)
    figure.savefig(path, dpi=110)


def main() -> int:
    """Measure, or be one of the two."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--serve", choices=["bare", "defended"])
    parser.add_argument("--picture", type=Path)
    chosen = parser.parse_args()
    if chosen.serve:
        asyncio.run(serve(chosen.serve == "bare"))
    else:
        return 0 if measure(chosen.picture) else 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
