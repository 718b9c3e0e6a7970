"""The figures that only counting can tell, through a real action executor."""

import asyncio
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from rasa_sdk.executor import ActionExecutor

from actions.service import DescribeService
from answers.content import answer_paths
from answers.library import Library
from tests.worlds.content_folder import nothing_refused

DATA = Path(__file__).resolve().parents[2] / "data"

CALL: dict[str, Any] = {
    "next_action": "action_describe_service",
    "sender_id": "a",
    "tracker": {
        "sender_id": "a",
        "slots": {},
        "latest_message": {},
        "events": [],
        "paused": False,
        "followup_action": None,
        "active_loop": {},
        "latest_action_name": None,
    },
}


def run(executor: ActionExecutor) -> dict[str, Any]:
    answer = asyncio.run(executor.run(CALL))
    assert answer is not None
    return dict(answer)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(DATA, tmp_path / "data")
    return tmp_path / "data"


def test_the_action_server_finds_the_action(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEUVO_CONTENT_DIR", str(DATA))
    executor = ActionExecutor()
    executor.register_package("actions")
    answer = run(executor)
    assert answer["events"] == []
    assert [response["response"] for response in answer["responses"]] == ["utter_bot_status"]


def test_the_figures_are_those_of_the_published_answers(folder: Path) -> None:
    now = [0.0]
    executor = ActionExecutor()
    executor.register_action(DescribeService(Library(folder, "https://neuvo.example", nothing_refused, lambda: now[0])))
    advice = [path for path in answer_paths(folder) if path.parent.name != "dialogue"]
    assert run(executor)["responses"][0]["topics_known"] == str(len(advice))

    text = advice[0].read_text(encoding="utf-8")
    older, changed = re.subn(r"(?m)^reviewed_on: .*$", "reviewed_on: 2025-03-01", text)
    assert changed == 1
    advice[0].write_text(older, encoding="utf-8")
    now[0] = 2.0
    assert run(executor)["responses"][0]["oldest_review"] == "1.3.2025"
