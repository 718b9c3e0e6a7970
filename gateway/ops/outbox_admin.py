"""Operations, commands: the state of sending, and resuming suspended numbers."""

from collections.abc import Sequence

from gateway.conversations.models import SuspendedNumber
from gateway.core.config.settings import Settings
from gateway.core.database import Database
from gateway.outbox.suspension import ADVICE, WaitingReplies, resume, suspended_numbers, waiting_replies

REASONS = {
    "number_suspended": "until the number is started again",
    "number_rate": "for the number's rate limit",
    "pair_rate": "for the rate limit of one citizen",
    "retry": "for the next try after a failure",
    "status": "for a status that tells whether they went out",
    "its_turn": "for their turn",
}


async def describe_sending(settings: Settings) -> str:
    """Which numbers are suspended and why, and which replies wait for what, as text."""
    database = Database(settings.database_url)
    try:
        async with database.transaction() as session:
            return _sentences(await suspended_numbers(session), await waiting_replies(session))
    finally:
        await database.close()


async def resume_sending(settings: Settings, business_number: str | None) -> str:
    """Resume one suspended number, or all; the running gateway sends again within a second."""
    database = Database(settings.database_url)
    try:
        async with database.transaction() as session:
            numbers = await resume(session, business_number)
    finally:
        await database.close()
    return f"Sending again: {', '.join(numbers)}." if numbers else "No such number is stopped; nothing was changed."


def _sentences(suspended: Sequence[SuspendedNumber], waiting: Sequence[WaitingReplies]) -> str:
    lines = [
        f"{row.business_number} ({row.channel}) is stopped since {row.suspended_at:%Y-%m-%d %H:%M} UTC, "
        f"{row.failure}{'' if row.code is None else f' {row.code}'}: {ADVICE[row.failure]}. "
        f"Then: python -m gateway resume {row.business_number}"
        for row in suspended
    ]
    lines += [
        f"{each.business_number} ({each.channel}): {each.count} wait {REASONS.get(each.reason, each.reason)}."
        for each in waiting
    ]
    return "\n".join(lines) or "Every number sends and nothing waits."
