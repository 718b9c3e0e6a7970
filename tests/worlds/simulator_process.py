"""The simulator in a process of its own, and what a test does on its page."""

import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
from playwright.sync_api import Page

from tests.worlds.ports import free_port as free_port

CONTROL = "control-token"
TOKEN = "development-only-access-token"
PATIENCE = 60.0  # seconds to start and to end: two on a quiet machine, many where other tests have the processors
PHONE, DESKTOP = {"width": 375, "height": 812}, {"width": 1280, "height": 900}
OpenPage = Callable[..., Page]


@dataclass
class Alone:
    """The simulator in a process of its own, which can be stopped and started again."""

    webhook_port: int
    log: Path
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        command = [sys.executable, "-m", "simulator", "--port", str(self.port)]
        command += ["--webhook-url", f"http://127.0.0.1:{self.webhook_port}/webhook"]
        command += ["--control-token", CONTROL, "--log", str(self.log)]
        self.process = subprocess.Popen(command)
        ends = time.monotonic() + PATIENCE
        while time.monotonic() < ends:
            if self.answers():
                return
            assert self.process.poll() is None, "The simulator ended while it was starting."
            time.sleep(0.05)
        raise AssertionError(f"The simulator did not start within {PATIENCE} s.")

    def answers(self) -> bool:
        try:
            return httpx2.get(f"{self.url}/phones", trust_env=False).is_success
        except httpx2.TransportError:  # not there yet, or too busy with starting to answer
            return False

    def stop(self) -> None:
        assert self.process is not None
        self.process.terminate()
        self.process.wait(PATIENCE)

    def control(self, method: str, path: str, **more: Any) -> Any:
        headers = {"Authorization": f"Bearer {CONTROL}"}
        more = {"headers": headers, "trust_env": False, "timeout": PATIENCE, **more}
        return httpx2.request(method, f"{self.url}/control{path}", **more).json()


def write(page: Page, text: str) -> None:
    page.get_by_role("textbox").fill(text)
    page.get_by_role("textbox").press("Enter")


def bubbles(page: Page, author: str) -> Any:
    return page.locator(f".row.{author} .bubble")
