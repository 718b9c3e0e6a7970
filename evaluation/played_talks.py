"""Evaluation of talks: written talks go through the real dialogue, turn by turn, as the gateway would send them."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rasa.core.agent import Agent
from rasa.core.channels.channel import UserMessage
from rasa.utils.endpoints import EndpointConfig
from rasa_sdk.executor import ActionExecutor

from answers.library import Library
from answers.talks import Talk, Turn
from bot.answers import AnswerGenerator, log_problems
from bot.dialogue import Dialogue
from bot.lock_store import FairLockStore
from bot.requests import DialogueRequest
from bot.tracker_store import BoundedTrackerStore

CHANNEL = "whatsapp"


@dataclass(frozen=True)
class PlayedTurn:
    """A turn with what the bot understood and said. `topic` is the subject that the labels give the talk by now."""

    talk: Talk
    turn: Turn
    place: int
    topics: tuple[str, ...]
    is_new_topic: bool
    understood: dict[str, Any]
    replies: list[dict[str, Any]]
    own_pieces: frozenset[tuple[str, str]] = frozenset()
    """Subjects and questions that have an answer of their own; what is asked of the others gets the general one."""

    @property
    def text(self) -> str:
        """All that was said, as one text."""
        return "\n\n".join(str(reply["text"]) for reply in self.replies)

    @property
    def said(self) -> list[str]:
        """Keys of what was said."""
        return [key for reply in self.replies for key in reply["said"]]

    @property
    def keys(self) -> list[str]:
        """The replies' own keys."""
        return [str(reply["key"]) for reply in self.replies]


class _ActionsInProcess(EndpointConfig):  # type: ignore[misc]
    """Our actions without a server: what Rasa would post to it is run here."""

    def __init__(self) -> None:
        super().__init__(url="in-process")
        self._executor = ActionExecutor()
        self._executor.register_package("actions")

    async def request(self, *_: Any, json: dict[str, Any], **__: Any) -> Any:
        """The action server's answer to one call."""
        return await self._executor.run(json)


def load_agent(model: Path, content: Path, privacy_url: str) -> Agent:
    """The trained model with our parts, as endpoints.yml names them."""
    agent = Agent(
        generator=AnswerGenerator(library=Library(content, privacy_url, log_problems)),
        tracker_store=BoundedTrackerStore(None),
        lock_store=FairLockStore(),
        action_endpoint=_ActionsInProcess(),
    )
    agent.load_model(model)
    return agent


def play(agent: Agent, talks: Iterable[Talk], on_talk: Callable[[int], None] = lambda done: None) -> list[PlayedTurn]:
    """Every turn of every talk, each talk in a conversation of its own; `on_talk` gets the number done."""
    return asyncio.run(_play(agent, talks, on_talk))


async def _play(agent: Agent, talks: Iterable[Talk], on_talk: Callable[[int], None]) -> list[PlayedTurn]:
    async def on_new_message(message: UserMessage) -> Any:
        return await agent.handle_message(message)

    dialogue = Dialogue(agent, on_new_message)
    played: list[PlayedTurn] = []
    answers = agent.nlg._library.content.answers
    own = frozenset((topic, question) for topic in answers for question in answers[topic].answer.questions)
    for done, talk in enumerate(talks, 1):
        conversation = uuid.uuid4().hex
        topics: tuple[str, ...] = ()
        for place, turn in enumerate(talk.turns):
            before = talk.turns[place - 1].text if place else ""
            request = DialogueRequest(conversation, CHANNEL, turn.text, "", talk.language, reset=False, before=before)
            answer = await dialogue.ask(request)
            is_new = bool(turn.topics) and not set(turn.topics) & set(topics)
            topics = turn.topics or topics
            played.append(PlayedTurn(talk, turn, place, topics, is_new, answer["understood"], answer["replies"], own))
        on_talk(done)
    return played
