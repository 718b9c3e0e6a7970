"""Station 3, turn input: the pending messages that one turn answers, decrypted and in order."""

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

from answers.limits import TEXT
from gateway.bulletins.cache import BulletinsContext
from gateway.bulletins.followers import followed_bulletin
from gateway.conversations.kinds import ChannelName, ConversationState, Danger, MessageKind
from gateway.conversations.messages import Recipient
from gateway.conversations.states import request_is_open
from gateway.conversations.told import Consent, DangerState, Told, ToldPart
from gateway.core.database import now
from gateway.core.locale import Language
from gateway.core.priority_slots import PrioritySlots
from gateway.dialogue import compose
from gateway.dialogue.engine import GivenState
from gateway.handover.feedback import Feedback, feedback_of
from gateway.handover.leave import wants_to_leave
from scam_check.parts import ScamParts, strongest

ANSWERED_WITHIN = dt.timedelta(minutes=10)
MAX_CHARACTERS = TEXT  # of one turn: the limit of the engine and of a single message


@dataclass(frozen=True)
class PendingMessage:
    """One message that has no turn yet, decrypted."""

    id: int
    kind: MessageKind
    text: str | None
    choice: str | None
    masked: tuple[str, ...]
    external_id: str
    trace: str  # by which log and spans name it
    content_sealed: bytes | None  # as it was read: an edit may come while the engine is asked
    sent_at: dt.datetime
    received_at: dt.datetime
    suspected: Danger | None  # by the danger screen
    warned: bool  # whether the citizen has been told 112 or the helplines because of it
    scam_check: ScamParts | None = None  # what speaks against a pasted message


@dataclass(frozen=True)
class TurnInput:
    """The messages of one turn, and the conversation as it was when the engine was asked."""

    conversation_id: uuid.UUID
    dialogue_id: uuid.UUID
    channel: ChannelName
    language: Language | None
    recipient: Recipient
    messages: tuple[PendingMessage, ...]
    state: ConversationState
    told: Told
    bot_answers: bool
    before: str | None = None  # the citizen's latest words that were answered, if they were not long ago
    sends: bool = False  # this process sends the reply itself, where it may go at once; else the outbox finds it
    # Where the engine reported danger and its answer could not be used.
    danger: Danger | None = None
    topic: str | None = None

    @cached_property
    def suspected(self) -> Danger | None:
        """What the danger screen says of these messages: the first opinion, and the only one where no engine judges."""
        return next((each for each in Danger if any(message.suspected == each for message in self.messages)), None)

    @cached_property
    def scam_check(self) -> ScamParts | None:
        """The check of the message that most speaks against."""
        return strongest(message.scam_check for message in self.messages if message.scam_check is not None)

    @property
    def warned(self) -> bool:
        """Whether the citizen has been told 112 or the helplines because of one of these messages."""
        return any(message.warned for message in self.messages)

    @property
    def is_too_late(self) -> bool:
        """Whether these messages waited so long, while database or gateway were away, that nobody expects an answer.

        It would come unasked, perhaps to a phone that somebody else holds by now. Officers have the talk instead.
        """
        return now() - self.messages[-1].sent_at >= ANSWERED_WITHIN

    @property
    def kind(self) -> MessageKind:
        """The kind of its first message; a choice or an edit is always alone."""
        return self.messages[0].kind

    @cached_property
    def text(self) -> str:
        """The citizen's text of this turn, in order; empty where there is none."""
        return whole_text(message.text for message in self.messages if not self._leaves(message))

    @property
    def leaves(self) -> bool:
        """Whether one of the messages ends the handover."""
        return any(self._leaves(message) for message in self.messages)

    @cached_property
    def given(self) -> GivenState:
        """What the engine is told of what it may have forgotten; a request that has ended is none any more.

        Of what nobody has told here nothing: the engine may know it from a turn whose answer came too late.
        """
        told, corrected = self.told, self.told.corrected_by
        consent = Consent.NONE if told.request_ended else told.consent
        knows_consent = told.consent != Consent.NONE or ToldPart.CONSENT in corrected
        return GivenState(
            danger=told.danger if told.danger != DangerState.NONE or ToldPart.DANGER in corrected else None,
            consent=consent if knows_consent else None,
            watched=told.watched if told.watched or ToldPart.WATCHED in corrected else None,
        )

    def message_at(self, place: int) -> int:
        """The id of the message that has this place of the text in it."""
        for message in self.messages:
            length = len(message.text or "") + 1 if message.text and not self._leaves(message) else 0
            if place < length:
                return message.id
            place -= length
        return self.messages[-1].id

    def _leaves(self, message: PendingMessage) -> bool:
        # A conversation may wait for officers without its citizen having asked: then there is nothing to leave.
        with_officers = self.state == ConversationState.OFFICER or request_is_open(self.told)
        return with_officers and wants_to_leave(message.text, message.choice)

    @property
    def follows(self) -> uuid.UUID | None:
        """The bulletin of a tapped "tell me of changes", which is not sent to the engine, or None."""
        return followed_bulletin(self.messages[0].choice) if self.kind == MessageKind.CHOICE else None

    @property
    def feedback(self) -> Feedback | None:
        """What a tapped button says of a talk with an officer, which is not sent to the engine either, or None."""
        return feedback_of(self.messages[0].choice) if self.kind == MessageKind.CHOICE else None

    @property
    def needs_no_engine(self) -> bool:
        """Whether it is a button to which the gateway itself has the answer."""
        return self.follows is not None or self.feedback is not None

    @property
    def choice(self) -> str | None:
        """The topic of a tapped button, or None when the button was not one of ours."""
        chosen = self.messages[0].choice if self.kind == MessageKind.CHOICE else None
        return chosen.removeprefix(compose.TOPIC_PREFIX) if chosen and chosen.startswith(compose.TOPIC_PREFIX) else None


def whole_text(texts: Iterable[str | None]) -> str:
    """The texts of a turn in order as the engine gets them; empty where there is none, for it rejects whitespace."""
    whole = "\n".join(text for text in texts if text)[:MAX_CHARACTERS]
    return whole if whole.strip() else ""


def one_turn(messages: Sequence[PendingMessage]) -> tuple[PendingMessage, ...]:
    """The pending messages that are answered together: as many as fit `MAX_CHARACTERS`, at least one."""
    # A tapped button is a turn of its own: its topic must not be mixed with words about something else.
    alone = (MessageKind.CHOICE, MessageKind.EDIT)
    if messages[0].kind in alone:
        return (messages[0],)
    together, characters = 0, 0
    for message in messages:
        characters += len(message.text or "") + 1
        # The rest of a long burst waits for the next turn: it may be the call for help.
        if message.kind in alone or (together and characters > MAX_CHARACTERS):
            break
        together += 1
    return tuple(messages[:together])


class TurnsContext(BulletinsContext, Protocol):
    """A process that answers turns."""

    @property
    def turn_slots(self) -> PrioritySlots:
        """Limits the conversations that this process answers at a time; other processes take the rest."""
