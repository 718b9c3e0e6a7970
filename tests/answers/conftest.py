"""The content folder that the tests change."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.answers.desk import Desk


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


@pytest.fixture
def refused(desk: Desk) -> Callable[[str, str], tuple[int, str]]:
    """Changes the answer `hacked` and gives the one refusal of it: line and wording."""

    def change_and_read(old: str, new: str) -> tuple[int, str]:
        desk.change(desk.hacked, old, new)
        found = desk.refusals(desk.hacked)
        assert len(found) == 1, found
        return found[0]

    return change_and_read
