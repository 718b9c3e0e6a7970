"""Checks that the operator's page is true to the source: every figure, every test and every setting it names."""

import json
import re
import shutil
import subprocess

import pytest
import yaml
from prometheus_client import CollectorRegistry

from gateway.core.config.settings import PROJECT, Settings
from gateway.core.metrics import REGISTRY
from gateway.ops.gauges import ServiceGauges
from tests.worlds.services import missing

PAGE = (PROJECT / "docs" / "operations.md").read_text("utf-8")
ALERTS = PROJECT / "containers" / "prometheus"
DASHBOARD = json.loads((PROJECT / "docs" / "dashboard.json").read_text("utf-8"))


def figures() -> set[str]:
    """The names of our own figures."""
    measured = CollectorRegistry()
    ServiceGauges(measured)
    names = {
        metric.name + ("_info" if metric.type == "info" else "")
        for registry in (REGISTRY, measured)
        for metric in registry.collect()
    }
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
    named = named_in(*asked)

    assert named
    assert named - figures() == set()
    assert len({panel["id"] for panel in DASHBOARD["panels"]}) == len(DASHBOARD["panels"])


def named_in(*expressions: str) -> set[str]:
    return {bare(name) for each in expressions for name in re.findall(r"\bneuvo_[a-z_]+", each)}


def test_alerts_ask_for_figures_that_exist_and_say_what_to_do() -> None:
    (group,) = yaml.safe_load((ALERTS / "alerts.yml").read_text("utf-8"))["groups"]

    assert named_in(*(rule["expr"] for rule in group["rules"])) - figures() == set()
    assert {rule["labels"]["severity"] for rule in group["rules"]} == {"page", "ticket"}
    assert [rule["alert"] for rule in group["rules"] if set(rule["annotations"]) != {"summary", "what_to_do"}] == []


@pytest.mark.parametrize(
    "order", [("check", "config", "prometheus.yml"), ("test", "rules", "alerts_test.yml")], ids=["config", "rules"]
)
def test_prometheus_accepts_the_example_and_the_alerts_fire_when_they_should_and_not_else(
    order: tuple[str, ...],
) -> None:
    if shutil.which("promtool") is None:
        missing("promtool", "install Debian's package prometheus.")
    said = subprocess.run(["promtool", *order], cwd=ALERTS, text=True, capture_output=True)

    assert said.returncode == 0, said.stdout + said.stderr
    assert "WARNING" not in said.stdout + said.stderr


def test_every_alert_has_a_test_in_which_it_fires_and_one_in_which_it_does_not() -> None:
    (group,) = yaml.safe_load((ALERTS / "alerts.yml").read_text("utf-8"))["groups"]
    tested = yaml.safe_load((ALERTS / "alerts_test.yml").read_text("utf-8"))["tests"]
    cases = [case for each in tested for case in each["alert_rule_test"]]
    names = {rule["alert"] for rule in group["rules"]}

    assert {case["alertname"] for case in cases if case["exp_alerts"]} == names
    assert {case["alertname"] for case in cases if not case["exp_alerts"]} == names


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
    outside |= {"NEUVO_POSTGRES_DIGEST", "NEUVO_REDIS_DIGEST"}
    named = {each.removesuffix("_FILE") for each in re.findall(r"\bNEUVO_[A-Z_]+", PAGE)} - outside

    assert {each for each in named if each.removeprefix("NEUVO_").lower() not in Settings.model_fields} == set()
