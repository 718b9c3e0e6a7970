"""The commands: `python -m gateway <command>`, what `make run` and an operator call.

Every argument stands here or beside its feature; what a command does is imported when it is called, so that `--help`
answers at once.
"""

import argparse
import asyncio
import contextlib
import importlib
import logging
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from gateway.api.arguments import add_token, add_webhook
from gateway.core.actors import Role
from gateway.core.version import version

if TYPE_CHECKING:
    from gateway.core.config.settings import Settings

_COMMANDS = {
    "run": "bring the database up to date and run everything until Ctrl-C",
    "migrate": "bring the database up to date",
    "revise": "write a new migration from what changed in the models",
    "serve": "serve the public listener until stopped",
    "rasa": "become a process of Rasa",
    "actions": "become the action server's process",
    "vectors": "become the process that makes missing sentence vectors while nothing needs the processor",
    "announce": "wait until all is healthy, print addresses",
    "templates": "print what Meta's form of templates wants; compare",
    "sending": "say which numbers are stopped and what waits, and why",
    "resume": "let stopped numbers send again",
    "personas": "make our names on Messenger",
    "content": "the editors' files: check, train, publish, return",
    "published": "what is published, on several machines: follow the others, or share what is live here",
    "audit": "verify the audit log, and say the first entry that was changed or removed",
    "invite": "print a one-time invitation; how the first administrator gets in",
    "api-token": "add, list or revoke a token of the HTTP API",
    "api-webhook": "say where events are sent, by the HTTP API",
    "code": "print the present code of a demonstration person",
    "forget-demonstration": "delete the demonstration people from this database",
    "keys": "say by which data key every key is wrapped, wrap all by the present one, or replace all after a leak",
    "retention": "say what the rounds of deleting did, and what a legal hold keeps",
    "trace": "say the road of one message, and why it got no answer, without its words",
    "doctor": "say of every part that the service needs whether it is there and sound",
    "backup": "make, verify or restore an encrypted backup of the database; finish a recovery",
}
_CONTENT = {
    "init": "make the editors' working copy, if it is not there yet",
    "check": "say everything that keeps the draft from being published",
    "train": "train a model of the draft",
    "evaluate": "train it, examine it and compare it with the live one",
    "publish": "do all of that and make it live",
    "words": "publish changed answers, contacts and lines, in seconds, without training",
    "rollback": "return to the release before the live one",
    "approve": "approve changed answers and contacts",
    "history": "say who changed what, and what is live",
    "export": "write a spreadsheet for translators",
    "import": "read a translated spreadsheet",
    "links": "ask every page that contacts and sources name, and say which are gone",
    "push": "send the history to the force's remote",
    "pull": "bring in the remote's changes",
    "seal": "write the papers of a model that was trained here",
    "key": "print the key that verifies models, for a Rasa in a container of its own",
}
# Commands of a feature: the module whose `run(settings, arguments)` does them.
_MODULES = {
    "content": "gateway.content.commands",
    "published": "gateway.content.published_command",
    **dict.fromkeys(("audit", "invite", "code", "forget-demonstration"), "gateway.accounts.commands"),
    **dict.fromkeys(("api-token", "api-webhook"), "gateway.api.commands"),
    **dict.fromkeys(("keys", "retention", "backup", "doctor", "trace", "sending", "resume"), "gateway.ops.commands"),
}


def main() -> int:
    """Run one command; returns the exit status."""
    arguments = parser().parse_args()
    from gateway.core.config.settings import Settings
    from gateway.core.logs import configure_logs

    try:
        settings = Settings()
    except ValueError as error:
        print(f"neuvo: {first_sentence(error)}", file=sys.stderr)
        return 2
    if arguments.command == "doctor":
        print("ok    settings     none of them is unsafe")
    level = logging.getLevelNamesMapping()[settings.log_level.upper()]
    configure_logs(as_json=settings.environment == "production", level=level)
    module = _MODULES.get(arguments.command)
    if module is not None:
        return int(importlib.import_module(module).run(settings, arguments))
    return _RUNS[arguments.command](settings, arguments)


