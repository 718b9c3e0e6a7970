"""The orders of the command line: what they print is for people, and the status says whether it was done."""

import argparse
from pathlib import Path

import pytest

from gateway.content import command
from gateway.content.refusals import ContentRefused
from gateway.content.working_copy import WorkingCopy
from gateway.settings import PROJECT, Settings
from tests.gateway.content.small import MAIJA


def order(folder: Path, *words: str, **settings: str) -> int:
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    return command.run(Settings(state_dir=folder, **settings), parser.parse_args(words))  # type: ignore[arg-type]


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


def test_the_programs_own_folder_is_no_working_copy(tmp_path: Path) -> None:
    with pytest.raises(ContentRefused) as refusal:
        command.make_working_copy(Settings(state_dir=tmp_path, content_dir=PROJECT / "data"), MAIJA)
    assert refusal.value.key == "content_is_data"
    assert not (PROJECT / "data" / ".git").exists()
