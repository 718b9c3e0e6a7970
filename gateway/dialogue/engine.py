"""Station 4, dialogue: the interface of a dialogue engine, and what goes in and out."""

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import structlog
from pydantic import BaseModel, ConfigDict, Field

from gateway.channels.base import ChannelsContext
from gateway.conversations.kinds import ChannelName, Danger
from gateway.conversations.told import Consent, DangerState
from gateway.core.locale import Language
from gateway.dialogue.likeness import Likeness
from gateway.dialogue.translator import Translator

log = structlog.get_logger()


class DialogueUnavailable(Exception):
    """The engine gave no answer (down, too slow, or broken); the citizen still gets a fixed text."""


class EngineAway(DialogueUnavailable):
    """No engine is there at present, or each is too slow, as while one starts: to ask again soon is worth while."""


class EngineBusy(DialogueUnavailable):
    """Others were before this message for as long as it may wait at a time; `since`: when an engine was last back.

    No engine has seen it, so to ask again does nothing twice.
    """

    def __init__(self, words: str, since: dt.datetime) -> None:
        super().__init__(words)
        self.since = since


class RasaDown(DialogueUnavailable):
    """This Rasa is down or broken, and another may answer."""


class RasaAway(RasaDown, EngineAway):
    """Nothing listens there, or it ended while it was asked: it starts, or somebody has to start it."""


class RasaSlow(DialogueUnavailable):
    """No answer within the time-out; no other engine is asked."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class GivenState(_Part):
    """What the gateway remembers for longer than an engine; where it knows something, it wins.

    `consent` is about a request that is open now; `watched`: somebody else may read the phone.
    """

    danger: DangerState | None = None
    consent: Consent | None = None
    watched: bool | None = None


class DialogueRequest(_Part):
    """What a citizen wrote in one turn: a text or a tapped choice; `language` is the assumption so far.

    `urgent` ones are asked before all others; the engine itself does not learn it, and judges for itself.
    """

    conversation_id: str
    channel: ChannelName
    text: str | None = None
    choice: str | None = None
    # What the tapped button says: asked as words where the engine does not know the choice (any more).
    title: str = Field(default="", exclude=True)
    language: Language | None = None
    state: GivenState | None = None
    # What speaks against a pasted message (`scam_check.parts`); the dialogue words it.
    scam_check: dict[str, Any] | None = None
    # What the citizen wrote before it, masked: a danger may show only when both are read together. It is not kept.
    before: str | None = None
    urgent: bool = Field(default=False, exclude=True)


class Slot(_Part):
    """What is known of the conversation in one respect; with `start` where this very message told it."""

    value: str | tuple[str, ...]
    start: int | None = None


class Guess(_Part):
    """A topic and how likely it is, from 0 to 1."""

    topic: str
    confidence: float


class Understood(_Part):
    """What the engine understood."""

    topic: str
    confidence: float
    language: Language
    danger: Danger | None = None
    # Where danger is not sure: the reply asks, with 112 or the helpers in the question, and no officer is alarmed yet.
    possible_danger: Danger | None = None
    ranking: tuple[Guess, ...] = ()
    # What kind of move the message is (`thanks`, `cancel_officer` …) where it asks nothing; an engine may not tell.
    act: str | None = None
    # Which of the known questions the message asks (`cost`, `duration` …); an engine may not tell.
    question: str | None = None
    # What the engine knows after the message, by slot; the request for an officer is the slot `officer`.
    state: Mapping[str, Slot] = {}


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


class Vectors(_Part):
    """The vectors of texts, in their order."""

    vectors: list[list[float]]


class DialogueEngine(Protocol):
    """Anything that can answer a turn."""

    async def answer(self, request: DialogueRequest) -> DialogueAnswer:
        """Answer; raises `DialogueUnavailable` for every failure, an empty answer included."""

    async def forget(self, conversation_id: str) -> None:
        """Delete the engine's state of a conversation; raises `DialogueUnavailable`."""

    async def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """The vector of each text, of unit length; raises `DialogueUnavailable`, also while citizens wait."""

    async def is_ready(self) -> bool:
        """Whether a model is loaded and answers."""

    async def until_there(self, seconds: float) -> None:
        """Return at once unless `answer` would raise `EngineAway`; then once it would not, or after so many seconds."""

    async def close(self) -> None:
        """Close the connections."""


async def try_to_forget(engine: DialogueEngine, dialogue_id: uuid.UUID) -> None:
    """Delete the engine's state of a deleted conversation; a failure is only logged, as the state expires by itself."""
    try:
        await engine.forget(dialogue_id.hex)
    except DialogueUnavailable as error:
        log.warning("engine_did_not_forget", why=str(error))


class EngineContext(ChannelsContext, Protocol):
    """A process that can ask the dialogue engine."""

    @property
    def engine(self) -> DialogueEngine:
        """The engine, or the pool of them."""

    @property
    def started_at(self) -> dt.datetime:
        """When this process began to ask it."""

    @property
    def likeness(self) -> Likeness:
        """How alike texts are in what they mean."""

    @property
    def translator(self) -> Translator | None:
        """The machine translator, where the force has set one up."""
