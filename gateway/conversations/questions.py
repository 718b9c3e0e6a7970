"""Station 3, the question: what one turn is about, opened and in order."""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from answers.limits import TEXT
from gateway.bulletins.followers import followed_bulletin
from gateway.channels.base import Recipient
from gateway.conversations import replies
from gateway.conversations.dialogue import Danger, Language
from gateway.conversations.rereading import EDIT
from gateway.handover.ending import wants_to_leave

MOST_CHARACTERS = TEXT  # of one turn; what the engine takes, and the longest single message


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
    with_humans: bool  # asked for, or there
    bot_answers: bool  # as far as could be seen when the engine was asked
    danger: Danger | None = None  # where the engine told of it and its answer could not be used

    @property
    def kind(self) -> str:
        """Of its first message; a choice or an edit is always alone."""
        return self.messages[0].kind

    @property
    def text(self) -> str:
        """The citizen's words of this turn, in order."""
        said = [message.text for message in self.messages if message.text and not self._leaves(message)]
        whole = "\n".join(said)[:MOST_CHARACTERS]
        return whole if whole.strip() else ""  # blanks are no words: the engine would refuse them

    @property
    def leaves(self) -> bool:
        """Whether one of the messages says that no human is needed any more."""
        return any(self._leaves(message) for message in self.messages)

    def _leaves(self, message: Pending) -> bool:
        return self.with_humans and wants_to_leave(message.text, message.choice)

    @property
    def follows(self) -> uuid.UUID | None:
        """The bulletin of a tapped "tell me of changes"; the engine is not asked about it."""
        return followed_bulletin(self.messages[0].choice) if self.kind == "choice" else None

    @property
    def choice(self) -> str | None:
        """The topic of a tapped button; nothing when the button was not one of ours."""
        chosen = self.messages[0].choice if self.kind == "choice" else None
        return chosen.removeprefix(replies.TOPIC_PREFIX) if chosen and chosen.startswith(replies.TOPIC_PREFIX) else None


def one_turn(messages: Sequence[Pending]) -> tuple[Pending, ...]:
    """Of what waits, in order, what is answered together: as much as the engine reads at once, and at least one."""
    # A tapped button is a turn of its own: its topic must not be mixed with words about something else.
    alone = ("choice", EDIT)
    if messages[0].kind in alone:
        return (messages[0],)
    together, characters = 0, 0
    for message in messages:
        characters += len(message.text or "") + 1
        # What the engine would not read of a long burst waits for the next turn: it may be the call for help.
        if message.kind in alone or (together and characters > MOST_CHARACTERS):
            break
        together += 1
    return tuple(messages[:together])
