"""Analytics, queries: the rounded counts of a span of days. Nothing else reads the exact counts."""

import datetime as dt

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.analytics.models import DailyCount
from gateway.analytics.rounding import RoundedCounts, round_counts


async def rounded_counts(session: AsyncSession, first: dt.date, last: dt.date) -> RoundedCounts:
    """The rounded counts of these days, both included."""
    before = await session.execute(
        select(DailyCount.measure, DailyCount.part, func.sum(DailyCount.count))
        .where(DailyCount.day < first)
        .group_by(DailyCount.measure, DailyCount.part)
    )
    days = await session.execute(
        select(DailyCount.day, DailyCount.measure, DailyCount.part, DailyCount.count)
        .where(DailyCount.day >= first, DailyCount.day <= last)
        .order_by(DailyCount.day)
    )
    sums = {(measure, part): int(count) for measure, part, count in before}
    return RoundedCounts(
        first, last, round_counts(sums, [(day, (measure, part), count) for day, measure, part, count in days])
    )


async def first_day(session: AsyncSession) -> dt.date | None:
    """The first day of which anything is known."""
    found: dt.date | None = await session.scalar(select(func.min(DailyCount.day)))
    return found
