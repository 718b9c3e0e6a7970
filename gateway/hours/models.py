"""The tables of service hours."""

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import JSON, String, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from gateway.core.database import Base, RowNumber, UtcDateTime


class SavedHours(Base):
    """One version of the service hours; the newest is valid, the older ones are the history."""

    __tablename__ = "saved_hours"
    id: Mapped[int] = mapped_column(RowNumber, primary_key=True)
    document: Mapped[dict[str, Any]] = mapped_column(JSON)
    actor_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    actor_name: Mapped[str] = mapped_column(String(120))
    saved_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
