"""Station 1, outage line: whoever may be in danger is told whom to call though no database can take a reply.

The one exception to "a reply is a row first": that it will be said is noted in the spool's line before it is sent. At
most once for each citizen, outage and process, and never where an officer is known to have the conversation.
"""

import asyncio
import hashlib
import time
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import structlog
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from gateway.channels.base import Channel, SendFailed
from gateway.conversations.kinds import AddressKind, Author, ConversationState, FailureClass
from gateway.conversations.messages import IncomingEvent, IncomingMessage, Recipient, Reply
from gateway.conversations.models import ContactAddress, Conversation
from gateway.core import crypto
from gateway.core.compiled import prepare
from gateway.core.keyring import Keyring
from gateway.core.lines import Lines
from gateway.dialogue.compose import FIRST_LINES
from gateway.outbox.queue import ReplyTo
from screening.danger.screen import language_of

log = structlog.get_logger()

# Seconds between the attempts to say it; later the engine's own answer is likely, or another helper was found.
RETRY_AFTER = (1.0, 4.0)
_RETRIED = (FailureClass.RETRY, FailureClass.THROTTLE_NUMBER, FailureClass.THROTTLE_PAIR)
HELD = prepare(
    select(ContactAddress.value_fingerprint)
    .join(Conversation, Conversation.contact_id == ContactAddress.contact_id)
    .where(Conversation.officer_id.is_not(None), Conversation.state == ConversationState.OFFICER)
)


@dataclass
class OutageLine:
    """Whom this process has told whom to call, and whose conversation an officer has as far as it knows."""

    keyring: Keyring
    secret: str
    told: dict[str, float] = field(default_factory=dict)  # and when, on the clock that only goes forward
    _held: frozenset[bytes] = frozenset()

    def __post_init__(self) -> None:
        """The blind index has a key of its own, which needs no database."""
        self._key = hashlib.sha256(f"outage line\x00{self.secret}".encode()).digest()

    def blind_index(self, channel: Channel, message: IncomingMessage) -> str:
        """The citizen, for every process of this service, and for nobody else."""
        return crypto.fingerprint(self._key, channel.name, message.user_id or message.phone or "").hex()

    def choose(self, channel: Channel, events: Iterable[IncomingEvent]) -> dict[str, IncomingMessage]:
        """The messages whose citizens are to be told now, by blind index; they count as told from here on."""
        chosen: dict[str, IncomingMessage] = {}
        for event in events:
            message = event.message
            if message is None or message.suspected is None or not channel.is_ours(message.business_number):
                continue
            if ReplyTo.danger(event.occurred_at) is None:
                continue  # the platform delivers it so late that it would be no reply, and no gate can be asked now
            citizen = self.blind_index(channel, message)
            if citizen not in self.told and not self._is_held(channel, message):
                chosen.setdefault(citizen, message)
        self.told |= dict.fromkeys(chosen, time.monotonic())
        return chosen

    def withdraw(self, chosen: Mapping[str, IncomingMessage]) -> None:
        """They have not been told after all."""
        for citizen in chosen:
            self.told.pop(citizen, None)

    def begin_anew(self, *, before: float) -> None:
        """The database has stored something that came at this time: the outage in which these were told is over.

        An empty spool alone does not tell that: it may be full, or be writing the line of who was just told.
        """
        self.told = {citizen: at for citizen, at in self.told.items() if at >= before}

    def marked(self, channel: Channel, events: Iterable[IncomingEvent], told: frozenset[str]) -> list[IncomingEvent]:
        """Events that come from the spool, with the note on those whose citizens were told."""
        return [
            event
            if event.message is None or event.message.suspected is None
            or self.blind_index(channel, event.message) not in told
            else event.model_copy(update={"message": event.message.model_copy(update={"warned": True})})
            for event in events
        ]  # fmt: skip

    def learn_held(self, rows: Iterable[Any]) -> None:
        """Remember whose conversations officers have, from the rows of `HELD`; kept while the database is away."""
        self._held = frozenset(row[0] for row in rows)

    def _is_held(self, channel: Channel, message: IncomingMessage) -> bool:
        if not self._held:
            return False
        known = ((AddressKind.USER_ID, message.user_id), (AddressKind.PHONE, message.phone))
        prints = (self.keyring.fingerprint(f"{channel.name} {kind}", value) for kind, value in known if value)
        return any(each in self._held for each in prints)


async def tell(lines: Lines, channel: Channel, messages: Iterable[IncomingMessage]) -> None:
    """Say 112 or the helplines to each of them; a failure is logged, and tried again where that may help."""
    await asyncio.gather(*(_tell_one(lines, channel, message) for message in messages))


async def _tell_one(lines: Lines, channel: Channel, message: IncomingMessage) -> None:
    assert message.suspected is not None
    text = lines.say(FIRST_LINES[message.suspected], language_of(message.text or ""))
    recipient = Recipient(business_number=message.business_number, phone=message.phone, user_id=message.user_id)
    for pause in (*RETRY_AFTER, None):
        try:
            for part in channel.split(Reply(text=text, author=Author.SYSTEM)):
                await channel.send(recipient, part, str(uuid.uuid4()))
        except (SendFailed, SQLAlchemyError, OSError) as error:
            again = pause is not None and getattr(error, "failure", None) in _RETRIED
            log.error("danger_line_not_sent", channel=channel.name, error=str(error)[:80], again=again)
            if not again or pause is None:
                return
            await asyncio.sleep(pause)
        else:
            log.warning("danger_line_without_database", channel=channel.name)
            return
