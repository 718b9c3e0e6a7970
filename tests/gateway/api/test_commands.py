"""Checks of the commands: an operator makes a token that works, lists it, and ends it."""

import re
from pathlib import Path

import pytest

from gateway import cli
from gateway.api.commands import run
from gateway.core.config.settings import Settings


@pytest.fixture
def settings(migrated_sqlite: Path, tmp_path: Path) -> Settings:
    (tmp_path / "neuvo.db").write_bytes(migrated_sqlite.read_bytes())
    return Settings(database_url=f"sqlite:///{tmp_path / 'neuvo.db'}", state_dir=tmp_path)


def said(settings: Settings, capsys: pytest.CaptureFixture[str], *words: str, status: int = 0) -> str:
    assert run(settings, cli.parser().parse_args(words)) == status
    return capsys.readouterr().out


def test_a_token_is_shown_once_listed_without_itself_and_revoked(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    made = said(settings, capsys, "api-token", "add", "statistics", "figures:read", "queue:read", "--days", "30")
    token, identifier = made.splitlines()[-2], made.split()[-1]
    listed = said(settings, capsys, "api-token", "list")

    assert re.fullmatch(r"neuvo_[\w-]{43}", token)
    assert token not in listed
    assert f"{identifier}  until " in listed
    assert "statistics: figures:read queue:read" in listed
    assert said(settings, capsys, "api-token", "revoke", identifier).endswith("Revoked.\n")
    assert f"{identifier}  revoked, never used" in said(settings, capsys, "api-token", "list")
    assert "revoked before" in said(settings, capsys, "api-token", "revoke", identifier, status=1)


def test_a_webhook_is_made_with_its_secret_listed_without_it_and_removed(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    made = said(settings, capsys, "api-webhook", "add", "https://a.example/x", "--events", "conversation.waiting")
    secret, identifier = made.splitlines()[-2], made.split()[-1]
    listed = said(settings, capsys, "api-webhook", "list")

    assert secret.startswith("whsec_")
    assert listed == f"{identifier}  https://a.example/x: conversation.waiting\n"
    assert said(settings, capsys, "api-webhook", "remove", identifier).endswith("is gone.\n")
    assert said(settings, capsys, "api-webhook", "list") == "There are no webhooks.\n"


def test_what_is_no_id_or_too_long_a_time_is_said_and_shows_no_traceback(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    assert said(settings, capsys, "api-token", "revoke", "x", status=1).startswith("neuvo: ")
    long = said(settings, capsys, "api-token", "add", "a", "queue:read", "--days", "999", status=1)
    assert long == "neuvo: A token lives from 1 to 366 days.\n"
