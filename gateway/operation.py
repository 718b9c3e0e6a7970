"""Beside the road: what an operator asks and orders from the command line about sending."""

from collections.abc import Sequence

from gateway.conversations.breaker import ADVICE, Waiting, start_again, stopped_numbers, what_waits
from gateway.conversations.models import StoppedNumber
from gateway.database import Database
from gateway.settings import Settings

REASONS = {
    "number_stopped": "until the number is started again",
    "number_rate": "for the number's rate limit",
    "pair_rate": "for the rate limit of one citizen",
    "retry": "for the next try after a failure",
    "status": "for a status that tells whether they went out",
    "its_turn": "for their turn",
}


async def describe_sending(settings: Settings) -> str:
    """Which numbers are stopped and why, and what waits for what, in sentences."""
    database = Database(settings.database_url)
    try:
        async with database.transaction() as session:
            return _sentences(await stopped_numbers(session), await what_waits(session))
    finally:
        await database.close()


async def resume_sending(settings: Settings, business_number: str | None) -> str:
    """Let one number, or all that are stopped, send again; the running gateway notices within a second."""
    database = Database(settings.database_url)
    try:
        async with database.transaction() as session:
            numbers = await start_again(session, business_number)
    finally:
        await database.close()
    return f"Sending again: {', '.join(numbers)}." if numbers else "No such number is stopped; nothing was changed."


def _sentences(stopped: Sequence[StoppedNumber], waiting: Sequence[Waiting]) -> str:
    lines = [
        f"{row.business_number} ({row.channel}) is stopped since {row.stopped_at:%Y-%m-%d %H:%M} UTC, "
        f"{row.failure}{'' if row.code is None else f' {row.code}'}: {ADVICE[row.failure]}. "
        f"Then: python -m gateway resume {row.business_number}"
        for row in stopped
    ]
    lines += [
        f"{each.business_number} ({each.channel}): {each.count} wait {REASONS.get(each.reason, each.reason)}."
        for each in waiting
    ]
    return "\n".join(lines) or "Every number sends and nothing waits."
