"""Under doors: what editors made."""

import datetime as dt
import uuid

from sqlalchemy import BigInteger, Integer, String, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from gateway.database import Base, UtcDateTime


class Door(Base):
    """One place where citizens find the service. Never deleted: what was printed hangs on, and is counted."""

    __tablename__ = "door"
    # SQLite counts rows by itself only in an INTEGER key.
    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    code: Mapped[str] = mapped_column(String(4), unique=True)  # all that a link says of it
    name: Mapped[str] = mapped_column(String(60))  # for the staff; in no link and on no poster
    kind: Mapped[str] = mapped_column(String(16))  # profile, story, wall, campaign
    actor_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    actor_name: Mapped[str] = mapped_column(String(120))
    made_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    put_away_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)  # no longer offered to the staff
