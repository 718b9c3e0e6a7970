"""Checks that the list of defences is true to the source, and, for a few, that a test misses them (all: `__main__`)."""

import ast
import re
from dataclasses import replace
from pathlib import Path

import pytest
import structlog

from gateway.logs import configure_logs
from gateway.settings import PROJECT
from tests.hostile.defence import Defence
from tests.hostile.every import EVERY
from tests.hostile.memory import Memory
from tests.hostile.removal import Outcome, copy_project, run_tests, without
from tests.services import need_postgres

QUICK = ("a head has a size", "the whole signature is compared", "another host is refused")


@pytest.mark.parametrize("defence", EVERY, ids=lambda each: each.name)
def test_a_defence_stands_where_the_list_says_and_its_test_exists(defence: Defence) -> None:
    source = (PROJECT / defence.file).read_text("utf-8")
    assert source.count(defence.source) == 1
    ast.parse(source.replace(defence.source, defence.without))
    assert defence.without != defence.source
    file, _, rest = defence.test.partition("::")
    named = {node.name for node in ast.walk(ast.parse((PROJECT / file).read_text("utf-8"))) if hasattr(node, "name")}
    assert not rest or re.split(r"[\[ ]", rest)[0] in named


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    need_postgres()
    return copy_project(tmp_path_factory.mktemp("without"))


@pytest.mark.parametrize("name", QUICK)
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
    assert again.recall(replace(one, without="pass")) is None


def test_an_exception_is_logged_without_its_text(capfd: pytest.CaptureFixture[str]) -> None:
    configure_logs(as_json=True)
    structlog.configure(cache_logger_on_first_use=False)
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
