"""The API, its closed sets: what a token may be used for, and what integrators are told of."""

from enum import StrEnum


class Scope(StrEnum):
    """What a token may be used for."""

    FIGURES = "figures:read"
    BULLETINS = "bulletins:read"
    QUEUE = "queue:read"
    CONVERSATIONS = "conversations:read"
    HANDOVER = "handover:write"


class WebhookEvent(StrEnum):
    """What integrators are told of."""

    CONVERSATION_WAITING = "conversation.waiting"
    CONVERSATION_CLAIMED = "conversation.claimed"
    CONVERSATION_CLOSED = "conversation.closed"
    BULLETIN_PUBLISHED = "bulletin.published"
