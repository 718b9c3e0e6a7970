"""The content folder that the tests change."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.worlds.content_folder import ContentFolder


@pytest.fixture
def folder(tmp_path: Path) -> ContentFolder:
    return ContentFolder(tmp_path)


@pytest.fixture
def refused(folder: ContentFolder) -> Callable[[str, str], tuple[int, str]]:
    """Changes the answer `hacked` and gives the one refusal of it: line and wording."""

    def change_and_read(old: str, new: str) -> tuple[int, str]:
        folder.change(folder.hacked, old, new)
        found = folder.refusals(folder.hacked)
        assert len(found) == 1, found
        return found[0]

    return change_and_read