def first_sentence(error: ValueError) -> str:
    """What a person needs of a validation error: a line for each setting, without the machinery around it."""
    details = getattr(error, "errors", None)
    if not callable(details):
        return str(error)
    return "\n".join(_named(item) for item in details())


def _named(item: dict[str, Any]) -> str:
    said = str(item["msg"]).removeprefix("Value error, ")
    return f"NEUVO_{str(item['loc'][0]).upper()}: {said}." if item["loc"] else said


def parser() -> argparse.ArgumentParser:
    """Every command with its arguments."""
    top = argparse.ArgumentParser(prog="python -m gateway", description="Neuvo's gateway")
    top.add_argument("--version", action="version", version=f"neuvo {version()}", help="say which release this is")
    commands = top.add_subparsers(dest="command", required=True)
    for name, text in _COMMANDS.items():
        commands.add_parser(name, help=text)
    of = commands.choices
    of["serve"].add_argument("--socket", type=int, metavar="FD", help="a listening socket, inherited")
    of["rasa"].add_argument("number", nargs="?", type=int, default=0, help="which of them, from 0")
    of["resume"].add_argument("number", nargs="?", help="Meta's id of one number; all when not given")
    of["personas"].add_argument("picture", help="an https:// address of a square picture for both")
    of["audit"].add_argument("what", choices=["verify"])
    of["audit"].add_argument(
        "--noted", metavar="NUMBER:HASH", help="an entry noted elsewhere, which must be in the log"
    )
    of["audit"].add_argument("--anchors", type=Path, help="a file of signed heads (NEUVO_AUDIT_ANCHOR) to look for")
    of["invite"].add_argument("login", help="the name under which the person signs in")
    of["invite"].add_argument("name", help="the person's name")
    of["invite"].add_argument("roles", nargs="+", choices=[role.value for role in Role])
    of["invite"].add_argument("--language", choices=["fi", "sv", "en"], default="fi")
    of["code"].add_argument("login")
    add_token(of["api-token"])
    add_webhook(of["api-webhook"])
    of["published"].add_argument("what", choices=["fetch", "follow", "share"])
    of["keys"].add_argument("what", choices=["status", "rotate", "renew"])
    of["trace"].add_argument(
        "id", nargs="?", help="of a conversation, message, turn or outbox entry; what has waited longest when not given"
    )
    _add_backup(of["backup"].add_subparsers(dest="what", required=True))
    _add_content(of["content"].add_subparsers(dest="order", required=True))
    return top


def _add_backup(what: Any) -> None:
    what.add_parser("make", help="write a backup beside live processes").add_argument("file", type=Path)
    what.add_parser("verify", help="open every part and count").add_argument("file", type=Path)
    restore = what.add_parser("restore", help="fill an empty database; who was erased since stays erased")
    restore.add_argument("file", type=Path)
    recovered = what.add_parser("recovered", help="after PostgreSQL itself was returned to a moment: erase again")
    for each in (restore, recovered):
        each.add_argument(
            "--erased", type=Path, action="append", default=[], help="a folder with the list of another machine"
        )


def _add_content(orders: Any) -> None:
    for name, text in _CONTENT.items():
        order = orders.add_parser(name, help=text)
        order.add_argument("--language", default="en", choices=("fi", "sv", "en"), help="of what is printed")
    for name in ("export", "import"):
        orders.choices[name].add_argument("file", type=Path)
    orders.choices["import"].add_argument(
        "--save", action="store_true", help="save the changes; without it they are only shown"
    )
    for name in ("publish", "words"):
        orders.choices[name].add_argument("item", nargs="*", help="as `approve` names them; all that waits if none")
    orders.choices["rollback"].add_argument(
        "number", type=int, nargs="?", help="of a release (see history); the one before when not given"
    )
    seal = orders.choices["seal"]
    seal.add_argument("model", type=Path, nargs="?", help="the project's own model when not given")
    seal.add_argument("--check", action="store_true", help="only say whether the present key has sealed it")
    seal.add_argument("--content", type=Path, help="what it was trained from; the project's data when not given")


