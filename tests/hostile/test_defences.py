"""Checks that the list of defences is true to the source, and, for a few, that a test misses them (all: `__main__`)."""

import ast
import re
from dataclasses import replace
from pathlib import Path

import pytest
import structlog

from gateway.core.config.settings import PROJECT
from tests.hostile.defence import Defence
from tests.hostile.edits import (
    Edit,
    argument,
    becomes,
    call,
    comparison,
    never,
    returns,
    without_call,
    without_operand,
)
from tests.hostile.every import EVERY
from tests.hostile.memory import Memory
from tests.hostile.removal import Outcome, copy_project, run_tests, without
from tests.worlds import tiers
from tests.worlds.log_lines import configure_logs

QUICK = ("a head has a size", "the whole signature is compared", "another host is refused")


@pytest.mark.parametrize("defence", EVERY, ids=lambda each: each.name)
def test_a_defence_stands_where_the_list_says_and_its_test_exists(defence: Defence) -> None:
    source = (PROJECT / defence.file).read_text("utf-8")
    gone = ast.parse(defence.taken_from(source))

    assert ast.dump(gone) != ast.dump(ast.parse(source))
    file, _, rest = defence.test.partition("::")
    named = {node.name for node in ast.walk(ast.parse((PROJECT / file).read_text("utf-8"))) if hasattr(node, "name")}
    assert not rest or re.split(r"[\[ ]", rest)[0] in named


CODE = """\
LIMIT = 3
def door(given, wanted):
    if given is None or not same(given, wanted):
        raise Refused(given)
    log(LIMIT)
    return hide(given, LIMIT)
class Room:
    def door(self):
        return LIMIT
"""


@pytest.mark.parametrize(
    ("target", "edit", "left"),
    [
        ("door", never("same"), "if False:"),
        ("door", without_operand("same"), "if given is None:"),
        ("door", without_call("log"), "pass"),
        ("door", call("hide", "_0"), "return given"),
        ("door", argument("hide", 1, "_ + 1"), "hide(given, LIMIT + 1)"),
        ("Room.door", returns("0"), "return 0"),
        ("LIMIT", becomes("4"), "LIMIT = 4"),
    ],
)
def test_an_edit_finds_what_it_means_by_its_names(target: str, edit: Edit, left: str) -> None:
    gone = Defence("x", f"one:{target}", (edit,), "").taken_from(CODE)

    assert left in gone
    assert left not in CODE


@pytest.mark.parametrize(
    ("target", "edit"),
    [
        ("gate", never()),  # the function has another name now
        ("door", never("equal")),  # and what it calls
        ("door", without_call("hide")),  # it is called, but that is no statement
        ("door", call("same", "equal(_0, _1)")),  # nobody knows `equal`: the code would crash
        ("Room", comparison("LIMIT", ast.Lt)),  # there is no comparison
    ],
)
def test_an_edit_that_means_nothing_is_an_error(target: str, edit: Edit) -> None:
    with pytest.raises(LookupError):
        Defence("x", f"one:{target}", (edit,), "").taken_from(CODE)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copy_project(tmp_path_factory.mktemp("without"))


@pytest.mark.parametrize("name", QUICK[: tiers.times(1, 3)])
def test_a_defence_that_is_gone_is_missed(project: Path, name: str) -> None:
    (defence,) = [each for each in EVERY if each.name == name]
    with without(project, defence):
        assert run_tests(project, defence.test) is Outcome.FAILED


def test_a_run_that_was_stopped_goes_on_where_it_was_until_something_changes(tmp_path: Path) -> None:
    one, other = EVERY[:2]
    Memory(tmp_path / "known.json").keep(one, Outcome.FAILED)
    Memory(tmp_path / "known.json").keep(other, Outcome.BROKEN)

    again = Memory(tmp_path / "known.json")
    assert (again.recall(one), again.recall(other)) == (Outcome.FAILED, None)
    assert again.recall(replace(one, edits=other.edits)) is None


def test_an_exception_is_logged_without_its_text(capfd: pytest.CaptureFixture[str]) -> None:
    configure_logs(as_json=True)
    try:
        raise ValueError("mun nimi on Aino")
    except ValueError as error:
        structlog.get_logger().error("odd", exc_info=error)
    finally:
        configure_logs(as_json=False)
        structlog.configure(cache_logger_on_first_use=False)
    said = capfd.readouterr().out

    assert "ValueError" in said
    assert "Aino" not in said
