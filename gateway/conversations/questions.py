"""Station 3, the question: what one turn is about, opened and in order."""

import datetime as dt
import uuid
from dataclasses import dataclass

from gateway.channels.base import Recipient
from gateway.conversations import replies
from gateway.conversations.dialogue import Language

MOST_CHARACTERS = 4000  # of one turn; the engine takes 4,096


@dataclass(frozen=True)
class Pending:
    """One message that waits for its turn, opened."""

    id: int
    kind: str
    text: str | None
    choice: str | None
    masked: tuple[str, ...]
    external_id: str
    sealed: bytes | None  # as it was read: an edit may come while the engine thinks
    sent_at: dt.datetime
    received_at: dt.datetime


@dataclass(frozen=True)
class Question:
    """What one turn is about."""

    conversation_id: uuid.UUID
    dialogue_id: uuid.UUID
    channel: str
    language: Language | None
    recipient: Recipient
    messages: tuple[Pending, ...]

    @property
    def kind(self) -> str:
        """Of its first message; a choice or an edit is always alone."""
        return self.messages[0].kind

    @property
    def text(self) -> str:
        """The citizen's words of this turn, in order."""
        return "\n".join(message.text for message in self.messages if message.text)[:MOST_CHARACTERS]

    @property
    def choice(self) -> str | None:
        """The topic of a tapped button; nothing when the button was not one of ours."""
        chosen = self.messages[0].choice if self.kind == "choice" else None
        return chosen.removeprefix(replies.TOPIC_PREFIX) if chosen and chosen.startswith(replies.TOPIC_PREFIX) else None
