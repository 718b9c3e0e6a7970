"""Checks of the door: one version, the licence whole, the workflow of others as our own check."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from gateway.core import version as versions
from gateway.core.version import version
from supply.bill import bill_of

PROJECT = Path(__file__).parents[2]
LICENCE = (PROJECT / "LICENSE").read_text("utf-8")
WORKFLOW: dict[str, Any] = yaml.safe_load((PROJECT / ".github" / "workflows" / "check.yml").read_text("utf-8"))
FORMS = [path for path in sorted((PROJECT / ".github" / "ISSUE_TEMPLATE").glob("*.yml")) if path.stem != "config"]


def test_the_version_stands_in_one_place_and_the_command_says_it() -> None:
    said = subprocess.run([sys.executable, "-m", "gateway", "--version"], cwd=PROJECT, capture_output=True, text=True)

    assert (said.returncode, said.stdout) == (0, f"neuvo {version()}\n")
    assert re.fullmatch(r"\d+\.\d+\.\d+", version())
    assert bill_of("setup")["metadata"]["component"]["version"] == version()


def test_a_gateway_without_its_file_of_versions_says_so_and_starts(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(versions, "_FILE", tmp_path / "pyproject.toml")

    assert version() == "unknown"


def test_the_newest_release_of_the_changelog_is_this_one_and_each_older_one_is_dated() -> None:
    heads = re.findall(r"^## (\S+) \((.+)\)$", (PROJECT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)
    numbers = [tuple(map(int, number.split("."))) for number, _ in heads]

    assert heads[0][0] == version()
    assert numbers == sorted(set(numbers), reverse=True)
    assert all(re.fullmatch(r"20\d\d-\d\d-\d\d", when) for _, when in heads[1:])


def test_the_licence_is_the_whole_text_and_the_project_names_it() -> None:
    articles = [int(number) for number in re.findall(r"^(\d+)\.[A-Z]", LICENCE, re.MULTILINE)]

    assert LICENCE.startswith("EUROPEAN UNION PUBLIC LICENCE v. 1.2\nEUPL © the European Union 2007, 2016\n")
    assert articles == list(range(1, 16))
    assert "‘Compatible Licences’ according to Article 5 EUPL are:" in LICENCE
    assert 'license = "EUPL-1.2"' in (PROJECT / "pyproject.toml").read_text("utf-8")


def test_the_workflow_runs_our_check_with_every_service_required() -> None:
    job = WORKFLOW["jobs"]["check"]
    variables = (PROJECT / "CONTRIBUTING.md").read_text("utf-8")

    assert [step["run"] for step in job["steps"] if "run" in step] == ["make check"]
    assert set(job["services"]) == {"postgres", "redis"}
    assert job["env"]["NEUVO_REQUIRE_SERVICES"] == "1"
    assert [name for name in job["env"] if f"`{name}" not in variables] == []
    assert WORKFLOW["permissions"] == {"contents": "read"}


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_a_form_for_issues_is_one_that_can_be_shown(path: Path) -> None:
    form = yaml.safe_load(path.read_text("utf-8"))
    asked = [each for each in form["body"] if each["type"] != "markdown"]

    assert form.keys() == {"name", "description", "body"}
    assert {each["type"] for each in asked} <= {"textarea", "input", "dropdown", "checkboxes"}
    assert len({each["id"] for each in asked}) == len(asked)
    assert all(each["attributes"]["label"] for each in asked)
    assert any(each.get("validations", {}).get("required") for each in asked)
