"""The orders of the command line: what they print is for people, and the status says whether it was done."""

import asyncio
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from gateway.accounts import people
from gateway.cli import parser
from gateway.content import commands
from gateway.content.command_token import make_token
from gateway.content.errors import ContentRefused
from gateway.content.repository.topics import AnswerChange, change_answer, read_topic
from gateway.content.repository.working_copy import WorkingCopy
from gateway.core.actors import Role
from gateway.core.config.settings import PROJECT, Settings
from gateway.core.crypto import DataKeys
from gateway.core.database import Database
from gateway.core.keyring import Keyring
from gateway.core.locale import Language
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


def test_texts_go_out_and_come_back(copy: WorkingCopy, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sheet = str(tmp_path / "texts.xlsx")
    assert order(tmp_path, "export", sheet) == 0
    assert order(tmp_path, "import", sheet, "--save") == 0

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


async def person_with_token(folder: Path, database_url: str, login: str, *roles: Role) -> str:
    settings = Settings(state_dir=folder, database_url=database_url)
    database, keyring = Database(settings.database_url), Keyring(DataKeys(settings.data_key.get_secret_value()))
    async with database.transaction() as session:
        await keyring.load(session)
    async with database.transaction() as session:
        person = await people.create(
            session, keyring, login=login, name=f"{login} Example", roles=roles, language=Language.FI
        )
        await session.flush()
        token = make_token(settings, person.id)
    await database.close()
    return token


def test_nobody_approves_under_a_name_that_they_invent(
    copy: WorkingCopy,
    migrated_sqlite: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shutil.copy(migrated_sqlite, tmp_path / "neuvo.db")
    url = f"sqlite:///{tmp_path / 'neuvo.db'}"
    seen = read_topic(copy, "parcel_sms")
    copy.save([change_answer(copy, "parcel_sms", seen.version, AnswerChange(title={"sv": "Ny"}))], MAIJA, "x")
    with pytest.raises(SystemExit):
        order(tmp_path, "approve", "--as", "invented_person", database_url=url)
    capsys.readouterr()
    assert order(tmp_path, "approve", database_url=url) == 1
    assert "Only a person can approve" in capsys.readouterr().err

    editor = asyncio.run(person_with_token(tmp_path, url, "ester", Role.EDITOR))
    officer = asyncio.run(person_with_token(tmp_path, url, "otto", Role.OFFICER))
    for wrong in (officer, "nonsense", editor[:-4] + "AAA="):
        monkeypatch.setenv(commands.TOKEN, wrong)
        assert order(tmp_path, "approve", database_url=url) == 1
        assert "The token is not valid" in capsys.readouterr().err
    monkeypatch.setenv(commands.TOKEN, editor)
    assert order(tmp_path, "approve", database_url=url) == 0
    assert "Approved: answer:parcel_sms" in capsys.readouterr().out
    with sqlite3.connect(tmp_path / "neuvo.db") as database:
        assert database.execute("SELECT item, name FROM content_approval").fetchall() == [
            ("answer:parcel_sms", "ester Example")
        ]


def test_whoever_reads_only_the_beginning_gets_no_traceback(copy: WorkingCopy, tmp_path: Path) -> None:
    command = f"{sys.executable} -m gateway content history | true"
    environment = {**os.environ, "NEUVO_STATE_DIR": str(tmp_path)}
    ended = subprocess.run(
        ["bash", "-c", command], env=environment, cwd=PROJECT, capture_output=True, text=True, check=False
    )
    assert "Traceback" not in ended.stderr
    assert "BrokenPipe" not in ended.stderr


def test_the_programs_own_folder_is_no_working_copy(tmp_path: Path) -> None:
    with pytest.raises(ContentRefused) as refusal:
        commands.make_working_copy(Settings(state_dir=tmp_path, content_dir=PROJECT / "data"), MAIJA)
    assert refusal.value.key == "content_is_data"
    assert not (PROJECT / "data" / ".git").exists()
