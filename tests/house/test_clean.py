"""Checks of what `make clean` removes: nothing that cannot be made anew, unless it is asked for by name."""

import shutil
import subprocess
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
MADE = (".venv", ".cache", "models", "results", "build")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copy(PROJECT / "Makefile", tmp_path)
    for name in (*MADE, "var"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").touch()
    return tmp_path


def make(folder: Path, target: str, said: str = "") -> int:
    return subprocess.run(["make", target], cwd=folder, input=said, text=True, capture_output=True).returncode


def test_clean_leaves_the_data(folder: Path) -> None:
    assert make(folder, "clean") == 0
    assert (folder / "var" / "file").exists()
    assert [name for name in MADE if (folder / name).exists()] == []


@pytest.mark.parametrize("said", ["", "\n", "y\n", "yes\n", "Var\n", "var/..\n"])
def test_the_data_stays_unless_its_name_is_written(folder: Path, said: str) -> None:
    assert make(folder, "clean-data", said) != 0
    assert (folder / "var" / "file").exists()


def test_who_writes_its_name_removes_the_data_and_nothing_else(folder: Path) -> None:
    assert make(folder, "clean-data", "var\n") == 0
    assert not (folder / "var").exists()
    assert [name for name in MADE if not (folder / name).exists()] == []
    assert make(folder, "clean-data") == 0
