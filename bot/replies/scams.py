"""Replies: what the check of a suspicious message said, with the question whether anything has happened already."""

from __future__ import annotations

from typing import Final

from bot.conversation.intents import button_of
from bot.names import SCAM_CHECK
from bot.replies.reply import Reply, Scene

BUTTONS: Final = tuple(button_of(question) for question in ("already_gave_codes", "already_paid", "not_paid_yet"))
"""The answers to "did you log in or pay?", the worst first: a plain yes is the first, a plain no the last."""


def scam_reply(scene: Scene) -> Reply:
    """The words that the action server found. Raises KeyError without them."""
    return Reply(SCAM_CHECK, str(scene.given["verdict"]), BUTTONS, ("offer",), SCAM_CHECK, (SCAM_CHECK,))
