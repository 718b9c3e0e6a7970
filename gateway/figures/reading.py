"""Figures, from the tables: the told days of a span. Nothing else reads the exact counts."""

import datetime as dt

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.figures.models import FigureCount
from gateway.figures.telling import Told, tell


async def read(session: AsyncSession, first: dt.date, last: dt.date) -> Told:
    """What may be told of these days, both included."""
    before = await session.execute(
        select(FigureCount.measure, FigureCount.part, func.sum(FigureCount.count))
        .where(FigureCount.day < first)
        .group_by(FigureCount.measure, FigureCount.part)
    )
    days = await session.execute(
        select(FigureCount.day, FigureCount.measure, FigureCount.part, FigureCount.count)
        .where(FigureCount.day >= first, FigureCount.day <= last)
        .order_by(FigureCount.day)
    )
    sums = {(measure, part): int(count) for measure, part, count in before}
    return Told(first, last, tell(sums, [(day, (measure, part), count) for day, measure, part, count in days]))


async def first_day(session: AsyncSession) -> dt.date | None:
    """The first day of which anything is known."""
    found: dt.date | None = await session.scalar(select(func.min(FigureCount.day)))
    return found
