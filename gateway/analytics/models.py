"""Analytics, the tables: counts per day. No row refers to a person, conversation or time, so they outlive all three."""

import datetime as dt
from enum import StrEnum

from sqlalchemy import Date, String
from sqlalchemy.orm import Mapped, mapped_column

from gateway.core.database import Base, RowNumber, enum_column


class Measure(StrEnum):
    """What is counted; a cell is a measure and a part of it (see `counts`)."""

    PEOPLE = "people"
    MESSAGES = "messages"
    CHANNEL = "channel"
    LANGUAGE = "language"
    OUTCOME = "outcome"
    HANDED_OVER = "handed_over"
    FIRST_WORD = "first_word"
    TOPIC = "topic"
    MISS = "miss"
    DANGER = "danger"
    SCAM = "scam"
    HELPFULNESS = "helpfulness"
    OFFICER_HELPFULNESS = "officer_helpfulness"
    REFERRAL = "referral"
    SOURCE = "source"
    ANSWER_ASKED = "answer_asked"
    ANSWER_HELPED = "answer_helped"
    ANSWER_NOT_HELPED = "answer_not_helped"
    ANSWER_MISSED = "answer_missed"
    ANSWER_HANDED_OVER = "answer_handed_over"
    ANSWER_LEFT = "answer_left"


class Verdict(StrEnum):
    """What a citizen said of an answer, or of a talk with an officer; `WRONG_GUESS`: it was about something else."""

    HELPED = "helped"
    NOT_HELPED = "not_helped"
    WRONG_GUESS = "wrong_guess"


class CountIncrement(Base):
    """What one transaction counted; added to `DailyCount` within seconds and deleted.

    An insert takes no lock, whereas many turns that update one counter would wait for each other.
    """

    __tablename__ = "count_increment"
    id: Mapped[int] = mapped_column(RowNumber, primary_key=True)
    day: Mapped[dt.date] = mapped_column(Date)
    measure: Mapped[Measure] = mapped_column(enum_column(Measure))
    part: Mapped[str] = mapped_column(String(64))
    count: Mapped[int]


class DailyCount(Base):
    """The exact count of a cell on one day (Finnish time); people see only what `rounding` makes of it."""

    __tablename__ = "daily_count"
    day: Mapped[dt.date] = mapped_column(Date, primary_key=True)
    measure: Mapped[Measure] = mapped_column(enum_column(Measure), primary_key=True)
    part: Mapped[str] = mapped_column(String(64), primary_key=True)
    count: Mapped[int]


class TopicFeedback(Base):
    """How often an answer helped, did not help or was the wrong one. Counts only, of no conversation."""

    __tablename__ = "topic_feedback"
    topic: Mapped[str] = mapped_column(String(64), primary_key=True)
    language: Mapped[str] = mapped_column(String(2), primary_key=True)
    verdict: Mapped[Verdict] = mapped_column(enum_column(Verdict), primary_key=True)
    day: Mapped[dt.date] = mapped_column(Date, primary_key=True)
    count: Mapped[int]
