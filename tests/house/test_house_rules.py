"""Checks of the house: how we write, as rules that fail."""

import ast
import re
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
PACKAGES = ("gateway", "answers", "screening", "scam_check", "bot", "actions", "evaluation")
MODULES = sorted(path for package in PACKAGES for path in (PROJECT / package).rglob("*.py"))
OURS = [path for path in MODULES if "versions" not in path.parts]
LONGEST_MODULE = 300
LONGEST_FUNCTION = 40
FORBIDDEN_NAMES = re.compile(r"(^|_)(utils?|helpers?|misc|common|stuff|mgr|tmp)(_|$)")


def name_of(path: Path) -> str:
    return str(path.relative_to(PROJECT))


def tracked() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"], cwd=PROJECT, capture_output=True, text=True
    )
    if listed.returncode != 0:
        pytest.skip("This is no git checkout, so the list of files is not known and was not checked.")
    return [PROJECT / line for line in listed.stdout.splitlines() if (PROJECT / line).is_file()]


@dataclass(frozen=True)
class Module:
    """What the rules ask of a file: read once for all of them, as to parse 700 files takes seconds."""

    first: str
    lines: int
    functions: dict[str, int]
    calls: frozenset[str]  # of attributes, by their last name
    imports: tuple[str, ...]


@cache
def read(path: Path) -> Module:
    source = path.read_text("utf-8")
    tree = ast.parse(source)
    functions: dict[str, int] = {}
    calls, imports = set[str](), list[str]()
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            functions[node.name] = max(lines, functions.get(node.name, 0))
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            calls.add(node.func.attr)
        elif isinstance(node, ast.Import):
            imports += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            imports.append(node.module)
    first = "".join((ast.get_docstring(tree) or "").splitlines()[:1])
    return Module(first, len(source.splitlines()), functions, frozenset(calls), tuple(imports))


def test_a_module_begins_with_a_sentence_that_says_which_station_it_is() -> None:
    assert len(OURS) > 600
    assert [name_of(path) for path in OURS if not read(path).first] == []


def test_a_module_can_be_held_in_the_head_and_is_named_by_what_it_is() -> None:
    assert {name_of(path): read(path).lines for path in OURS if read(path).lines > LONGEST_MODULE} == {}
    assert [name_of(path) for path in OURS if FORBIDDEN_NAMES.search(path.stem)] == []


def test_functions_are_short() -> None:
    long = {
        f"{name_of(path)}:{name}": lines
        for path in OURS
        for name, lines in read(path).functions.items()
        if lines > LONGEST_FUNCTION
    }

    assert long == {}


def test_only_the_database_module_commits() -> None:
    guilty = [
        name_of(path) for path in OURS if path.name not in ("database.py", "env.py") and "commit" in read(path).calls
    ]

    assert not guilty


def test_the_two_environments_never_import_each_other_and_nothing_imports_the_tests() -> None:
    forbidden = {
        "gateway": {"bot", "actions", "rasa", "rasa_sdk", "evaluation", "tests"},
        "bot": {"gateway", "evaluation", "tests"},
        "actions": {"gateway", "bot", "evaluation", "tests"},
        "evaluation": {"gateway", "actions", "tests"},
        "answers": {"gateway", "bot", "actions", "evaluation", "tests", "rasa", "fastapi", "sqlalchemy", "pydantic"},
        # Nothing heavy either: the gateway imports it at its start.
        "screening": {"gateway", "answers", "bot", "actions", "evaluation", "tests", "rasa", "numpy", "spacy"},
    }
    guilty = [
        (name_of(path), imported)
        for package, names in forbidden.items()
        for path in (PROJECT / package).rglob("*.py")
        for imported in read(path).imports
        if imported.split(".")[0] in names
    ]

    assert not guilty


def test_no_file_holds_unfinished_work_a_path_of_a_machine_or_a_download_address() -> None:
    words = re.compile(
        r"\b(?:TO"
        + r"DO|FIX"
        + r"ME|XX"
        + r"X)\b|Not"
        + r"ImplementedError|(?<![\w.])/(?:work|root)/[A-Za-z.]|pypi\.org|files\.pythonhosted"
    )
    guilty = [
        f"{name_of(path)}: {match.group()}"
        for path in tracked()
        if path.suffix in {".py", ".yml", ".yaml", ".toml", ".md", ".txt", ".html", ".js", ".css", ".conf", ".sh", ""}
        if (match := words.search(path.read_text("utf-8", errors="ignore")))
    ]

    assert not guilty


def test_every_page_is_without_inline_script_and_style() -> None:
    for page in (PROJECT / "gateway" / "templates").rglob("*.html"):
        source = page.read_text("utf-8")
        assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:", source), page.name
        assert not re.search(r"<script(?![^>]*\ssrc=)", source), page.name


# The encoder's adapter, all twelve layers: nothing can be built without it, and it changes once or twice a year. The
# model of a release, without which the first start trains for a quarter of an hour: it changes with a version. And what
# danger learns from, a message a line, to which each new hand adds some.
LARGE = {
    "bot/encoder/adapter.npz": 3,
    "release/neuvo.tar.gz": 40,
    **{f"data/nlu/danger/{language}/ordinary.txt": 2 for language in ("fi", "sv", "en")},
}


def test_nothing_large_is_committed() -> None:
    """In MiB; a file that is not named may have one."""
    sizes = {name_of(path): path.stat().st_size / 1024 / 1024 for path in tracked()}
    assert [name for name, size in sizes.items() if size > LARGE.get(name, 1)] == []


def test_the_makefile_stays_a_front_door() -> None:
    assert len((PROJECT / "Makefile").read_text("utf-8").splitlines()) <= 90


def test_every_folder_has_its_line_in_the_architecture() -> None:
    text = (PROJECT / "docs" / "architecture.md").read_text("utf-8")
    folders = {path.parent.relative_to(PROJECT).as_posix() for path in OURS}
    missing = sorted(folder for folder in folders if f"`{folder}/`" not in text)

    assert not missing
