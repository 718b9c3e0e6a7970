"""Referrals, codes (inbox station): how they are made, how one is found in a message, and whom it brought.

A WhatsApp link can carry only a prefilled message, so there the code is part of its text: "Hei! (ovi K7Q2)". Other
platforms transmit it beside the message. A conversation counts for its first referral link, and a citizen at most once
a day per link, as in every cell of the analytics. Only the code is stored, with the conversation and for as long.
"""

import re
import secrets
from dataclasses import dataclass

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.analytics.models import Measure
from gateway.conversations.events import CitizenArrived
from gateway.conversations.messages import IncomingMessage
from gateway.conversations.models import Conversation
from gateway.core.events import publish
from gateway.core.locale import midnight
from gateway.referrals.models import ReferralLink

LENGTH = 4
# No vowels, so that no code is a word; no characters that are confused in print (0 O, 1 I L).
ALPHABET = "23456789BCDFGHJKMNPQRSTVWXZ"
_CODE = re.compile(f"[{ALPHABET}]{{{LENGTH}}}")
# The prefilled message of each language: its greeting, which remains for the bot, and the word before the code.
_GREETINGS = {"fi": ("Hei!", "ovi"), "sv": ("Hej!", "dörr"), "en": ("Hello!", "door")}
_BY_WORD = {word: greeting for greeting, word in _GREETINGS.values()}
# ASCII case folding only: Unicode's would accept a long s for s and a dotless i for i.
_IN_WORDS = re.compile(rf"\s*\((ovi|d[öÖ]rr|door):? ({_CODE.pattern})\)", re.IGNORECASE | re.ASCII)


def random_code() -> str:
    """A random code, which reveals nothing about the link."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def parse_code(text: str | None) -> str | None:
    """The code in upper case, or None where the text is not a well-formed code."""
    wanted = (text or "").upper()
    return wanted if (text or "").isascii() and _CODE.fullmatch(wanted) else None


def prefilled_text(language: str, code: str) -> str:
    """The prefilled message of a WhatsApp link."""
    greeting, word = _GREETINGS[language]
    return f"{greeting} ({word} {code})"


@dataclass(frozen=True)
class FoundCode:
    """The referral code that a message contains, and its text without the code."""

    code: str
    text: str


def find_code(text: str | None) -> FoundCode | None:
    """The code in a message and the text without it, or None; a message that was only a code becomes the greeting."""
    found = _IN_WORDS.search(text or "")
    if text is None or found is None:
        return None
    rest = f"{text[: found.start()]}{text[found.end() :]}".strip()
    return FoundCode(found.group(2).upper(), rest or _BY_WORD[found.group(1).lower()])


async def is_referral_code(session: AsyncSession, code: str | None) -> bool:
    """Whether a referral link has this code."""
    return code is not None and await session.scalar(select(exists().where(ReferralLink.code == code))) is True


async def extract_referral(session: AsyncSession, message: IncomingMessage) -> IncomingMessage:
    """The message without a prefilled referral code, which becomes its `referral`.

    Only the code of an existing link is removed: "(door 2345)" may be what somebody has to tell.
    """
    found = find_code(message.text)
    if found is None or not await is_referral_code(session, found.code):
        return message
    return message.model_copy(update={"text": found.text, "referral": found.code})


async def record_arrival(session: AsyncSession, conversation: Conversation, referral: str | None) -> None:
    """Store by which link of ours a citizen came, and publish `CitizenArrived` where that is not counted yet.

    Whoever makes a link decides what stands in it: words that are no code of ours are not kept.
    """
    code = parse_code(referral)
    if code is None or not await is_referral_code(session, code):
        return
    before, conversation.referral = conversation.referral, code
    if before is not None:
        return
    if not await _counted_today(session, conversation, code):
        await publish(session, CitizenArrived(Measure.REFERRAL, code))


async def _counted_today(session: AsyncSession, conversation: Conversation, code: str) -> bool:
    other_conversation = exists().where(
        Conversation.contact_id == conversation.contact_id,
        Conversation.id != conversation.id,
        Conversation.referral == code,
        Conversation.last_citizen_message_at >= midnight(),
    )
    return await session.scalar(select(other_conversation)) is True
