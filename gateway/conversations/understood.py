"""Station 3, what was understood: what a turn and a talk keep of the engine's answer."""

import uuid

from gateway.conversations.dialogue import Danger, DialogueAnswer
from gateway.conversations.models import Contact, Conversation, Turn
from gateway.database import now

MOST_GUESSES = 3


def turn_of(conversation: Conversation, outcome: str, answer: DialogueAnswer | None, danger: Danger | None) -> Turn:
    """A new turn, not yet written; `danger` is known where the answer that told of it could not be used."""
    turn = Turn(id=uuid.uuid4(), conversation_id=conversation.id, outcome=outcome, danger=danger, created_at=now())
    if answer is not None:
        understood = answer.understood
        turn.topic, turn.confidence = understood.topic, understood.confidence
        turn.language, turn.danger = understood.language, understood.danger
        turn.guesses = [guess.topic for guess in understood.ranking[:MOST_GUESSES]]
    return turn


def remember_language(conversation: Conversation, contact: Contact, answer: DialogueAnswer) -> None:
    """The citizen goes on in the language of the last words."""
    if conversation.language != answer.understood.language:
        conversation.language = contact.language = answer.understood.language
