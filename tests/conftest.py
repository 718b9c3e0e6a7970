"""Checks, all of them: in what order they run."""

import pytest

# Each of these takes from half a minute to minutes. Begun last, one processor would wait for the other.
LONG_FIRST = (
    "test_publishing",
    "test_every_role",
    "test_open_routes",
    "test_defences",
    "test_several_processes",
    "test_hostile_words",
    "test_content_pages",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    order = {name: place for place, name in enumerate(LONG_FIRST)}
    items.sort(key=lambda item: order.get(item.path.stem, len(order)))
