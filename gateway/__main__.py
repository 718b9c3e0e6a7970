"""Before the road begins: `python -m gateway <command>`, what `make run` and an operator call."""

import argparse
import asyncio
import sys
from typing import NoReturn

from gateway import processes
from gateway.logs import configure_logs
from gateway.migrate import migrate, revise
from gateway.operation import describe_sending, resume_sending
from gateway.settings import Settings, load_settings


def main() -> int:
    """Run one command; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m gateway", description="Neuvo's gateway")
    commands = {
        "run": (_run, "bring the database up to date and run all processes until Ctrl-C"),
        "migrate": (_migrate, "bring the database up to date"),
        "revise": (_revise, "write a new migration from what changed in the models"),
        "actions": (processes.become_actions, "become the action server's process"),
        "announce": (processes.announce, "wait until all processes are healthy, then print the addresses"),
        "sending": (_sending, "say which numbers are stopped and what waits in the outbox, and why"),
    }
    choices = parser.add_subparsers(dest="command", required=True)
    for name, (_, text) in commands.items():
        choices.add_parser(name, help=text)
    serve = choices.add_parser("serve", help="serve the public listener until stopped")
    serve.add_argument("--socket", type=int, metavar="FD", help="a listening socket that this process has inherited")
    rasa = choices.add_parser("rasa", help="become a dialogue engine's process, with the settings of .env")
    rasa.add_argument("number", nargs="?", type=int, default=0, help="which of NEUVO_RASA_URL, from 0")
    resume = choices.add_parser("resume", help="let stopped numbers send again, once the cause is mended")
    resume.add_argument("number", nargs="?", help="Meta's id of one number; all when not given")
    arguments = parser.parse_args()
    try:
        settings = load_settings()
    except ValueError as error:
        print(f"neuvo: {processes.first_sentence(error)}", file=sys.stderr)
        return 2
    configure_logs(as_json=settings.environment == "production")
    if arguments.command == "resume":
        return _resume(settings, arguments.number)
    if arguments.command == "serve":
        return _serve(settings, arguments.socket)
    if arguments.command == "rasa":
        processes.become_rasa(settings, arguments.number)
    return commands[arguments.command][0](settings)


def _run(settings: Settings) -> NoReturn:
    if busy := processes.busy_ports(settings):
        sys.exit(f"neuvo: {busy}")
    _migrate(settings)
    print("· Starting rasa, actions and gateway (about 20 s)", flush=True)
    processes.become_manager(settings)


def _migrate(settings: Settings) -> int:
    settings.state_dir.mkdir(parents=True, exist_ok=True)
    migrate(settings)
    return 0


def _revise(settings: Settings) -> int:
    revise(settings, input("What changes? "))
    return 0


def _serve(settings: Settings, inherited: int | None) -> int:
    from gateway.listener import serve

    asyncio.run(serve(settings, inherited))
    return 0


def _sending(settings: Settings) -> int:
    print(asyncio.run(describe_sending(settings)))
    return 0


def _resume(settings: Settings, business_number: str | None) -> int:
    print(asyncio.run(resume_sending(settings, business_number)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
