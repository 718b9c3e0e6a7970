"""Before the road begins: `python -m gateway <command>`, what `make run` and an operator call."""

import argparse
import asyncio
import sys

from gateway import processes
from gateway.logs import configure_logs
from gateway.migrate import migrate
from gateway.settings import Settings, load_settings


def main() -> int:
    """Run one command; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m gateway", description="Neuvo's gateway")
    commands = {
        "prepare": (_prepare, "make the state folder, check that the ports are free, bring the database up to date"),
        "migrate": (_migrate, "bring the database up to date"),
        "serve": (_serve, "serve the public listener until stopped"),
        "rasa": (processes.become_rasa, "become the dialogue engine's process, with the settings of .env"),
        "actions": (processes.become_actions, "become the action server's process"),
        "announce": (processes.announce, "wait until all processes are healthy, then print the addresses"),
    }
    choices = parser.add_subparsers(dest="command", required=True)
    for name, (_, text) in commands.items():
        choices.add_parser(name, help=text)
    chosen = parser.parse_args().command
    try:
        settings = load_settings()
    except ValueError as error:
        print(f"neuvo: {processes.first_sentence(error)}", file=sys.stderr)
        return 2
    configure_logs(as_json=settings.environment == "production")
    return commands[chosen][0](settings)


def _prepare(settings: Settings) -> int:
    busy = processes.busy_ports(settings)
    if busy:
        print(f"neuvo: {busy}", file=sys.stderr)
        return 1
    return _migrate(settings)


def _migrate(settings: Settings) -> int:
    settings.state_dir.mkdir(parents=True, exist_ok=True)
    migrate(settings)
    return 0


def _serve(settings: Settings) -> int:
    from gateway.listener import serve

    asyncio.run(serve(settings))
    return 0


if __name__ == "__main__":
    sys.exit(main())
