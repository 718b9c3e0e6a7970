"""A small working copy for each test, copied from one that is made once."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.content.repository.working_copy import WorkingCopy
from tests.worlds.small_content import small_copy


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_copy(tmp_path_factory.mktemp("template")).folder


@pytest.fixture
def copy(template: Path, tmp_path: Path) -> Iterator[WorkingCopy]:
    shutil.copytree(template, tmp_path / "content")
    copy = WorkingCopy(tmp_path / "content")
    yield copy
    copy.repository.git.close()