def _run(settings: "Settings", _: argparse.Namespace) -> NoReturn:
    from gateway import processes
    from gateway.content.commands import make_working_copy
    from gateway.content.errors import ContentRefused
    from gateway.content.repository.git import Editor

    processes.end_what_was_left(settings)
    if busy := processes.busy_ports(settings):
        sys.exit(f"neuvo: {busy}")
    _migrate(settings, _)
    _make_people(settings)
    try:
        make_working_copy(settings, Editor("Neuvo", "neuvo"))
    except ContentRefused as refusal:
        sys.exit(f"neuvo: {refusal}")
    print("· Starting rasa, actions and gateway (about 20 s)", flush=True)
    processes.become_manager(settings)


def _make_people(settings: "Settings") -> None:
    from gateway.accounts.demonstration import make_people
    from gateway.core.config.settings import UnsafeSettings

    try:
        asyncio.run(make_people(settings))
    except UnsafeSettings as error:
        sys.exit(f"neuvo: {error}")


def _migrate(settings: "Settings", _: argparse.Namespace) -> int:
    from gateway.content.publishing.releases import Published
    from gateway.core.migrate import migrate

    settings.state_dir.mkdir(parents=True, exist_ok=True)
    migrate(settings)
    _link = Published(settings).link  # Rasa of another container reads the published words by it
    return 0


def _revise(settings: "Settings", _: argparse.Namespace) -> int:
    from gateway.core.migrate import revise

    revise(settings, input("What changes? "))
    return 0


def _serve(settings: "Settings", arguments: argparse.Namespace) -> int:
    from gateway.server import run, serve

    if settings.environment == "production":
        _refuse_demonstration(settings)
        _refuse_powerful_login(settings)
    run(serve(settings, arguments.socket))
    return 0


def _refuse_demonstration(settings: "Settings") -> None:
    from sqlalchemy.exc import SQLAlchemyError

    # While the database is away messages go to the spool, and signing in asks again who is who.
    with contextlib.suppress(SQLAlchemyError, OSError):
        _make_people(settings)


def _refuse_powerful_login(settings: "Settings") -> None:
    from sqlalchemy.exc import SQLAlchemyError

    from gateway.ops.doctor import login_powers

    with contextlib.suppress(SQLAlchemyError, OSError):  # as above
        if sentence := asyncio.run(login_powers(settings)).sentence():
            sys.exit(f"neuvo: {sentence}")


def _process(settings: "Settings", arguments: argparse.Namespace) -> int:
    from gateway import processes

    match arguments.command:
        case "rasa":
            processes.become_rasa(settings, arguments.number)
        case "actions":
            processes.become_actions(settings)
        case "vectors":
            return processes.become_precompute(settings) if settings.precompute_vectors else 0
    return processes.announce(settings)


def _templates(settings: "Settings", _: argparse.Namespace) -> int:
    from gateway.channels.whatsapp.templates import describe_templates
    from gateway.content.publishing.releases import Published

    text, agrees = asyncio.run(describe_templates(settings, Published(settings).link))
    print(text)
    return 0 if agrees else 1


def _personas(settings: "Settings", arguments: argparse.Namespace) -> int:
    from gateway.channels.messenger.personas import make_personas

    said, status = asyncio.run(make_personas(settings, arguments.picture))
    print(said)
    return status


_RUNS: dict[str, Callable[["Settings", argparse.Namespace], int]] = {
    "run": _run,
    "migrate": _migrate,
    "revise": _revise,
    "serve": _serve,
    **dict.fromkeys(("rasa", "actions", "vectors", "announce"), _process),
    "templates": _templates,
    "personas": _personas,
}
