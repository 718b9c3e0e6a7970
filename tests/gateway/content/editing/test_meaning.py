"""Many messages are read in portions: a busy machine needs longer for all of them than one question may take."""

from collections.abc import Sequence
from typing import Any

import pytest

from gateway.content.editing.line_process import LineProcess
from gateway.content.editing.meaning import Meaning
from gateway.core.config.settings import Settings

pytestmark = pytest.mark.anyio


async def test_messages_are_read_in_portions_before_they_are_grouped(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, int]] = []

    async def ask(_: LineProcess, arguments: Sequence[str], what: str, order: dict[str, Any]) -> dict[str, Any]:
        ((name, fields),) = order.items()
        assert len(fields["texts"]) == len(fields["languages"])
        asked.append((name, len(fields["texts"])))
        return {"labels": [1] * len(fields["texts"]), "read": len(fields["texts"])}

    monkeypatch.setattr(LineProcess, "ask", ask)  # the encoder is a process of Rasa's environment
    labels = await Meaning(settings).labels([f"viesti {number}" for number in range(450)], ["fi"] * 450)

    assert labels == [1] * 450
    assert asked == [("read", 200), ("read", 200), ("read", 50), ("group", 450)]
