"""A message in a talk is read together with the one before it, where the gateway tells it, and only there."""

import asyncio
from typing import Any

import pytest
from rasa.core.agent import Agent
from rasa.core.channels.channel import UserMessage

from bot.danger.component import EVIDENCE_IN_TALK, DangerDetector
from bot.danger.fusion import log_odds_of, read_fusion
from bot.danger.joined import evidence_names, is_worth_a_look, joined
from tests.bot.stage import Door, long_example

NEARER_DANGER = "he has a knife and he is coming here now, help"


def parsed(agent: Agent, talk: str, text: str, before: str | None) -> dict[str, Any]:
    async def parse() -> dict[str, Any]:
        assert agent.processor is not None
        tracker = await agent.tracker_store.retrieve(talk)
        metadata = {"before": before} if before is not None else None
        return dict(await agent.processor.parse_message(UserMessage(text, metadata=metadata), tracker))

    return asyncio.run(parse())


@pytest.fixture
def _with_evidence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(DangerDetector, "keeps_evidence", True)


@pytest.mark.usefixtures("_with_evidence")
def test_the_message_before_changes_what_both_say_together(door: Door, agent: Agent) -> None:
    first = {"conversation_id": "joined", "channel": "whatsapp", "text": long_example("account_hacked", "en")}
    assert door.post(first)[0] == 200
    text = "he took it from the drawer"

    harmless = parsed(agent, "joined", text, "i lost my charger")[EVIDENCE_IN_TALK]
    dangerous = parsed(agent, "joined", text, NEARER_DANGER)[EVIDENCE_IN_TALK]

    assert set(harmless) == set(evidence_names())
    assert dangerous["danger by the lines, together"] > harmless["danger by the lines, together"]
    assert dangerous["alone"] == harmless["alone"]
    assert EVIDENCE_IN_TALK not in parsed(agent, "joined", text, None)
    assert EVIDENCE_IN_TALK not in parsed(agent, "joined", text, "  ")


@pytest.mark.usefixtures("_with_evidence")
def test_a_first_message_has_none_before_it(agent: Agent) -> None:
    assert EVIDENCE_IN_TALK not in parsed(agent, "nobody wrote here", "moi", NEARER_DANGER)


def test_nothing_is_looked_at_where_neither_message_nor_talk_has_a_hundredth_of_a_danger() -> None:
    little, enough = log_odds_of(0.009), log_odds_of(0.011)
    assert not is_worth_a_look(little, little)
    assert is_worth_a_look(enough, little)
    assert is_worth_a_look(little, enough)


def test_the_weights_are_those_of_the_evidence_and_danger_in_both_speaks_for_danger() -> None:
    weights = read_fusion().in_talk.weights
    assert tuple(weights) == evidence_names()
    assert weights["danger by the lines, together"] > 0
    assert joined("a", "b") == "a. b"
