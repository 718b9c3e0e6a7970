"""Before the road begins: `python -m gateway <command>`, what `make run` and an operator call."""

import argparse
import asyncio
import contextlib
import sys
from collections.abc import Callable
from typing import NoReturn

from sqlalchemy.exc import SQLAlchemyError

from gateway import processes
from gateway.accounts import commands as accounts
from gateway.accounts.demonstration import make_people
from gateway.content import command as content
from gateway.content.refusals import ContentRefused
from gateway.content.releases import Published
from gateway.content.repository import Editor
from gateway.logs import configure_logs
from gateway.migrate import migrate, revise
from gateway.operation import describe_sending, resume_sending
from gateway.privacy import commands as privacy
from gateway.settings import Settings, UnsafeSettings


def main() -> int:
    """Run one command; returns the exit status."""
    arguments = _parser().parse_args()
    try:
        settings = Settings()
    except ValueError as error:
        print(f"neuvo: {processes.first_sentence(error)}", file=sys.stderr)
        return 2
    configure_logs(as_json=settings.environment == "production")
    run: Callable[[Settings, argparse.Namespace], int] = arguments.run
    return run(settings, arguments)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m gateway", description="Neuvo's gateway")
    choices = parser.add_subparsers(dest="command", required=True)
    for name, (act, text) in _commands().items():
        choices.add_parser(name, help=text).set_defaults(run=act)
    choices.choices["serve"].add_argument("--socket", type=int, metavar="FD", help="a listening socket, inherited")
    choices.choices["rasa"].add_argument("number", nargs="?", type=int, default=0, help="which of them, from 0")
    choices.choices["resume"].add_argument("number", nargs="?", help="Meta's id of one number; all when not given")
    choices.choices["personas"].add_argument("picture", help="an https:// address of a square picture for both")
    content.add_arguments(choices.choices["content"])
    accounts.add_parsers(choices)
    privacy.add_parsers(choices)
    return parser


def _commands() -> dict[str, tuple[Callable[[Settings, argparse.Namespace], int], str]]:
    return {
        "run": (lambda settings, _: _run(settings), "bring the database up to date and run everything until Ctrl-C"),
        "migrate": (lambda settings, _: _migrate(settings), "bring the database up to date"),
        "revise": (lambda settings, _: _revise(settings), "write a new migration from what changed in the models"),
        "serve": (lambda settings, given: _serve(settings, given.socket), "serve the public listener until stopped"),
        "rasa": (lambda settings, given: processes.become_rasa(settings, given.number), "become a process of Rasa"),
        "actions": (lambda settings, _: processes.become_actions(settings), "become the action server's process"),
        "announce": (
            lambda settings, _: processes.announce(settings),
            "wait until all is healthy, print addresses",
        ),
        "templates": (lambda settings, _: _templates(settings), "print what Meta's form of templates wants; compare"),
        "sending": (lambda settings, _: _sending(settings), "say which numbers are stopped and what waits, and why"),
        "resume": (lambda settings, given: _resume(settings, given.number), "let stopped numbers send again"),
        "personas": (lambda settings, given: _personas(settings, given.picture), "make our names on Messenger"),
        "content": (content.run, "the editors' files: check, train, publish, return"),
    }


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
    _ = Published(settings).link  # Rasa of another container reads the published words by it
    return 0


def _revise(settings: Settings) -> int:
    revise(settings, input("What changes? "))
    return 0


def _serve(settings: Settings, inherited: int | None) -> int:
    from gateway.listener import run, serve

    if settings.environment == "production":
        _refuse_demonstration(settings)
    run(serve(settings, inherited))
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


def _personas(settings: Settings, picture: str) -> int:
    from gateway.channels.messenger.personas import make_personas

    said, status = asyncio.run(make_personas(settings, picture))
    print(said)
    return status


if __name__ == "__main__":
    sys.exit(main())
