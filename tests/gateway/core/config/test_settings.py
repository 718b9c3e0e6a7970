"""Checks before the road begins: production does not start with what everybody knows."""

import re
from pathlib import Path

import pytest

from gateway.content.publishing.rasa_process import rasa_environment
from gateway.core.config.settings import PROJECT, Settings, UnsafeSettings
from gateway.core.crypto import DataKeys
from tests.worlds.production import production

SECRETS = ["rasa_token", "whatsapp_app_secret", "whatsapp_verify_token", "whatsapp_access_token", "secret_key"]


def test_production_starts_with_secrets_of_its_own_and_without_the_simulator() -> None:
    assert not production().simulator_enabled


@pytest.mark.parametrize("name", [*SECRETS, "data_key"])
@pytest.mark.parametrize("sample", [True, False])
def test_production_refuses_a_sample_secret_and_a_missing_one(name: str, sample: bool) -> None:
    known = Settings.model_fields[name].default.get_secret_value()

    with pytest.raises(ValueError, match=f"NEUVO_{name.upper()}"):
        production(**{name: known if sample else ""})


def test_production_refuses_the_simulator() -> None:
    with pytest.raises(ValueError, match="simulator cannot be switched on"):
        production(simulator=True)


def test_an_unsafe_setting_says_what_to_do() -> None:
    assert issubclass(UnsafeSettings, ValueError)
    with pytest.raises(ValueError, match=r"\.env\.example"):
        production(secret_key="")


@pytest.mark.parametrize("key", ["", "QUJD", "id:", "id:not base64!", "id:QUJD"])
def test_a_data_key_of_another_form_is_refused_with_a_sentence(key: str) -> None:
    with pytest.raises(ValueError, match="NEUVO_DATA_KEY"):
        DataKeys(key)


def test_every_setting_is_in_the_example_with_a_reason() -> None:
    text = (PROJECT / ".env.example").read_text("utf-8")
    for name in Settings.model_fields:
        assert re.search(rf"^# \S.{{15,}}\n(?:# .*\n)*#? ?NEUVO_{name.upper()}=", text, re.MULTILINE), name


def test_the_environment_beats_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".env").write_text("NEUVO_PORT=8111\nNEUVO_TURN_HOLD=1\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NEUVO_PORT", "8222")

    settings = Settings()

    assert (settings.port, settings.turn_hold) == (8222, 1.0)


def test_several_gateway_processes_are_refused_on_sqlite_and_with_a_simulator_inside() -> None:
    with pytest.raises(ValueError, match="needs PostgreSQL"):
        Settings(gateway_processes=2, simulator=False)
    with pytest.raises(ValueError, match="simulator must run by itself"):
        Settings(gateway_processes=2, database_url="postgresql://a@b/c")
    assert Settings(gateway_processes=2, database_url="postgresql://a@b/c", simulator=False).gateway_processes == 2


@pytest.mark.parametrize("name", ["data_key", "whatsapp_app_secret", "rasa_token", "redis_url", "database_url"])
def test_a_secret_may_stand_in_a_file_and_the_variable_beats_it(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "secret").write_text("sqlite:///from-a-file\n")
    monkeypatch.setenv(f"NEUVO_{name.upper()}_FILE", str(tmp_path / "secret"))
    value = getattr(Settings(_env_file=None), name)
    assert (value if isinstance(value, str) else value.get_secret_value()) == "sqlite:///from-a-file"

    monkeypatch.setenv(f"NEUVO_{name.upper()}", "sqlite:///from-the-variable")
    value = getattr(Settings(_env_file=None), name)
    assert (value if isinstance(value, str) else value.get_secret_value()) == "sqlite:///from-the-variable"


@pytest.mark.parametrize("content", [None, b"", b" \n", b"\xff\xfe"])
def test_a_secret_s_file_that_cannot_be_used_is_named_and_not_shown(
    content: bytes | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if content is not None:
        (tmp_path / "secret").write_bytes(content)
    monkeypatch.setenv("NEUVO_DATA_KEY_FILE", str(tmp_path / "secret"))

    with pytest.raises(ValueError, match="NEUVO_DATA_KEY_FILE names"):
        Settings(_env_file=None)


def test_rasas_processes_are_told_no_secret_but_those_that_they_need(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secrets = [
        name for name in Settings.model_fields if re.search(r"_(secret|token|key)$|^(database|redis)_url$", name)
    ]
    for name in secrets:
        monkeypatch.setenv(f"NEUVO_{name.upper()}", f"unmistakable {name}")
    (tmp_path / "unmistakable").write_text("another data key")
    monkeypatch.setenv("NEUVO_DATA_KEY_FILE", str(tmp_path / "unmistakable"))

    told = rasa_environment(Settings(_env_file=None, state_dir=tmp_path))

    assert {name for name, value in told.items() if "unmistakable" in value} == {"NEUVO_RASA_TOKEN", "NEUVO_REDIS_URL"}


def test_only_secrets_are_read_from_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "port").write_text("9")
    monkeypatch.setenv("NEUVO_PORT_FILE", str(tmp_path / "port"))

    assert Settings(_env_file=None).port == 8000
