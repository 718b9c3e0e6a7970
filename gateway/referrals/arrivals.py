"""Referrals, arrivals (inbox station): finds the referral code of a message and counts the citizen for that link.

A conversation counts for its first referral link, and a citizen at most once a day per link, as in every cell of the
analytics. Only the code is stored, with the conversation and for as long.
"""

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.analytics.models import Measure
from gateway.conversations.events import CitizenArrived
from gateway.conversations.messages import IncomingMessage
from gateway.conversations.models import Conversation
from gateway.core.events import publish
from gateway.core.locale import midnight
from gateway.referrals.codes import find_code, parse_code
from gateway.referrals.models import ReferralLink


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
