"""Referrals, the table: the links that editors created."""

import datetime as dt
import uuid
from enum import StrEnum

from sqlalchemy import String, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from gateway.core.database import Base, RowNumber, UtcDateTime, enum_column


class LinkKind(StrEnum):
    """Where a link stands: a profile or story of social media, a wall, or a campaign."""

    PROFILE = "profile"
    STORY = "story"
    WALL = "wall"
    CAMPAIGN = "campaign"


class ReferralLink(Base):
    """A link under which citizens find the service. Never deleted: printed codes must go on working."""

    __tablename__ = "referral_link"
    id: Mapped[int] = mapped_column(RowNumber, primary_key=True)
    code: Mapped[str] = mapped_column(String(4), unique=True)  # all that a link says of it
    name: Mapped[str] = mapped_column(String(60))  # for the staff; in no link and on no poster
    kind: Mapped[LinkKind] = mapped_column(enum_column(LinkKind))
    actor_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    actor_name: Mapped[str] = mapped_column(String(120))
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    retired_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)  # since then in the list of retired links
