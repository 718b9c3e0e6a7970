"""Before the road begins: `python -m gateway <command>`, what `make run` and an operator call."""

import argparse
import asyncio
import contextlib
import sys
from typing import NoReturn

from sqlalchemy.exc import SQLAlchemyError

from gateway import processes
from gateway.accounts import commands as accounts
from gateway.accounts.demonstration import make_people
from gateway.content import command as content
from gateway.content.refusals import ContentRefused
from gateway.content.repository import Editor
from gateway.logs import configure_logs
from gateway.migrate import migrate, revise
from gateway.operation import describe_sending, resume_sending
from gateway.privacy import commands as privacy
from gateway.settings import Settings, UnsafeSettings, load_settings


def main() -> int:
    """Run one command; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m gateway", description="Neuvo's gateway")
    commands = {
        "run": (_run, "bring the database up to date and run all processes until Ctrl-C"),
        "migrate": (_migrate, "bring the database up to date"),
        "revise": (_revise, "write a new migration from what changed in the models"),
        "serve": (_serve, "serve the public listener until stopped"),
        "rasa": (processes.become_rasa, "become the dialogue engine's process, with the settings of .env"),
        "actions": (processes.become_actions, "become the action server's process"),
        "announce": (processes.announce, "wait until all processes are healthy, then print the addresses"),
        "templates": (_templates, "print what to enter into Meta's form of templates, and compare with Meta's list"),
        "sending": (_sending, "say which numbers are stopped and what waits in the outbox, and why"),
    }
    choices = parser.add_subparsers(dest="command", required=True)
    for name, (_, text) in commands.items():
        choices.add_parser(name, help=text)
    resume = choices.add_parser("resume", help="let stopped numbers send again, once the cause is mended")
    resume.add_argument("number", nargs="?", help="Meta's id of one number; all when not given")
    accounts.add_parsers(choices)
    privacy.add_parsers(choices)
    content.add_arguments(choices.add_parser("content", help="the editors' files: check, train, publish, return"))
    arguments = parser.parse_args()
    try:
        settings = load_settings()
    except ValueError as error:
        print(f"neuvo: {processes.first_sentence(error)}", file=sys.stderr)
        return 2
    configure_logs(as_json=settings.environment == "production")
    if arguments.command == "content":
        return content.run(settings, arguments)
    if arguments.command == "resume":
        return _resume(settings, arguments.number)
    if arguments.command in accounts.COMMANDS:
        return accounts.run(settings, arguments)
    if arguments.command in privacy.COMMANDS:
        return privacy.run(settings, arguments)
    return commands[arguments.command][0](settings)


def _run(settings: Settings) -> NoReturn:
    if busy := processes.busy_ports(settings):
        sys.exit(f"neuvo: {busy}")
    _migrate(settings)
    _make_people(settings)
    try:
        content.make_working_copy(settings, Editor("Neuvo", "neuvo"))
    except ContentRefused as refusal:
        sys.exit(f"neuvo: {refusal}")
    print("· Starting rasa, actions and gateway (about 20 s)", flush=True)
    processes.become_manager(settings)


def _make_people(settings: Settings) -> None:
    try:
        asyncio.run(make_people(settings))
    except UnsafeSettings as error:
        sys.exit(f"neuvo: {error}")


def _migrate(settings: Settings) -> int:
    settings.state_dir.mkdir(parents=True, exist_ok=True)
    migrate(settings)
    return 0


def _revise(settings: Settings) -> int:
    revise(settings, input("What changes? "))
    return 0


def _serve(settings: Settings) -> int:
    from gateway.listener import serve

    if settings.environment == "production":
        _refuse_demonstration(settings)
    asyncio.run(serve(settings))
    return 0


def _templates(settings: Settings) -> int:
    from gateway.channels.whatsapp.templates import describe_templates

    text, agrees = asyncio.run(describe_templates(settings))
    print(text)
    return 0 if agrees else 1


def _refuse_demonstration(settings: Settings) -> None:
    # While the database is away messages go to the spool, and signing in asks again who is who.
    with contextlib.suppress(SQLAlchemyError, OSError):
        _make_people(settings)


def _sending(settings: Settings) -> int:
    print(asyncio.run(describe_sending(settings)))
    return 0


def _resume(settings: Settings, business_number: str | None) -> int:
    print(asyncio.run(resume_sending(settings, business_number)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
