"""Handover, teams: the tables of teams and areas, of what each officer can do, and of kept views of the queue."""

import datetime as dt
import uuid

from sqlalchemy import JSON, ForeignKey, String, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from gateway.conversations.kinds import ChannelName
from gateway.core.database import Base, UtcDateTime, enum_column
from gateway.core.locale import Language

MAX_NAME = 60


def _person() -> Mapped[uuid.UUID]:
    return mapped_column(ForeignKey("staff_person.id", ondelete="CASCADE"), primary_key=True)


class Area(Base):
    """A part of the town, and what tells that a conversation is of it: places that are named, links that hang there."""

    __tablename__ = "area"
    id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True, default=uuid.uuid4)
    name: Mapped[str] = mapped_column(String(MAX_NAME), unique=True)
    places: Mapped[list[str]] = mapped_column(JSON, default=list)  # beginnings of words
    codes: Mapped[list[str]] = mapped_column(JSON, default=list)  # of referral links
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)


class Team(Base):
    """Officers who answer some of the conversations; an empty list of languages, skills or areas takes all of them."""

    __tablename__ = "team"
    id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True, default=uuid.uuid4)
    name: Mapped[str] = mapped_column(String(MAX_NAME), unique=True)
    languages: Mapped[list[str]] = mapped_column(JSON, default=list)
    skills: Mapped[list[str]] = mapped_column(JSON, default=list)  # groups of topics
    areas: Mapped[list[str]] = mapped_column(JSON, default=list)  # ids of `Area`
    assigns: Mapped[bool] = mapped_column(default=False)  # by itself, to members on duty
    answer_minutes: Mapped[int] = mapped_column(default=30)  # the target for the first reply, within the service hours
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)


class TeamMember(Base):
    """An officer of a team."""

    __tablename__ = "team_member"
    team_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("team.id", ondelete="CASCADE"), primary_key=True)
    person_id: Mapped[uuid.UUID] = _person()


class OfficerProfile(Base):
    """What an officer can take: an empty list is all."""

    __tablename__ = "officer_profile"
    person_id: Mapped[uuid.UUID] = _person()
    languages: Mapped[list[str]] = mapped_column(JSON, default=list)
    skills: Mapped[list[str]] = mapped_column(JSON, default=list)
    areas: Mapped[list[str]] = mapped_column(JSON, default=list)  # ids of `Area`
    most: Mapped[int] = mapped_column(default=5)  # conversations at a time, of those that are assigned


class SavedView(Base):
    """A choice of the queue's rows that an officer has given a name."""

    __tablename__ = "saved_view"
    id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True, default=uuid.uuid4)
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("staff_person.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(MAX_NAME))
    language: Mapped[Language | None] = mapped_column(enum_column(Language))
    channel: Mapped[ChannelName | None] = mapped_column(enum_column(ChannelName))
    skill: Mapped[str | None] = mapped_column(String(32))
    team_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("team.id", ondelete="CASCADE"))
    area_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("area.id", ondelete="CASCADE"))
    for_me: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
