"""Checks of the documentation: what it names is there."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
FRONT = ("README.md", "CONTRIBUTING.md", "SECURITY.md", "CODE_OF_CONDUCT.md", "CHANGELOG.md")
PAGES = [*(PROJECT / name for name in FRONT), *sorted((PROJECT / "docs").rglob("*.md"))]
PAGE = (PROJECT / "docs" / "whatsapp.md").read_text("utf-8")
ROWS = [line for line in PAGE.splitlines() if line.startswith("| ") and not line.startswith("| what goes wrong")]
TESTS = {
    name
    for path in (PROJECT / "tests").rglob("test_*.py")
    for name in re.findall(r"^\s*(?:async )?def (test_\w+)", path.read_text("utf-8"), re.MULTILINE)
}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[2:40])
def test_each_row_about_whatsapp_names_tests_that_exist(row: str) -> None:
    *_, last, end = row.split("|")
    named = re.findall(r"`(test_\w+)`", last)

    assert (end, bool(named)) == ("", True)
    assert [name for name in named if name not in TESTS] == []


def test_the_page_has_its_rows() -> None:
    assert len(ROWS) >= 45


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_links_to_files_and_names_modules_and_folders_that_exist(page: Path) -> None:
    text = page.read_text("utf-8")
    links = [
        link.partition("#")[0] for link in re.findall(r"\]\(([^)]+)\)", text) if not link.startswith(("http", "#"))
    ]
    modules = [name.replace(".", "/") for name in re.findall(r"python -m ([a-z_]+(?:\.[a-z_]+)*)", text)]
    ours = "gateway|bot|actions|answers|screening|scam_check|supply|data|docs|containers|tests"
    paths = re.findall(rf"`((?:{ours})/[a-z_0-9/.-]+)`", text)

    assert [link for link in links if not (page.parent / link).exists()] == []
    assert [
        name for name in modules if not any((PROJECT / f"{name}{end}").is_file() for end in (".py", "/__main__.py"))
    ] == []
    assert [path for path in paths if not any((root / path).exists() for root in (PROJECT, PROJECT / "tests"))] == []


def test_every_target_of_make_that_a_page_names_is_there() -> None:
    targets = set(re.findall(r"^([a-z][a-z-]+):", (PROJECT / "Makefile").read_text("utf-8"), re.MULTILINE))
    code = [part for page in PAGES for part in re.findall(r"```.*?```|`[^`]+`", page.read_text("utf-8"), re.DOTALL)]
    named = {name for part in code for name in re.findall(r"\bmake\s+([a-z-]+)", part)}

    assert named >= {"run", "check", "docs", "train", "help"}
    assert named - targets == set()


# What pages name and can be run here: it changes nothing, and asks no network and no engine.
RUNS = (
    ("make help", ["make", "help"]),
    ("python -m gateway --version", [sys.executable, "-m", "gateway", "--version"]),
    ("python -m answers check data", [sys.executable, "-m", "answers", "check", "data"]),
    ("python -m answers talks", [sys.executable, "-m", "answers", "talks"]),
    ("python -m supply bill | licences | audit", [sys.executable, "-m", "supply", "licences"]),
)


@pytest.mark.parametrize(("named", "command"), RUNS, ids=[named for named, _ in RUNS])
def test_a_command_that_a_page_names_works(named: str, command: list[str]) -> None:
    assert any(named in page.read_text("utf-8") for page in PAGES)
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True)

    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.strip()


def test_every_command_of_the_gateway_that_a_page_names_is_one() -> None:
    told = subprocess.run(
        [sys.executable, "-m", "gateway", "--help"], cwd=PROJECT, capture_output=True, text=True, check=True
    ).stdout
    commands = set(re.findall(r"\{([^}]+)\}", told)[0].split(","))
    named = {
        name for page in PAGES for name in re.findall(r"python -m gateway ([a-z][a-z-]+)", page.read_text("utf-8"))
    }

    assert len(named) >= 10
    assert named - commands == set()
