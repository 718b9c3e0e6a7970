"""The tables of handover: the queue, shifts, presence, openings, drafts and labels.

Notes are in `notes.py`, where the code that sends cannot import them.
"""

import datetime as dt
import uuid
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column

from gateway.analytics.models import Verdict
from gateway.conversations.kinds import Danger, HandoverReason, QueueRank
from gateway.core.database import Base, UtcDateTime, enum_column, now
from gateway.core.locale import Language

_OPEN = text("resolved_at IS NULL")
_ON_DUTY = text("ended_at IS NULL")


class ShiftEnd(StrEnum):
    """Why a shift ended: by the officer, or because no page of theirs sent a heartbeat, or nobody answered an alarm."""

    ENDED = "ended"
    LOST = "lost"
    UNANSWERED = "unanswered"


class AlertKind(StrEnum):
    """What one officer must hear of: a conversation came, was taken, is due or is theirs to take; or a shift ended."""

    HANDED = "handed"
    TAKEN = "taken"
    OFF_DUTY = "off_duty"
    FOLLOW_UP = "follow_up"
    ASSIGNED = "assigned"


class OpeningGround(StrEnum):
    """Why somebody of the staff reads a conversation.

    The first three follow from the conversation itself; one of the others is chosen before it is shown.
    """

    OWN = "own"
    ANSWERED = "answered"  # had it within the working day
    WAITING = "waiting"
    DANGER = "danger"
    COLLEAGUE = "colleague"
    SAME_CITIZEN = "same_citizen"
    SUPERVISION = "supervision"
    COMPLAINT = "complaint"
    AUTHORITY = "authority"


CHOSEN_GROUNDS = frozenset(OpeningGround) - {OpeningGround.OWN, OpeningGround.ANSWERED, OpeningGround.WAITING}


def _conversation(*, primary_key: bool = False) -> Mapped[uuid.UUID]:
    return mapped_column(ForeignKey("conversation.id", ondelete="CASCADE"), primary_key=primary_key)


class QueueEntry(Base):
    """One conversation that needs or has an officer; at most one open entry for each.

    It is open from the request until the bot has the conversation again or it is closed, so that the waiting time
    continues when the officer changes.
    """

    __tablename__ = "queue_entry"
    __table_args__ = (
        Index("ix_queue_entry_open", "rank", "waiting_since", sqlite_where=_OPEN, postgresql_where=_OPEN),
        Index("uq_queue_entry_open", "conversation_id", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
    )
    id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True, default=uuid.uuid4)
    conversation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("conversation.id", ondelete="CASCADE"), index=True)
    reason: Mapped[HandoverReason] = mapped_column(enum_column(HandoverReason))
    urgency: Mapped[Danger | None] = mapped_column(enum_column(Danger))
    rank: Mapped[QueueRank] = mapped_column(enum_column(QueueRank), default=QueueRank.OTHER)
    topic: Mapped[str | None] = mapped_column(String(64))
    language: Mapped[Language | None] = mapped_column(enum_column(Language))
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    queued_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)  # when it last entered the queue
    # The first message that no officer has answered; None while nobody waits.
    waiting_since: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    # The first message with danger that neither 112 nor an officer has answered.
    danger_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    reassured_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)  # told that the request still waits
    # When they, silent past the reply window, were last invited to write again, or the gate did not let it.
    invited_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    # An answered conversation rests until then, and is a follow-up after it.
    snoozed_until: Mapped[dt.datetime | None] = mapped_column(UtcDateTime, index=True)
    # When its alarm last began anew, and whether it has gone to the supervisors, and to browsers as a push, since.
    alarmed_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=now)
    escalated_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    pushed_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    resolved_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    # Whose it is to take: a team, and an officer who is asked, which binds nobody.
    team_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("team.id", ondelete="SET NULL"))
    # The part of the town it is of, and the newest message that was read for it.
    area_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("area.id", ondelete="SET NULL"))
    area_read: Mapped[int | None]
    assigned_to: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    assigned_name: Mapped[str | None] = mapped_column(String(120))
    assigned_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    first_reply_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    # What the citizen said of it afterwards, when they were asked.
    verdict: Mapped[Verdict | None] = mapped_column(enum_column(Verdict))

    def alarm(self, at: dt.datetime) -> None:
        """Alarm officers anew: it came into the queue, came back into it, or became more urgent."""
        self.alarmed_at, self.escalated_at, self.pushed_at = at, None, None


