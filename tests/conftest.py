"""Checks, all of them: in what order they run, and which tier they belong to (`tests/worlds/tiers.py`)."""

import hypothesis
import pytest

from tests.worlds.tiers import examples, leave_out

hypothesis.settings.register_profile("tier", max_examples=examples(100))
hypothesis.settings.load_profile("tier")

# Each of these takes from ten seconds to minutes. Begun last, one processor would wait for the other.
LONG_FIRST = (
    "test_faults",
    "test_two_officers_in_chromium",
    "test_publish",
    "test_every_role",
    "test_open_routes",
    "test_defences",
    "test_processes",
    "test_hostile_words",
    "test_content_pages",
)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    leave_out(config, items)
    order = {name: place for place, name in enumerate(LONG_FIRST)}
    items.sort(key=lambda item: order.get(item.path.stem, len(order)))
