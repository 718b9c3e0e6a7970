"""Checks of the documentation: what it names is there."""

import re
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
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