class OfficerShift(Base):
    """An officer on duty; `seen_at` is the last heartbeat of a page of theirs, `acted_at` their own last press."""

    __tablename__ = "officer_shift"
    __table_args__ = (
        Index("uq_officer_shift_open", "officer_id", unique=True, sqlite_where=_ON_DUTY, postgresql_where=_ON_DUTY),
    )
    id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True, default=uuid.uuid4)
    officer_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    officer_name: Mapped[str] = mapped_column(String(120))
    started_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    seen_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    acted_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    end_reason: Mapped[ShiftEnd | None] = mapped_column(enum_column(ShiftEnd))


class OfficerAlert(Base):
    """Something that one officer must hear of; it counts until they have seen it, or for `alarms.ALERT_LIFETIME`."""

    __tablename__ = "officer_alert"
    __table_args__ = (Index("ix_officer_alert_officer", "officer_id", "created_at"),)
    id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True, default=uuid.uuid4)
    officer_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    kind: Mapped[AlertKind] = mapped_column(enum_column(AlertKind))
    conversation_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("conversation.id", ondelete="CASCADE"), index=True
    )
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    seen_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)


class PushSubscription(Base):
    """A browser of a person that is alarmed with no page open; its address is sealed with the person's key."""

    __tablename__ = "push_subscription"
    id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True, default=uuid.uuid4)
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("staff_person.id", ondelete="CASCADE"), index=True)
    endpoint_hash: Mapped[bytes] = mapped_column(LargeBinary(16), unique=True)
    address_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    on_call: Mapped[bool] = mapped_column(default=False)  # also while off duty, by danger and by what nobody has taken
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    # Since when its push service does not know it: it is kept for a while, as the browser may be about to renew it.
    gone_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)


class ConversationPresence(Base):
    """An officer who has a conversation open; a row counts for `presence.PRESENCE_LIFETIME`."""

    __tablename__ = "conversation_presence"
    conversation_id: Mapped[uuid.UUID] = _conversation(primary_key=True)
    officer_id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True)
    officer_name: Mapped[str] = mapped_column(String(120))
    seen_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, index=True)
    typing_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    shown_to_citizen_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)


class ConversationOpening(Base):
    """A session that has a conversation open, and on which ground; it counts for `openings.LIFETIME`."""

    __tablename__ = "conversation_opening"
    session_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("staff_session.id", ondelete="CASCADE"), primary_key=True)
    conversation_id: Mapped[uuid.UUID] = _conversation(primary_key=True)
    ground: Mapped[OpeningGround] = mapped_column(enum_column(OpeningGround))
    opened_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, index=True)


class ShownList(Base):
    """The hash of the conversations that a list last showed in a session, so that it is logged when it changes."""

    __tablename__ = "shown_list"
    session_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("staff_session.id", ondelete="CASCADE"), primary_key=True)
    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    shown_hash: Mapped[bytes] = mapped_column(LargeBinary(16))


class ReplyDraft(Base):
    """The unsent reply of an officer in one conversation; a finished one may wait for the citizen to write."""

    __tablename__ = "reply_draft"
    conversation_id: Mapped[uuid.UUID] = _conversation(primary_key=True)
    officer_id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True)
    text_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    # Behind a template that says so: it goes out when the citizen has written, and opened the window again.
    goes_when_open: Mapped[bool] = mapped_column(default=False)
    updated_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)


class OwnAnswer(Base):
    """A ready answer that one officer has written for themselves, sealed with the person's key."""

    __tablename__ = "own_answer"
    id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True, default=uuid.uuid4)
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("staff_person.id", ondelete="CASCADE"), index=True)
    language: Mapped[Language] = mapped_column(enum_column(Language))
    content_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    updated_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)


class ConversationLabel(Base):
    """A label by which officers find conversations; one of `data/labels.yml`."""

    __tablename__ = "conversation_label"
    conversation_id: Mapped[uuid.UUID] = _conversation(primary_key=True)
    label: Mapped[str] = mapped_column(String(32), primary_key=True, index=True)
    officer_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
