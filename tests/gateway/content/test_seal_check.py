"""Checks that whoever trains with another key is told what to do, instead of a Rasa that restarts for ever."""

import subprocess
from pathlib import Path

from gateway.core.config.settings import PROJECT
from tests.worlds.commands import run_command


def content(folder: Path, *arguments: str, key: str) -> subprocess.CompletedProcess[str]:
    return run_command(
        *("content", "seal", *arguments),
        NEUVO_SECRET_KEY=key,
        NEUVO_STATE_DIR=str(folder / "var"),
        NEUVO_DATABASE_URL=f"sqlite:///{folder}/neuvo.db",
    )


def test_a_model_that_another_key_has_sealed_is_named_with_what_to_do(tmp_path: Path) -> None:
    model = tmp_path / "neuvo.tar.gz"
    model.write_bytes(b"a model")
    ours, other = "a" * 40, "b" * 40
    assert content(tmp_path, str(model), key=ours).returncode == 0

    assert content(tmp_path, str(model), "--check", key=ours).returncode == 0
    refused = content(tmp_path, str(model), "--check", key=other)
    assert refused.returncode == 1
    assert "python -m gateway content seal" in refused.stdout
    assert str(model) in refused.stdout

    model.write_bytes(b"a changed model")
    assert content(tmp_path, str(model), "--check", key=ours).returncode == 1
    assert content(tmp_path, str(model), key=other).returncode == 0
    assert content(tmp_path, str(model), "--check", key=other).returncode == 0


def test_make_train_asks() -> None:
    rule = (PROJECT / "Makefile").read_text("utf-8").partition("\ntrain: ")[2].split("\n")[0]

    assert rule.startswith("$(MODEL) ; @$(GATEWAY)/python -m gateway content seal --check ## ")
