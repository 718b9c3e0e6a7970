"""Checks of the lists of packages: what runs, and what only checks need; and of what a process loads."""

import ast
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from gateway.core.config.settings import PROJECT
from supply.locked import normal, packages_of

GROUPS = tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))["dependency-groups"]
OURS = {
    "gateway",
    "simulator",
    "answers",
    "screening",
    "scam_check",
    "supply",
    "bot",
    "actions",
    "evaluation",
    "tests",
    "demo",
}
# Imported by nobody by name: drivers, servers' parts and programs that others load or start.
LOADED_BY_OTHERS = {"aiosqlite", "jinja2", "psycopg", "python-multipart", "httptools", "supervisor", "uvloop"}
NEVER_SHIPPED = {
    "canaille", "flask", "hypothesis", "import-linter", "matplotlib", "mypy", "numpy", "pillow", "playwright", "pytest",
    "pytest-iam", "pytest-xdist", "ruff", "schemathesis", "time-machine", "zxing-cpp",
}  # fmt: skip


def versions(name: str) -> dict[str, str]:
    return {
        each.name: each.version for each in packages_of((PROJECT / "requirements" / f"{name}.txt").read_text("utf-8"))
    }


def names(group: str) -> set[str]:
    return {normal(line.split("[")[0].split("=")[0].split("<")[0].split(">")[0].strip()) for line in GROUPS[group]}


def imported(package: str) -> dict[str, Path]:
    """The top-level modules that a package of ours imports, each with a file that does."""
    found: dict[str, Path] = {}
    for path in (PROJECT / package).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            modules = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.module and not node.level:
                modules = [node.module]
            found.update({module.partition(".")[0]: path for module in modules})
    return found


def loaded_by(code: str) -> set[str]:
    """The modules that a fresh process holds after some code."""
    program = f"import sys; sys.argv = ['gateway']; {code}; print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", program], cwd=PROJECT, capture_output=True, text=True, check=True)
    return set(run.stdout.split())


@pytest.mark.parametrize("environment", ["gateway", "rasa"])
def test_an_image_installs_nothing_that_only_checks_need(environment: str) -> None:
    shipped = versions(environment).keys()

    assert names(environment) <= shipped
    assert names(f"{environment}-checks").isdisjoint(shipped)
    for path in (PROJECT / "containers").glob("*.Containerfile"):
        assert f"requirements/{environment}-checks.txt" not in path.read_text("utf-8")


def test_nothing_of_the_checks_is_in_the_gateways_resolved_set() -> None:
    assert NEVER_SHIPPED & versions("gateway").keys() == set()
    # Ten of them are OpenTelemetry's and Sentry's, which are loaded only where a setting asks for them.
    assert len(versions("gateway")) <= 77


@pytest.mark.parametrize("environment", ["gateway", "rasa"])
def test_a_developer_has_the_same_versions_and_the_checks(environment: str) -> None:
    both = versions(f"{environment}-checks")

    assert versions(environment).items() <= both.items()
    assert names(f"{environment}-checks") <= both.keys()


def test_what_the_gateway_imports_is_declared_and_what_is_declared_is_imported() -> None:
    distributions = {module: {normal(name) for name in found} for module, found in packages_distributions().items()}
    used = imported("gateway") | imported("answers") | imported("screening") | imported("scam_check")
    foreign = {name: path for name, path in used.items() if name not in sys.stdlib_module_names | OURS}
    undeclared = {
        name: str(path) for name, path in foreign.items() if not distributions.get(name, set()) & names("gateway")
    }
    needed = set().union(*(distributions[name] for name in foreign if name in distributions))

    # Starlette and Pydantic's own parts come with FastAPI, which is declared and re-exports them.
    assert {name for name in undeclared if name not in ("starlette", "markupsafe", "certifi", "pydantic_core")} == set()
    assert names("gateway") - needed - LOADED_BY_OTHERS == set()


def test_help_loads_no_more_than_it_needs() -> None:
    loaded = loaded_by("from gateway.cli import parser; parser().format_help()")

    assert (
        loaded & {"sqlalchemy", "fastapi", "pydantic", "cryptography", "openpyxl", "numpy", "dulwich", "yaml"} == set()
    )


def test_the_application_loads_what_is_heavy_when_somebody_needs_it() -> None:
    loaded = loaded_by("import gateway.app")

    assert (
        loaded & {"numpy", "openpyxl", "holidays", "matplotlib", "segno", "simulator", "tests", "evaluation"} == set()
    )


def test_production_never_loads_the_simulator_or_the_tests() -> None:
    code = (
        "from pydantic import SecretStr; from gateway.core.config.settings import Settings; "
        "s = Settings.model_construct(**{**Settings().__dict__, 'environment': 'production', 'simulator': False}); "
        "from gateway.app import create_app; create_app(s)"
    )
    loaded = loaded_by(code)

    assert "gateway.app" in loaded
    assert {name.partition(".")[0] for name in loaded} & {"simulator", "tests", "evaluation"} == set()
