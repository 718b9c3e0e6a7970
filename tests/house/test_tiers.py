"""Checks of the tiers of tests: what their list names is there, and nothing is left out of both."""

import ast
import datetime as dt
from types import SimpleNamespace
from typing import cast

import pytest

from gateway.core.config.settings import PROJECT
from tests.worlds import tiers
from tests.worlds.tiers import ON_BOTH, ONLY_THOROUGHLY, cases_to_run, leave_out, told


@pytest.mark.parametrize("test", [*ON_BOTH, *ONLY_THOROUGHLY])
def test_what_a_list_names_is_there_and_has_a_reason(test: str) -> None:
    path, _, name = test.partition("::")
    tree = ast.parse((PROJECT / "tests" / path).read_text("utf-8"))
    names = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}

    assert {**ON_BOTH, **ONLY_THOROUGHLY}[test]
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
    names = [f"tests/browser/test_x.py::test_{number}" for number in range(60)]
    items = [
        SimpleNamespace(nodeid=f"{name}[{each}]", callspec=SimpleNamespace(params={"language": each, "button": 1}))
        for name in names
        for each in ("fi", "sv", "en")
    ]
    other = SimpleNamespace(nodeid="tests/browser/test_x.py::test_y[a]", callspec=SimpleNamespace(params={"path": "a"}))

    run = cases_to_run(cast(list[pytest.Item], [*items, other]))

    assert other.nodeid in run
    assert len(run) == len(names) + 1
    assert {each.partition("[")[2] for each in run - {other.nodeid}} == {"fi]", "sv]", "en]"}


def test_of_many_cases_with_a_database_two_run_on_each_and_of_those_without_all() -> None:
    stored = [f"tests/gateway/test_x.py::test_y[{each}-{n}]" for each in ("sqlite", "postgresql") for n in range(5)]
    plain = [f"tests/gateway/test_x.py::test_z[{n}]" for n in range(5)]
    items = [
        *(SimpleNamespace(nodeid=each, fixturenames=["database_url"]) for each in stored),
        *(SimpleNamespace(nodeid=each, fixturenames=[]) for each in plain),
    ]

    run = cases_to_run(cast(list[pytest.Item], items))

    assert set(plain) <= run
    assert [sum(each in run for each in half) for half in (stored[:5], stored[5:])] == [2, 2]
    assert {stored[0], stored[5]} <= run


def test_each_day_has_another_share_and_in_as_many_days_as_there_are_cases_all_run(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stored = [f"tests/gateway/test_x.py::test_y[sqlite-{number}]" for number in range(7)]
    views = [f"tests/browser/test_x.py::test_z[{each}]" for each in ("fi", "sv", "en")]
    items = [
        *(SimpleNamespace(nodeid=each, fixturenames=["database_url"]) for each in stored),
        *(SimpleNamespace(nodeid=each, callspec=SimpleNamespace(params={"language": each})) for each in views),
    ]
    days = []
    for number in range(6):
        monkeypatch.setattr(tiers, "DAY", dt.date(2026, 12, 24) + dt.timedelta(days=number))
        days.append(cases_to_run(cast(list[pytest.Item], items)))

    assert {len(run) for run in days} == {3}
    assert set().union(*days) == {*stored, *views}
    assert all(stored[0] in run for run in days)
    assert set().union(*days[:3]) >= set(views)


def test_a_share_comes_round_in_its_days_and_thoroughly_nothing_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tiers, "THOROUGH", False)
    seen: list[int] = []
    for number in range(5):
        monkeypatch.setattr(tiers, "DAY", dt.date(2026, 12, 29) + dt.timedelta(days=number))
        seen += [each for each in range(12) if tiers.is_of_today(each, days=5)]
    assert sorted(seen) == list(range(12))

    monkeypatch.setattr(tiers, "THOROUGH", True)
    assert all(tiers.is_of_today(each, days=5) for each in range(12))


@pytest.mark.parametrize(("thorough", "said"), [(True, "every case"), (False, "NEUVO_TEST_DAY=2026-12-24")])
def test_a_run_says_which_share_it_had(monkeypatch: pytest.MonkeyPatch, thorough: bool, said: str) -> None:
    monkeypatch.setattr(tiers, "THOROUGH", thorough)
    monkeypatch.setattr(tiers, "DAY", dt.date(2026, 12, 24))

    assert said in told()


def test_thoroughly_and_by_name_everything_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    assert chosen(monkeypatch, *BOTH, thorough=True) == list(BOTH)
    assert chosen(monkeypatch, *BOTH, argument="tests/gateway/test_x.py::test_y") == list(BOTH)
