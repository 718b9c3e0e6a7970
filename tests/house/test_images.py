"""Checks of the images without building them: what their files copy is laid out in a folder, and that must start."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from gateway.content.publishing.manifest import model_key
from gateway.content.publishing.releases import training_hash
from gateway.core.config.settings import PROJECT, Settings

# What an earlier stage or another image has made, and where it is on this machine.
MADE = {"/srv/neuvo/.cache/encoder": ".cache/encoder"}
MODELS = ("models/neuvo.tar.gz", "models/neuvo.json")


def laid_out(name: str, folder: Path) -> Path:
    """The folder /srv/neuvo of an image, from the COPY lines of its last stage."""
    text = re.sub(r"\\\n", " ", (PROJECT / "containers" / f"{name}.Containerfile").read_text("utf-8"))
    for line in re.findall(r"^COPY (.+)$", text[text.rindex("\nFROM ") :], re.M):
        *sources, target = [each for each in line.split() if not each.startswith("--")]
        for source in sources:
            there = PROJECT / MADE.get(source, source)
            if "--from=" in line and source not in MADE:
                continue  # an environment: this machine's own stands for it
            here = folder / target / (Path(source).name if target.endswith("/") else "")
            here.parent.mkdir(parents=True, exist_ok=True)
            if there.is_dir():
                shutil.copytree(there, here, ignore=shutil.ignore_patterns("__pycache__"), dirs_exist_ok=True)
            else:
                shutil.copy(there, here)
    return folder


def started(environment: str, image: Path, code: list[str], **variables: str) -> subprocess.CompletedProcess[str]:
    python = str(PROJECT / ".venv" / environment / "bin" / "python")
    kept = {name: value for name, value in os.environ.items() if not name.startswith("NEUVO_")}
    return subprocess.run(
        [python, *code], cwd=image, env={**kept, **variables, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True, text=True, timeout=100, check=False,
    )  # fmt: skip


def test_the_gateways_image_has_all_that_the_gateway_needs_to_make_its_tables(tmp_path: Path) -> None:
    image = laid_out("gateway", tmp_path / "image")
    before = set(image.rglob("*"))
    published = tmp_path / "state" / "published"
    run = started(
        "gateway", image, ["-m", "gateway", "migrate"],
        NEUVO_STATE_DIR=str(tmp_path / "state"), NEUVO_DATABASE_URL=f"sqlite:///{tmp_path / 'neuvo.db'}",
        NEUVO_PUBLISHED_DIR=str(published),
    )  # fmt: skip

    assert run.returncode == 0, run.stderr
    assert (published / "current").resolve() == image / "data"
    assert set(image.rglob("*")) == before, "The container's own folder cannot be written."


def test_rasas_image_has_the_model_its_papers_and_the_encoder(tmp_path: Path) -> None:
    if not all((PROJECT / each).exists() for each in MODELS):
        pytest.fail("There is no trained model; run `make train` first.")
    image = laid_out("rasa", tmp_path / "image")
    key = tmp_path / "NEUVO_MODEL_KEY"
    key.write_text(model_key(Settings()) + "\n", "utf-8")
    code = (
        "import os; os.environ['NEUVO_RASA_TOKEN'] = 't'\n"
        "from bot.serve import published_model, secret\n"
        "from bot.models import verify_model\n"
        "from bot.encoder import load_encoder\n"
        "verify_model(published_model(), secret('NEUVO_MODEL_KEY'))\n"
        "assert load_encoder() is not None\n"
        "os.environ['NEUVO_PUBLISHED_DIR'] = os.environ['PUBLISHED']\n"
        "assert published_model().name == 'second.tar.gz'\n"
        "print('ready')"
    )
    record = {"current": {"model": "/var/lib/neuvo/published/models/second.tar.gz"}, "others": []}
    (tmp_path / "live.json").write_text(json.dumps(record), "utf-8")
    run = started(
        "rasa", image, ["-W", "ignore", "-c", code],
        NEUVO_MODEL_KEY_FILE=str(key), NEUVO_PUBLISHED_DIR=str(tmp_path / "nothing"), PUBLISHED=str(tmp_path),
    )  # fmt: skip

    assert run.stdout.strip().endswith("ready"), run.stderr[-2000:]


def test_rasas_image_gives_its_channel_the_token_that_came_as_a_file(tmp_path: Path) -> None:
    if not all((PROJECT / each).exists() for each in MODELS):
        pytest.fail("There is no trained model; run `make train` first.")
    image, files = laid_out("rasa", tmp_path / "image"), {}
    for name, value in (("NEUVO_MODEL_KEY", model_key(Settings())), ("NEUVO_RASA_TOKEN", "of a file")):
        (tmp_path / name).write_text(value + "\n", "utf-8")
        files[f"{name}_FILE"] = str(tmp_path / name)
    code = (
        "import sys, yaml, rasa.__main__, bot.serve\n"
        "from bot.channel import NeuvoInput\n"
        "def run():\n"
        "    (named,) = [each for name, each in yaml.safe_load(open('credentials.yml')).items() if 'Neuvo' in name]\n"
        "    print(NeuvoInput.from_credentials(named)._token.decode())\n"
        "rasa.__main__.main = run\n"
        "sys.argv = ['bot.serve']\n"
        "bot.serve.main()"
    )
    state = {"NEUVO_STATE_DIR": str(tmp_path / "state"), "NEUVO_PUBLISHED_DIR": str(tmp_path / "nothing")}
    run = started("rasa", image, ["-W", "ignore", "-c", code], **files, **state)

    assert run.stdout.strip() == "of a file", run.stderr[-2000:]


def test_the_editors_image_has_what_training_and_evaluation_read(tmp_path: Path) -> None:
    image = laid_out("editing", laid_out("gateway", tmp_path / "image"))
    # What the jobs start and hash (gateway/content/publishing); to start them here would take a minute.
    for name in ("bot/train.py", "bot/playground.py", "evaluation/candidate.py", "config.yml", "domain.yml"):
        assert (image / name).read_bytes() == (PROJECT / name).read_bytes()
    assert training_hash(image / "data") == training_hash(PROJECT / "data")
    assert list((image / "evaluation" / "messages").glob("*/topics/*.txt"))
    assert list((image / ".cache" / "encoder").glob("*/manifest.json"))


def test_what_rasa_remembers_of_a_training_lies_in_a_volume_of_the_editors_image(tmp_path: Path) -> None:
    image = laid_out("editing", tmp_path / "image")
    text = (PROJECT / "containers" / "editing.Containerfile").read_text("utf-8")
    set_there = dict(re.findall(r"^ENV (\w+)=(/var/lib/neuvo/\S+)$", text, re.M))
    variables = {name: value.replace("/var/lib/neuvo", str(tmp_path / "volume")) for name, value in set_there.items()}
    before = set(image.rglob("*"))

    code = "from rasa.engine.caching import LocalTrainingCache; LocalTrainingCache()"
    run = started("rasa", image, ["-W", "ignore", "-c", code], **variables)

    assert run.returncode == 0, run.stderr[-2000:]
    assert set(image.rglob("*")) == before, "The container's own folder cannot be written."


def test_the_demos_image_has_all_that_the_demo_imports_and_writes_in_its_volume_alone(tmp_path: Path) -> None:
    image = laid_out("demo", laid_out("gateway", tmp_path / "image"))
    text = (PROJECT / "containers" / "demo.Containerfile").read_text("utf-8")
    before = set(image.rglob("*"))
    code = ["-c", "import runpy, sys; sys.argv = ['demo', '--help']; runpy.run_module('demo', run_name='__main__')"]
    run = started("gateway", image, code)

    assert run.returncode == 0, run.stderr[-2000:]
    assert "--only-fill" in run.stdout
    assert set(image.rglob("*")) == before
    assert (image / "supervisord.conf").exists()
    assert "NEUVO_HOST=127.0.0.1" in text, "The demonstration people's passwords are public."
    assert "sqlite:////var/lib/neuvo/" in text


def test_the_developers_container_has_both_pythons_the_services_and_a_target_that_exists() -> None:
    folder = PROJECT / ".devcontainer"
    described = json.loads((folder / "devcontainer.json").read_text("utf-8"))
    compose = yaml.safe_load((folder / described["dockerComposeFile"]).read_text("utf-8"))["services"]
    project = compose[described["service"]]
    recipe = (PROJECT / project["build"]["dockerfile"]).read_text("utf-8")
    target = described["postCreateCommand"].removeprefix("make ")

    assert set(compose) == {"project", "postgres", "redis"}
    assert re.search(rf"^{target}:", (PROJECT / "Makefile").read_text("utf-8"), re.M)
    assert {"python:3.10-slim-bookworm", "python:3.12-slim-bookworm"} == set(re.findall(r"^FROM (\S+)", recipe, re.M))
    assert f"USER {described['remoteUser']}" in recipe
    assert project["volumes"] == [f"..:{described['workspaceFolder']}:cached"]
    assert not any("ports" in service for service in compose.values()), "Nothing is published but by the editor."
    named = (PROJECT / "CONTRIBUTING.md").read_text("utf-8")
    assert [name for name in project["environment"] if name not in named] == []
