"""The events of a conversation to which features subscribe (see `gateway.core.events`)."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row

from gateway.conversations.kinds import ChannelName, Danger, HandoverReason
from gateway.conversations.models import Conversation, Message, Turn
from gateway.core.keyring import Keyring


@dataclass(frozen=True)
class TurnFinished:
    """A turn is written. `earlier` are the citizen's other turns of today (see `recent_turns`)."""

    keyring: Keyring
    conversation: Conversation
    turn: Turn
    channel: ChannelName
    text: str
    choice: str | None
    messages: int
    """How many messages the turn answers."""
    earlier: Sequence[Row[Any]]
    by_bot: bool
    """Whether the bot was to answer: no officer owned the conversation, and the citizen did not end the handover."""
    pressed: str | None = None
    """The id of the button that was pressed, of whatever kind."""


@dataclass(frozen=True)
class HandoverRequested:
    """A reply could not reach the citizen: the conversation must enter the officers' queue."""

    conversation: Conversation
    reason: HandoverReason
    urgency: Danger | None


@dataclass(frozen=True)
class ConversationQueued:
    """A conversation entered the officers' queue; `first_today`: for the first time today for this citizen.

    `topic` is the matter that it is about, where one is known.
    """

    conversation: Conversation
    first_today: bool
    topic: str | None


@dataclass(frozen=True)
class OfficerReplied:
    """An officer answers; `waited` is how long the citizen waited for the first reply, None for any later one."""

    keyring: Keyring
    conversation: Conversation
    text: str
    waited: dt.timedelta | None


@dataclass(frozen=True)
class MessagesErased:
    """The text of these messages is revoked or erased: no copy of it may stay anywhere."""

    keyring: Keyring
    conversation: Conversation
    messages: Sequence[Message]


@dataclass(frozen=True)
class CitizenArrived:
    """A citizen came by a link of ours, or opened the web chat on a page: `measure` is `referral` or `source`."""

    measure: str
    part: str
