"""Station 5, the circuit breaker: a number with an error of access or policy stops until an operator has looked.

Its replies stay in the outbox, in order. Nothing starts it again by itself: a number that Meta suspects of spam
only makes it worse by trying.
"""

from dataclasses import dataclass

import structlog
from sqlalchemy import delete, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.channels.base import FailureClass
from gateway.conversations.models import Conversation, OutboxItem, StoppedNumber
from gateway.database import now

log = structlog.get_logger()

# What an operator should do, by the class of the failure.
ADVICE = {
    "auth": "the provider refuses our access: check the token, its permissions, the number's id and the API version",
    "policy": "the provider has restricted the number: read its notice (policy, spam, payment) before going on",
}


@dataclass(frozen=True)
class Waiting:
    """So many replies of a number wait, and for what."""

    channel: str
    business_number: str
    reason: str
    count: int


def place_of(channel: str, business_number: str) -> str:
    """One of our numbers, as one word for the buckets."""
    return f"{channel} {business_number}"


def channel_of(place: str) -> str:
    """The channel of a place."""
    return place.partition(" ")[0]


async def stop(session: AsyncSession, conversation: Conversation, failure: FailureClass, code: int | None) -> None:
    """Let a conversation's number send nothing more; says so once."""
    make = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    stopped = await session.execute(
        make(StoppedNumber)
        .values(
            channel=conversation.channel,
            business_number=conversation.business_number,
            failure=failure,
            code=code,
            stopped_at=now(),
        )
        .on_conflict_do_nothing()
        .returning(StoppedNumber.failure)
    )
    if stopped.scalar_one_or_none() is not None:
        log.error(
            "number_stopped", channel=conversation.channel, failure=failure, code=code, what_to_do=ADVICE[failure]
        )


async def stopped_numbers(session: AsyncSession) -> list[StoppedNumber]:
    """The numbers that send nothing now."""
    return list(await session.scalars(select(StoppedNumber).order_by(StoppedNumber.stopped_at)))


async def start_again(session: AsyncSession, business_number: str | None = None) -> list[str]:
    """Let one number, or all that are stopped, send again; returns which."""
    wanted = delete(StoppedNumber).returning(StoppedNumber.business_number)
    if business_number is not None:
        wanted = wanted.where(StoppedNumber.business_number == business_number)
    return sorted((await session.execute(wanted)).scalars())


async def what_waits(session: AsyncSession) -> list[Waiting]:
    """How many replies of which number wait for what; a stopped number is the reason for all of its own."""
    stopped = {(row.channel, row.business_number) for row in await stopped_numbers(session)}
    counted = await session.execute(
        select(Conversation.channel, Conversation.business_number, OutboxItem.waits_for, func.count())
        .join(Conversation, Conversation.id == OutboxItem.conversation_id)
        .where(OutboxItem.state.in_(("queued", "unknown")))
        .group_by(Conversation.channel, Conversation.business_number, OutboxItem.waits_for)
    )
    found: dict[tuple[str, str, str], int] = {}
    for channel, number, waits_for, count in counted:
        reason = "number_stopped" if (channel, number) in stopped else waits_for or "its_turn"
        found[channel, number, reason] = found.get((channel, number, reason), 0) + count
    return [Waiting(*key, count) for key, count in sorted(found.items())]
