"""Checks of the tiers of tests: what their list names is there, and nothing is left out of both."""

import ast
from types import SimpleNamespace
from typing import cast

import pytest

from gateway.core.config.settings import PROJECT
from tests.worlds import tiers
from tests.worlds.tiers import ON_BOTH, leave_out, views_to_run


@pytest.mark.parametrize("test", ON_BOTH)
def test_what_runs_on_both_databases_is_there_and_has_a_reason(test: str) -> None:
    path, _, name = test.partition("::")
    tree = ast.parse((PROJECT / "tests" / path).read_text("utf-8"))
    names = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}

    assert ON_BOTH[test]
    assert not name or name in names


def chosen(monkeypatch: pytest.MonkeyPatch, *tests: str, argument: str = "tests", thorough: bool = False) -> list[str]:
    monkeypatch.setattr(tiers, "THOROUGH", thorough)
    left: list[str] = []
    hook = SimpleNamespace(pytest_deselected=lambda items: left.extend(item.nodeid for item in items))
    items = [SimpleNamespace(nodeid=f"tests/gateway/{each}") for each in tests]
    config = SimpleNamespace(args=[argument], hook=hook)
    leave_out(cast(pytest.Config, config), cast(list[pytest.Item], (found := items)))
    assert len(left) + len(found) == len(tests)
    return [item.nodeid.removeprefix("tests/gateway/") for item in found]


BOTH = ("test_x.py::test_y[sqlite-a]", "test_x.py::test_y[postgresql-a]")
LOCKS = ("core/test_leases.py::test_y[sqlite]", "core/test_leases.py::test_y[postgresql]")
ONE = ("test_x.py::test_z[postgresql]", "test_x.py::test_plain")


def test_only_what_a_test_says_twice_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    assert chosen(monkeypatch, *BOTH, *LOCKS, *ONE) == [BOTH[0], *LOCKS, *ONE]


def test_of_a_page_that_is_looked_at_in_several_views_one_runs_and_each_view_has_its_share() -> None:
    ids = {f"tests/browser/test_x.py::test_{n}": ["fi", "sv", "en"] for n in range(60)}
    items = [
        SimpleNamespace(nodeid=f"{name}[{each}]", callspec=SimpleNamespace(params={"language": each, "button": 1}))
        for name, languages in ids.items()
        for each in languages
    ]
    other = SimpleNamespace(
        nodeid="tests/browser/test_x.py::test_other[a]", callspec=SimpleNamespace(params={"path": "a"})
    )

    run = views_to_run(cast(list[pytest.Item], [*items, other]))

    assert run.keys() == ids.keys()
    assert {one.partition("[")[2] for one in run.values()} == {"fi]", "sv]", "en]"}


def test_thoroughly_and_by_name_everything_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    assert chosen(monkeypatch, *BOTH, thorough=True) == list(BOTH)
    assert chosen(monkeypatch, *BOTH, argument="tests/gateway/test_x.py::test_y") == list(BOTH)
