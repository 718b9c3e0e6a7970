"""Station 4, the dialogue: one small interface behind which an engine answers, so that it can be replaced."""

import uuid
from typing import Literal, Protocol

import structlog
from pydantic import BaseModel, ConfigDict

log = structlog.get_logger()
Language = Literal["fi", "sv", "en"]
Danger = Literal["emergency", "crisis"]
LANGUAGES: tuple[Language, ...] = ("fi", "sv", "en")


class DialogueUnavailable(Exception):
    """The engine gave no answer (down, too slow, or broken); the citizen must hear something all the same."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class DialogueRequest(_Part):
    """What a citizen said in one turn: words, or a tapped choice; `language` is what we believe so far."""

    conversation_id: str
    channel: str
    text: str | None = None
    choice: str | None = None
    language: Language | None = None


class Guess(_Part):
    """A topic and how likely it is, from 0 to 1."""

    topic: str
    confidence: float


class Understood(_Part):
    """What the engine made of the words."""

    topic: str
    confidence: float
    language: Language
    danger: Danger | None = None
    ranking: tuple[Guess, ...] = ()


class DialogueButton(_Part):
    """A next step: `topic:<id>`."""

    id: str
    title: str


class DialogueReply(_Part):
    """One answer of the engine; `escalation` says what else must happen."""

    key: str
    text: str
    buttons: tuple[DialogueButton, ...] = ()
    escalation: tuple[str, ...] = ()


class DialogueAnswer(_Part):
    """The engine's whole answer to a turn; never without a reply."""

    understood: Understood
    replies: tuple[DialogueReply, ...]


class DialogueEngine(Protocol):
    """Anything that can answer a turn."""

    async def answer(self, request: DialogueRequest) -> DialogueAnswer:
        """Answer; raises `DialogueUnavailable` for every failure, an empty answer included."""

    async def forget(self, conversation_id: str) -> None:
        """Drop what the engine remembers of a talk; raises `DialogueUnavailable`."""

    async def is_ready(self) -> bool:
        """Whether a model is loaded and answers."""

    async def close(self) -> None:
        """Give the connections back."""


async def try_to_forget(engine: DialogueEngine, dialogue_id: uuid.UUID) -> None:
    """Drop a talk that is deleted, and nobody waits for it: what the engine does not forget now ends by itself."""
    try:
        await engine.forget(dialogue_id.hex)
    except DialogueUnavailable as error:
        log.warning("engine_did_not_forget", why=str(error))
