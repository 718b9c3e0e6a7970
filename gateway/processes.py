"""The other processes of `make run`: started with the same settings, and watched until they are healthy."""

import getpass
import os
import socket
import stat
import subprocess
import sys
import time
from typing import NoReturn
from urllib.parse import urlsplit

import httpx2

from gateway.accounts.demonstration import announcement
from gateway.content.publishing.rasa_process import RASA, rasa_environment
from gateway.core.config.settings import PROJECT, Settings
from gateway.ops.orphans import MARK, end_orphans, mark_of

_START_TIMEOUT = 180.0  # seconds, for a cold disk and a slow machine; Rasa usually needs 20


def end_what_was_left(settings: Settings) -> None:
    """End the processes of an earlier `make run` whose manager was killed, and say so."""
    if count := end_orphans(settings):
        print(f"· Ended {count} processes of an earlier `make run`, whose manager had been killed", flush=True)


def busy_ports(settings: Settings) -> str | None:
    """A sentence that names a port in use, or None when all are free."""
    wanted = [
        ("the gateway", (settings.host, settings.port)),
        *(("Rasa", _address(url)) for url in _rasa_here(settings)),
        ("the action server", _address(settings.actions_url)),
    ]
    for name, address in wanted:
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(address)
            except OSError:
                return (
                    f"Port {address[1]} for {name} is taken. Is another `make run` still running? "
                    "Stop it with Ctrl-C there, or end the program that holds the port."
                )
    return None


def become_manager(settings: Settings) -> NoReturn:
    """Replace this process by supervisord, in the foreground."""
    program = PROJECT / ".venv" / "gateway" / "bin" / "supervisord"
    configuration = PROJECT / "supervisord.conf"
    # Names the user, because supervisord warns when it runs as root without one.
    environment = {
        **os.environ,
        MARK: mark_of(settings),
        "NEUVO_USER": getpass.getuser(),
        "NEUVO_LISTEN": f"{settings.host}:{settings.port}",
        "NEUVO_GATEWAY_PROCESSES": str(settings.gateway_processes),
        "NEUVO_RASAS_HERE": str(len(_rasa_here(settings))),
        "PYTHONWARNINGS": "ignore",
    }
    arguments = [str(program), "-c", str(configuration), "-j", str(settings.state_dir.resolve() / "supervisord.pid")]
    make_output_openable()
    os.execve(program, arguments, environment)  # noqa: S606  # without a shell on purpose


def make_output_openable() -> None:
    """Put a pipe between this process and its output where that is a socket, as systemd's journal is.

    supervisord opens its output by name for each process that it starts; a socket cannot be opened so, and it would
    start none.
    """
    if not stat.S_ISSOCK(os.fstat(1).st_mode):
        return
    from_here, to_there = os.pipe()
    subprocess.Popen(["/bin/cat"], stdin=from_here, start_new_session=True)  # it ends with the last who writes
    os.dup2(to_there, 1)
    os.close(from_here)
    os.close(to_there)


def become_rasa(settings: Settings, number: int = 0) -> NoReturn:
    """Replace this process by a Rasa process; its token is passed in the environment, where `ps` does not show it."""
    host, port = _address(_rasa_here(settings)[number])
    _become(settings, ["-m", "bot.serve", "--interface", host, "--port", str(port)])


def become_actions(settings: Settings) -> NoReturn:
    """Replace this process by the action server."""
    host, port = _address(settings.actions_url)
    _become(settings, ["-m", "actions.serve", "--interface", host, "--port", str(port)])


def become_precompute(settings: Settings) -> NoReturn:
    """Replace this process by the one that makes missing sentence vectors."""
    _become(settings, ["-m", "bot.precompute"])


def _become(settings: Settings, arguments: list[str]) -> NoReturn:
    if not RASA.exists():
        sys.exit("neuvo: The Rasa environment is missing; run `make run` first.")
    environment = rasa_environment(settings)
    os.chdir(PROJECT)
    os.execve(RASA, [str(RASA), *arguments], environment)  # noqa: S606  # without a shell on purpose


def announce(settings: Settings) -> int:
    """Wait until every process is healthy and print the addresses; returns 1 when one does not start."""
    started = time.monotonic()
    waits = {
        "actions": f"{settings.actions_url}/health",
        "gateway": f"http://{settings.host}:{settings.port}/health/ready",
    }
    while waits and time.monotonic() - started < _START_TIMEOUT:
        waits = {name: url for name, url in waits.items() if not _is_ready(url)}
        time.sleep(0.3 if waits else 0)
    if waits:
        late = f"not healthy after {_START_TIMEOUT:.0f} s: {', '.join(waits)}. Its log is above"
        print(f"neuvo: {late}; `python -m gateway announce` waits again, and prints the addresses.", flush=True)
        return 1
    print(_welcome(settings, time.monotonic() - started), flush=True)
    return 0


def _is_ready(url: str) -> bool:
    try:
        answer = httpx2.get(url, timeout=3, trust_env=False)
    except httpx2.HTTPError:
        return False
    return answer.is_success and "degraded" not in answer.text


def _welcome(settings: Settings, seconds: float) -> str:
    base = settings.public_url.rstrip("/")
    pages = [
        ("Privacy page", f"{base}/privacy"),
        ("WhatsApp webhook", f"{base}/webhooks/whatsapp"),
        ("Health", f"{base}/health/ready"),
    ]
    if settings.simulator_enabled:
        pages.insert(0, ("Write as a citizen", f"{base}/simulator/"))
    pages.insert(len(pages) - 3, ("Write on the web", f"{base}/chat"))
    pages += [("Answer as an officer", f"{base}/console"), ("For the staff", f"{base}/sign-in")]
    lines = [f"  {name:<20} {address}" for name, address in pages]
    if settings.demonstration_enabled:
        lines += ["", *announcement()]
    return "\n".join(["", f"Neuvo is ready (after {seconds:.0f} s). Ctrl-C ends everything.", "", *lines, ""])


def _rasa_here(settings: Settings) -> list[str]:
    """The addresses of Rasa processes on this machine; others are started elsewhere."""
    return [url for url in settings.rasa_urls if _address(url)[0] in ("127.0.0.1", "localhost", "::1")]


def _address(url: str) -> tuple[str, int]:
    parts = urlsplit(url)
    return parts.hostname or "127.0.0.1", parts.port or 80
