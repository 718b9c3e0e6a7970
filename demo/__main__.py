"""`python -m demo`: fills the service of this folder, once, and starts it as `make run` does."""

import argparse
import asyncio
import contextlib
import logging
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import IO

import httpx2
import time_machine

from demo.fill import DAYS, DemoRefused, fill, is_filled, refuse_unsafe
from gateway import processes
from gateway.accounts.demonstration import make_people
from gateway.content.commands import make_working_copy
from gateway.content.repository.git import Editor
from gateway.core.config.settings import Settings
from gateway.core.database import now
from gateway.core.logs import configure_logs
from gateway.core.migrate import migrate

_ENGINE_WITHIN = 180.0  # seconds, on a cold disk


def main() -> int:
    """Fill, then become the service; returns 1 and says why where it must not."""
    top = argparse.ArgumentParser(prog="python -m demo", description="A filled service to look at")
    top.add_argument("--talks", type=int, default=200, help="how many; at least 40")
    top.add_argument("--only-fill", action="store_true", help="fill the database and end")
    arguments = top.parse_args()
    settings = Settings()
    try:
        refuse_unsafe(settings)
        if busy := processes.busy_ports(settings):
            raise DemoRefused(busy)
        _prepare(settings)
        if asyncio.run(is_filled(settings)):
            print("· The demo is here already: nothing is added")
        else:
            _fill(settings, max(arguments.talks, 40))
    except DemoRefused as refusal:
        print(f"neuvo: {refusal}", file=sys.stderr)
        return 1
    if not arguments.only_fill:
        os.execv(sys.executable, [sys.executable, "-m", "gateway", "run"])  # noqa: S606  # without a shell on purpose
    return 0


def _prepare(settings: Settings) -> None:
    settings.state_dir.mkdir(parents=True, exist_ok=True)
    migrate(settings)
    with time_machine.travel(now().timestamp() - (DAYS + 1) * 86400, tick=True):  # people are there before their talks
        asyncio.run(make_people(settings))
    make_working_copy(settings, Editor("Neuvo", "neuvo"))


def _fill(settings: Settings, count: int) -> None:
    began = time.monotonic()
    print("· Starting the dialogue engine", flush=True)
    with _engine(settings):
        print(f"· Filling: {count} talks of {DAYS} days in three languages (a few minutes)", flush=True)
        asyncio.run(fill(settings, count=count))
    print(f"· Filled in {time.monotonic() - began:.0f} s; words older than retention keeps will go, their counts stay")


@contextlib.contextmanager
def _engine(settings: Settings) -> Iterator[None]:
    """Rasa and the action server of these settings, while the block runs."""
    log_path = settings.state_dir / "demo-engine.log"
    with log_path.open("wb") as output, contextlib.ExitStack() as ends:
        started = [_start(part, output, ends) for part in ("rasa", "actions")]
        end = time.monotonic() + _ENGINE_WITHIN
        while not _is_ready(settings):
            if time.monotonic() > end or any(process.poll() is not None for process in started):
                raise DemoRefused(f"The dialogue engine does not start; its log is {log_path}.")
            time.sleep(0.5)
        yield


def _start(part: str, output: IO[bytes], ends: contextlib.ExitStack) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(  # noqa: S603  # our own command
        [sys.executable, "-m", "gateway", part], stdout=output, stderr=subprocess.STDOUT
    )
    ends.callback(process.wait)
    ends.callback(process.terminate)
    return process


def _is_ready(settings: Settings) -> bool:
    address = f"{settings.rasa_urls[0]}/status"
    try:
        answer = httpx2.get(
            address, params={"token": settings.rasa_token.get_secret_value()}, timeout=2, trust_env=False
        )
        return answer.is_success and bool(answer.json().get("model_file"))
    except (httpx2.HTTPError, ValueError):
        return False


if __name__ == "__main__":
    configure_logs(as_json=False, level=logging.ERROR)
    sys.exit(main())
