"""Station 5, suspension: after an error of access or policy a number sends nothing until an operator resumes it.

Its replies stay in the outbox, in order. There is no automatic resumption: a number that Meta suspects of spam only
makes it worse by trying.
"""

from dataclasses import dataclass

import structlog
from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.conversations.kinds import ChannelName, FailureClass, OutboxState
from gateway.conversations.models import Conversation, OutboxItem, SuspendedNumber
from gateway.core.database import now, upsert

log = structlog.get_logger()

# What an operator should do, by the class of the failure.
ADVICE = {
    FailureClass.AUTH: "the provider refuses our access: check the token, its permissions, the number's id and the API "
    "version",
    FailureClass.POLICY: "the provider has restricted the number: read its message (policy, spam, payment) before "
    "going on",
}


@dataclass(frozen=True)
class WaitingReplies:
    """How many replies of a number wait, and for what."""

    channel: ChannelName
    business_number: str
    reason: str
    count: int


async def suspend(session: AsyncSession, conversation: Conversation, failure: FailureClass, code: int | None) -> None:
    """Suspend the sending of a conversation's number; logged once."""
    inserted = await session.execute(
        upsert(session, SuspendedNumber)
        .values(
            channel=conversation.channel,
            business_number=conversation.business_number,
            failure=failure,
            code=code,
            suspended_at=now(),
        )
        .on_conflict_do_nothing()
        .returning(SuspendedNumber.failure)
    )
    if inserted.scalar_one_or_none() is not None:
        log.error(
            "number_suspended", channel=conversation.channel, failure=failure, code=code, what_to_do=ADVICE[failure]
        )


async def suspended_numbers(session: AsyncSession) -> list[SuspendedNumber]:
    """The suspended numbers, the oldest suspension first."""
    return list(await session.scalars(select(SuspendedNumber).order_by(SuspendedNumber.suspended_at)))


async def resume(session: AsyncSession, business_number: str | None = None) -> list[str]:
    """Resume one number, or all suspended ones; returns which."""
    statement = delete(SuspendedNumber).returning(SuspendedNumber.business_number)
    if business_number is not None:
        statement = statement.where(SuspendedNumber.business_number == business_number)
    return sorted((await session.execute(statement)).scalars())


async def waiting_replies(session: AsyncSession) -> list[WaitingReplies]:
    """How many replies of which number wait for what; of a suspended number, all wait for its resumption."""
    suspended = {(row.channel, row.business_number) for row in await suspended_numbers(session)}
    counted = await session.execute(
        select(Conversation.channel, Conversation.business_number, OutboxItem.waits_for, func.count())
        .join(Conversation, Conversation.id == OutboxItem.conversation_id)
        .where(OutboxItem.state.in_((OutboxState.QUEUED, OutboxState.UNKNOWN)))
        .group_by(Conversation.channel, Conversation.business_number, OutboxItem.waits_for)
    )
    found: dict[tuple[ChannelName, str, str], int] = {}
    for channel, number, waits_for, count in counted:
        reason = "number_suspended" if (channel, number) in suspended else waits_for or "its_turn"
        found[channel, number, reason] = found.get((channel, number, reason), 0) + count
    return [WaitingReplies(*key, count) for key, count in sorted(found.items())]
