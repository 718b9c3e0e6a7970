"""Replies: the offer of an officer, after which a clear yes asks for one."""

from __future__ import annotations

from typing import Final

from bot.names import OFFICER
from bot.replies.reply import Reply, Scene

_GUESSES: Final = 2


def officer_offered(scene: Scene) -> Reply:
    """After misses: a clear offer, and only a clear yes asks for anybody."""
    key = "officer_offered"
    guesses = [name for name in scene.ranking if name != OFFICER][:_GUESSES]
    buttons = (OFFICER, *guesses) if OFFICER in scene.content.answers else tuple(guesses)
    return Reply(key, scene.line(key), buttons, ("offer",), key, (), offers_officer=True)


def officer_confirmed_first(scene: Scene) -> Reply:
    """Where somebody seems to want an officer, and has not said so clearly: the same offer, and nobody is asked yet."""
    key = "officer_confirm"
    return Reply(key, scene.line(key), (OFFICER,), ("offer",), key, (), offers_officer=True)
