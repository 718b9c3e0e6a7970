"""Under hours: what was saved in the console."""

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import JSON, BigInteger, Integer, String, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from gateway.database import Base, UtcDateTime


class SavedHours(Base):
    """One version of the service hours; the newest holds, the older ones say who changed what and when."""

    __tablename__ = "saved_hours"
    # SQLite counts rows by itself only in an INTEGER key.
    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    document: Mapped[dict[str, Any]] = mapped_column(JSON)
    actor_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    actor_name: Mapped[str] = mapped_column(String(120))
    saved_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
