"""Supply chain, licences: what each installed package says of itself, against the table of what the force may use."""

import re
from dataclasses import dataclass
from importlib.metadata import Distribution, distributions
from pathlib import Path

import yaml

from supply.locked import PROJECT, normal

TABLE = Path(__file__).parent / "licences.yml"


@dataclass(frozen=True)
class Table:
    """Licences that may be used, names that mean one of them, and packages about which a person has decided."""

    allowed: frozenset[str]
    names: dict[str, str]
    decided: dict[str, str]


def read_table(path: Path = TABLE) -> Table:
    """The written table."""
    content = yaml.safe_load(path.read_text("utf-8"))
    decided = {package: each["licence"] for package, each in content["decided"].items()}
    return Table(frozenset(content["allowed"]), content["names"], decided)


def installed(environment: str) -> list[Distribution]:
    """The packages of one of our two environments, whichever of them this runs in."""
    folders = sorted((PROJECT / ".venv" / environment / "lib").glob("python3*/site-packages"))
    return sorted(distributions(path=[str(each) for each in folders]), key=lambda each: normal(each.metadata["Name"]))


def licence_of(package: Distribution, table: Table) -> str:
    """The licence as an SPDX expression where we know it, else what the package says, or `unknown`."""
    name = normal(package.metadata["Name"])
    if name in table.decided:
        return table.decided[name]
    if expression := package.metadata.get("License-Expression"):
        return str(expression)
    given = package.metadata.get_all("Classifier") or []
    said = [each.rpartition(" :: ")[2] for each in given if each.startswith("License :: ")]
    known = [table.names.get(each, each) for each in said if each not in ("OSI Approved", "DFSG approved")]
    # Several classifiers mean a choice, or parts: each must be allowed, so that either reading holds.
    if known:
        return " AND ".join(sorted(set(known)))
    line = next(iter(str(package.metadata.get("License") or "").strip().splitlines()), "")
    return table.names.get(line, line) or "unknown"


def is_allowed(expression: str, table: Table) -> bool:
    """Whether one choice of an expression is made of allowed licences only."""
    choices = re.split(r"\s+OR\s+", expression.replace("(", "").replace(")", ""))
    return any(all(part in table.allowed for part in re.split(r"\s+AND\s+", choice)) for choice in choices)


def refused(environment: str) -> list[tuple[str, str]]:
    """Packages whose licence nobody has allowed, with what they say."""
    table = read_table()
    said = [(each.metadata["Name"], licence_of(each, table)) for each in installed(environment)]
    return [(name, licence) for name, licence in said if not is_allowed(licence, table)]
