"""The orders of the command line: what they print is for people, and the status says whether it was done."""

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from gateway.cli import parser
from gateway.content import commands
from gateway.content.errors import ContentRefused
from gateway.content.repository.working_copy import WorkingCopy
from gateway.core.config.settings import PROJECT, Settings
from tests.worlds.small_content import MAIJA


def order(folder: Path, *words: str, **settings: str) -> int:
    arguments = parser().parse_args(["content", *words])
    return commands.run(Settings(state_dir=folder, **settings), arguments)  # type: ignore[arg-type]


def test_history_names_what_is_live_and_who_changed_what(
    copy: WorkingCopy, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert order(tmp_path, "history") == 0

    printed = capsys.readouterr().out
    assert "live release 0 the project itself" in printed
    assert "Maija Mäkelä: Begin with the words of the project." in printed


def test_a_mistake_is_told_in_the_wanted_language_and_ends_with_one(
    copy: WorkingCopy, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert order(tmp_path, "check", "--language", "sv") == 0
    path = copy.folder / "answers" / "scams" / "parcel_sms.yml"
    path.write_text("topic: {\n", "utf-8")
    capsys.readouterr()

    assert order(tmp_path, "check", "--language", "sv") == 1
    assert "REFUSED answers/scams/parcel_sms.yml" in capsys.readouterr().out


def test_texts_go_out_and_come_back_in_the_translators_name(
    copy: WorkingCopy, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sheet = str(tmp_path / "texts.xlsx")
    assert order(tmp_path, "export", sheet) == 0
    assert order(tmp_path, "import", sheet, "--save", "--as", "olli") == 0

    assert "0 texts changed" in capsys.readouterr().out


def test_what_cannot_be_done_is_a_sentence(
    copy: WorkingCopy, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert order(tmp_path, "push", "--language", "fi") == 1
    assert "Etävarastoa ei ole asetettu" in capsys.readouterr().err
    assert order(tmp_path, "rollback", "--language", "fi") == 1
    assert "Aiempaa julkaistua versiota ei ole" in capsys.readouterr().err
    assert order(tmp_path, "import", str(tmp_path / "none.xlsx"), "--language", "sv") == 1
    assert f"Filen {tmp_path}/none.xlsx kan inte läsas (No such file or directory)." in capsys.readouterr().err
    assert order(tmp_path, "export", str(tmp_path / "none" / "texts.xlsx")) == 1
    assert "could not write the files (No such file or directory)" in capsys.readouterr().err
    with pytest.raises(SystemExit) as wrong:
        order(tmp_path, "pubish")
    assert wrong.value.code == 2
    assert "invalid choice: 'pubish'" in capsys.readouterr().err


@pytest.mark.parametrize("wanted", ["train", "evaluate", "publish"])
def test_a_draft_with_a_mistake_goes_no_further_and_the_place_is_named(
    copy: WorkingCopy, migrated_sqlite: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], wanted: str
) -> None:
    shutil.copy(migrated_sqlite, tmp_path / "neuvo.db")
    path = copy.folder / "answers" / "scams" / "parcel_sms.yml"
    path.write_text("topic: {\n", "utf-8")

    assert order(tmp_path, wanted, database_url=f"sqlite:///{tmp_path / 'neuvo.db'}") == 1
    printed = capsys.readouterr().out
    assert "· The check found mistakes" in printed
    assert "REFUSED answers/scams/parcel_sms.yml:" in printed
    assert "Training" not in printed


@pytest.mark.timeout(120)
def test_a_job_that_its_operator_interrupts_is_cancelled_and_no_process_goes_on_with_it(
    copy: WorkingCopy, migrated_sqlite: Path, tmp_path: Path
) -> None:
    shutil.copy(migrated_sqlite, tmp_path / "neuvo.db")
    environment = {
        **os.environ,
        "NEUVO_STATE_DIR": str(tmp_path),
        "NEUVO_DATABASE_URL": f"sqlite:///{tmp_path / 'neuvo.db'}",
    }
    # What is started in a shell's background, as these tests may be, is deaf to Ctrl-C without `env`.
    order = [sys.executable, "-m", "gateway", "content", "train", "--language", "sv"]
    arguments = ["env", "--default-signal=INT", *order]
    with subprocess.Popen(
        arguments,
        env=environment,
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        assert process.stdout
        for line in process.stdout:
            if "tränas i en egen process" in line:
                break
        os.killpg(process.pid, signal.SIGINT)  # to the whole group, as a terminal does
        rest = process.stdout.read()

    assert process.returncode == 130
    assert rest.splitlines()[-1] == "· Avbrutet. Den publicerade boten är oförändrad."
    with sqlite3.connect(tmp_path / "neuvo.db") as database:
        assert database.execute("SELECT state, active FROM content_job").fetchall() == [("cancelled", None)]


def test_the_programs_own_folder_is_no_working_copy(tmp_path: Path) -> None:
    with pytest.raises(ContentRefused) as refusal:
        commands.make_working_copy(Settings(state_dir=tmp_path, content_dir=PROJECT / "data"), MAIJA)
    assert refusal.value.key == "content_is_data"
    assert not (PROJECT / "data" / ".git").exists()
