"""Checks that the picture of a message's road is what the code does, and that the road becomes no longer."""

import asyncio
from itertools import chain
from pathlib import Path

import pytest

from tests.trace.drawing import MOST_MODULES, PAGE, ROAD, drawing, passed, written
from tests.trace.tracing import STATIONS, Trace, trace


@pytest.fixture(scope="module")
def followed(tmp_path_factory: pytest.TempPathFactory) -> Trace:
    return asyncio.run(trace(tmp_path_factory.mktemp("trace")))


def test_the_picture_in_the_architecture_is_what_a_message_does(followed: Trace) -> None:
    page = PAGE.read_text("utf-8")

    assert written(page, drawing(followed)) == page, "Look whether you meant it; then: python -m tests.trace --write"


def test_a_plain_message_passes_no_more_modules_than_it_did(followed: Trace) -> None:
    assert len(passed(followed)) <= MOST_MODULES, sorted(passed(followed))


def test_a_message_is_seen_in_every_station_and_every_folder_of_the_road(followed: Trace) -> None:
    folders = {module.partition("/")[0] for module in chain.from_iterable(followed.stations.values())}

    assert set(followed.stations) == set(STATIONS.values())
    assert set(ROAD) <= folders


def test_a_module_more_or_less_is_another_picture(followed: Trace) -> None:
    longer = Trace({**followed.stations, "send": [*followed.stations["send"], "outbox/detour"]}, followed.background)

    assert drawing(longer) != drawing(followed)
    assert "detour" in drawing(longer)


def test_a_page_without_a_place_for_the_picture_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="marks"):
        written("# Architecture\n", "x")
