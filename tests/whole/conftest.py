"""Checks of the whole service: one running stack for all of them.

Whoever uses it is in the group "stack", which one worker runs; who kills its processes, or wants another, starts one.
"""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from gateway.core.config.settings import PROJECT
from tests.worlds.services import CHROMIUM_FLAGS, need_chromium
from tests.worlds.stack import Stack


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """rasa, actions and gateway with its simulator."""
    if not (PROJECT / "models" / "neuvo.tar.gz").exists():
        pytest.fail("There is no trained model; run `make train` first.")
    running = Stack(tmp_path_factory.mktemp("stack"))
    running.start()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium."""
    path = need_chromium()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=CHROMIUM_FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def anyio_backend() -> str:
    """Our event loop."""
    return "asyncio"
