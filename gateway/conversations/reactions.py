"""Conversations: the emoji with which a citizen answered one of our messages, sealed with the conversation's key."""

from gateway.conversations.models import OutboxItem
from gateway.core import crypto

REACTION_LENGTH = 16  # characters: the longest emoji are sequences of ten code points
_CONTEXT = "outbox_item.reaction"


def keep_reaction(key: bytes, item: OutboxItem, emoji: str | None) -> None:
    """Keep the reaction beside the message in place of an earlier one; without an emoji it is taken back."""
    shown = (emoji or "").strip()[:REACTION_LENGTH]
    item.reaction_sealed = crypto.seal(key, shown, _CONTEXT) if shown else None


def open_reaction(key: bytes, item: OutboxItem) -> str | None:
    """The reaction to this message, or None."""
    return crypto.unseal(key, item.reaction_sealed, _CONTEXT).decode() if item.reaction_sealed is not None else None
