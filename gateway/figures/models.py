"""Under figures: counts of days. No row leads to a person, a talk or a moment, so they outlive all three."""

import datetime as dt

from sqlalchemy import BigInteger, Date, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from gateway.database import Base


class FigureTally(Base):
    """What a transaction of the road counted; folded into `FigureCount` within seconds and deleted.

    Adding a row waits for nobody, whereas a hundred turns that raise one counter would wait for each other.
    """

    __tablename__ = "figure_tally"
    # SQLite counts rows by itself only in an INTEGER key.
    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    day: Mapped[dt.date] = mapped_column(Date)
    measure: Mapped[str] = mapped_column(String(16))
    part: Mapped[str] = mapped_column(String(64))
    count: Mapped[int]


class FigureCount(Base):
    """How many on one day (Finnish time). The exact numbers: what people see goes through `telling.py`."""

    __tablename__ = "figure_count"
    day: Mapped[dt.date] = mapped_column(Date, primary_key=True)
    measure: Mapped[str] = mapped_column(String(16), primary_key=True)  # see `counting.py`
    part: Mapped[str] = mapped_column(String(64), primary_key=True)
    count: Mapped[int]
