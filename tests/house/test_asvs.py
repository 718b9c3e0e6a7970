"""Checks of the table of ASVS: each test that it names exists, and no requirement of level 1 and 2 is missing."""

import ast
import re

from gateway.core.config.settings import PROJECT

PAGE = (PROJECT / "docs" / "asvs.md").read_text("utf-8")
# How many requirements of level 1 or 2 each section of ASVS 5.0.0 has: the last number, without those of level 3.
SECTIONS = {
    "V1.1": 2, "V1.2": 9, "V1.3": 11, "V1.4": 3, "V1.5": 2,
    "V2.1": 3, "V2.2": 3, "V2.3": 4, "V2.4": 1,
    "V3.2": 2, "V3.3": 4, "V3.4": 6, "V3.5": 5, "V3.7": 2,
    "V4.1": 3, "V4.2": 1, "V4.3": 2, "V4.4": 4,
    "V5.1": 1, "V5.2": 3, "V5.3": 2, "V5.4": 3,
    "V6.1": 3, "V6.2": 12, "V6.3": 4, "V6.4": 4, "V6.5": 5, "V6.6": 3, "V6.8": 4,
    "V7.1": 3, "V7.2": 4, "V7.3": 2, "V7.4": 5, "V7.5": 2, "V7.6": 2,
    "V8.1": 2, "V8.2": 3, "V8.3": 1, "V8.4": 1,
    "V9.1": 3, "V9.2": 4,
    "V10.1": 2, "V10.2": 2, "V10.3": 4, "V10.4": 11, "V10.5": 5, "V10.6": 2, "V10.7": 3,
    "V11.1": 2, "V11.2": 3, "V11.3": 3, "V11.4": 4, "V11.5": 1, "V11.6": 1,
    "V12.1": 3, "V12.2": 2, "V12.3": 4,
    "V13.1": 1, "V13.2": 5, "V13.3": 2, "V13.4": 5,
    "V14.1": 2, "V14.2": 4, "V14.3": 3,
    "V15.1": 3, "V15.2": 3, "V15.3": 7,
    "V16.1": 1, "V16.2": 5, "V16.3": 4, "V16.4": 3, "V16.5": 3,
    "V17.1": 1, "V17.2": 4, "V17.3": 2,
}  # fmt: skip


def position(requirement: str) -> tuple[int, ...]:
    return tuple(int(part) for part in requirement.removeprefix("V").split("."))


def rows() -> list[tuple[str, str, str]]:
    """First and last requirement of each row, and what holds it."""
    found = re.findall(r"^\| (V[\d.]+)(?:–(V[\d.]+))? \|[^|]*\|[^|]*\| (.+) \|$", PAGE, re.MULTILINE)
    return [(first, last or first, held) for first, last, held in found]


def test_every_test_that_the_table_names_exists() -> None:
    named = set(re.findall(r"`([\w/]+\.py)::(test_\w+)`", PAGE))
    there: dict[str, set[str]] = {}
    for file, _ in named:
        module = ast.parse((PROJECT / "tests" / file).read_text("utf-8"))
        there[file] = {
            node.name for node in ast.walk(module) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        }
    assert len(named) > 80
    assert [f"{file}::{test}" for file, test in sorted(named) if test not in there[file]] == []


def test_no_requirement_is_missing_and_each_row_says_what_holds_it() -> None:
    ranges = [(position(first), position(last)) for first, last, _ in rows()]
    wanted = [f"{section}.{n + 1}" for section, each in SECTIONS.items() for n in range(each)]
    missing = [each for each in wanted if not any(first <= position(each) <= last for first, last in ranges)]
    assert missing == []
    assert [first for first, _, held in rows() if len(held) < 10] == []
    assert len(ranges) == PAGE.count("\n| V")
