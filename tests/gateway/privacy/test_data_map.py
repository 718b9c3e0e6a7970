"""Checks that the map of data names every table, once, and none that is not there."""

import re
from collections import Counter

import gateway.ops.all_models  # noqa: F401  # every table
from gateway.core.config.settings import PROJECT
from gateway.core.database import Base


def test_the_map_of_data_names_every_table_once() -> None:
    section = (PROJECT / "docs" / "data.md").read_text("utf-8").partition("## Every table")[2].partition("\n## ")[0]
    rows = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    named = Counter(name for row in rows for name in re.findall(r"`(\w+)`", row))

    assert set(named) == set(Base.metadata.tables)
    assert set(named.values()) == {1}
