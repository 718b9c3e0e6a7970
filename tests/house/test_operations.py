"""Checks that the operator's page is true to the source: every figure, every test and every setting it names."""

import json
import re

from prometheus_client import CollectorRegistry

from gateway.core.config.settings import PROJECT, Settings
from gateway.core.metrics import REGISTRY
from gateway.ops.gauges import ServiceGauges

PAGE = (PROJECT / "docs" / "operations.md").read_text("utf-8")
DASHBOARD = json.loads((PROJECT / "docs" / "dashboard.json").read_text("utf-8"))


def figures() -> set[str]:
    """The names of our own figures."""
    measured = CollectorRegistry()
    ServiceGauges(measured)
    names = {metric.name for registry in (REGISTRY, measured) for metric in registry.collect()}
    return {name for name in names if name.startswith("neuvo_")}


DATABASE_ROLES = {"neuvo_owner", "neuvo_figures"}  # containers/postgresql/roles.sql


def bare(name: str) -> str:
    return re.sub(r"_(total|bucket|count|sum)$", "", name)


def test_every_figure_is_explained_and_every_explained_figure_exists() -> None:
    explained = {bare(name) for name in re.findall(r"\bneuvo_[a-z_]+", PAGE)} - DATABASE_ROLES

    assert figures() - explained == set()
    assert explained - figures() == set()


def test_the_dashboard_asks_for_figures_that_exist() -> None:
    asked = [target["expr"] for panel in DASHBOARD["panels"] for target in panel["targets"]]
    named = {bare(name) for each in asked for name in re.findall(r"\bneuvo_[a-z_]+", each)}

    assert named
    assert named - figures() == set()
    assert len({panel["id"] for panel in DASHBOARD["panels"]}) == len(DASHBOARD["panels"])


def test_every_test_that_the_page_names_is_there() -> None:
    named = set(re.findall(r"`(?:tests/)?((?:[a-z_]+/)*test_[a-z_]+\.py)`", PAGE))

    assert len(named) >= 25
    assert {name for name in named if not (PROJECT / "tests" / name).is_file()} == set()


def test_every_threat_and_every_chapter_of_hardening_names_a_test() -> None:
    rows = [
        line
        for line in PAGE[PAGE.index("## Threat model") :].splitlines()
        if re.match(r"\| [a-z ,-]+ \| \*\*|\| V\d", line)
    ]
    without = [row for row in rows if not re.search(r"test_[a-z_]+\.py`|\*\*the force\*\*|not used", row)]

    assert len(rows) >= 17 + 20
    assert without == []


def test_every_setting_that_the_page_names_is_there() -> None:
    # Of the compose file, and of Rasa alone.
    outside = {"NEUVO_SECRETS", "NEUVO_VERSION", "NEUVO_MODEL_KEY", "NEUVO_OWNER_DATABASE_URL"}
    named = set(re.findall(r"\bNEUVO_[A-Z_]+", PAGE)) - outside

    assert {each for each in named if each.removeprefix("NEUVO_").lower() not in Settings.model_fields} == set()
