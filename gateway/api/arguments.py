"""The API, the arguments of its commands; apart from what they do, so that `--help` answers at once."""

import argparse

from gateway.api.kinds import Scope, WebhookEvent


def add_token(command: argparse.ArgumentParser) -> None:
    """The arguments of `api-token`."""
    what = command.add_subparsers(dest="what", required=True)
    added = what.add_parser("add", help="print a new token, once")
    added.add_argument("name", help="of the system that gets it")
    added.add_argument("scopes", nargs="+", choices=[scope.value for scope in Scope])
    added.add_argument("--days", type=int, default=90, help="until it ends; a year at most")
    what.add_parser("list", help="every token, without itself")
    what.add_parser("revoke", help="end a token now").add_argument("id")


def add_webhook(command: argparse.ArgumentParser) -> None:
    """The arguments of `api-webhook`."""
    what = command.add_subparsers(dest="what", required=True)
    added = what.add_parser("add", help="send events to an address; prints the secret of its signatures")
    added.add_argument("url")
    events = [each.value for each in WebhookEvent]
    added.add_argument("--events", nargs="+", choices=events, default=events, help="all of them when not given")
    what.add_parser("list", help="every address and its events")
    what.add_parser("remove", help="send nothing more there").add_argument("id")
