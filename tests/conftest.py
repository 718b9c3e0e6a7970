"""Checks, all of them: in what order they run, and which tier they belong to (`tests/worlds/tiers.py`)."""

import gc

import hypothesis
import pytest

from tests.worlds.tiers import examples, leave_out, told

hypothesis.settings.register_profile("tier", max_examples=examples(100))
hypothesis.settings.load_profile("tier")

# What was imported stays to the end, and the collector would look at all of its million objects once for every few
# tests: that was half of the processor's time.
_KEPT_AFTER = 25
_run = 0
# While modules are imported and tests are collected, nothing is made that could go.
gc.set_threshold(100_000, 50, 50)


def pytest_runtest_teardown(nextitem: pytest.Item | None) -> None:
    """Take what is alive after the first tests (modules, schemas, compiled patterns) out of the collector's sight."""
    global _run
    _run += 1
    if _run in (1, _KEPT_AFTER):
        gc.collect()
        gc.freeze()
        gc.set_threshold(20_000, 20, 20)


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


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what was run and how to run it again, or all of it."""
    terminalreporter.write_line(told())
