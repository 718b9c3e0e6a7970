"""Content, evaluation results of the live model, message by message."""

import json
from pathlib import Path
from typing import Any


def examined(results: Path | None) -> list[dict[str, Any]]:
    """Each test message of a topic with what was understood, the likeliest topic first; empty without results."""
    if results is None or not results.exists():
        return []
    stored: list[dict[str, Any]] = json.loads(results.read_text("utf-8"))
    return [each for each in stored if each["question"]["kind"] == "topics"]


def understood(results: Path | None) -> dict[tuple[str, str], str]:
    """The topic that each (language, message) was taken for."""
    return {
        (each["question"]["language"], each["question"]["text"]): str((each["ranked"] or [""])[0])
        for each in examined(results)
    }
