"""Under accounts: the tables of people, their factors and sessions, sign-ins under way, and the audit log.

Each person has a key of their own, wrapped by `NEUVO_DATA_KEY`; names, sign-in names and secrets are sealed with it.
"""

import datetime as dt
import uuid

from sqlalchemy import JSON, BigInteger, ForeignKey, Integer, LargeBinary, String, Text, UniqueConstraint, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from gateway.database import Base, UtcDateTime

# SQLite counts rows by itself only in an INTEGER key.
_RowNumber = BigInteger().with_variant(Integer, "sqlite")


class StaffPerson(Base):
    """Somebody of the force who may sign in, with a password here or through the force's identity provider."""

    __tablename__ = "staff_person"
    id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True, default=uuid.uuid4)
    wrapped_key: Mapped[bytes] = mapped_column(LargeBinary)
    name_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    login_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    login_fingerprint: Mapped[bytes] = mapped_column(LargeBinary(16), unique=True)
    # Issuer and subject of the identity provider; such a person has no password here.
    subject_fingerprint: Mapped[bytes | None] = mapped_column(LargeBinary(16), unique=True)
    roles: Mapped[list[str]] = mapped_column(JSON, default=list)
    language: Mapped[str] = mapped_column(String(2))
    password_hash: Mapped[str | None] = mapped_column(String(255))
    code_secret_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    code_step: Mapped[int] = mapped_column(BigInteger, default=0)  # the last time step whose code was used
    invitation_hash: Mapped[bytes | None] = mapped_column(LargeBinary(32), unique=True)
    invitation_ends_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    blocked_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    demonstration: Mapped[bool] = mapped_column(default=False)  # its secrets are known to everybody
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)


class Passkey(Base):
    """A security key, telephone or computer with which a person proves to be there (WebAuthn)."""

    __tablename__ = "passkey"
    id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True, default=uuid.uuid4)
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("staff_person.id", ondelete="CASCADE"), index=True)
    credential_id: Mapped[bytes] = mapped_column(LargeBinary(1023), unique=True)  # WebAuthn: 1,023 bytes at most
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    sign_count: Mapped[int] = mapped_column(BigInteger, default=0)
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)


class StaffSession(Base):
    """A browser that is signed in; the cookie's token is kept as a hash only."""

    __tablename__ = "staff_session"
    id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True, default=uuid.uuid4)
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("staff_person.id", ondelete="CASCADE"), index=True)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    browser_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    device: Mapped[str] = mapped_column(String(64))  # "Firefox, Windows", for the person's own list
    provider_token_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)  # the ID token, for signing out there
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    proved_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)  # when a secret was last asked for and given
    seen_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    locked: Mapped[bool] = mapped_column(default=False)
    ends_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, index=True)


class SignInStep(Base):
    """A sign-in or enrolment under way: what was proved so far, sealed under an inbox key, for some minutes."""

    __tablename__ = "sign_in_step"
    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    purpose: Mapped[str] = mapped_column(String(16))  # factor, enrolment, provider, challenge
    person_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("staff_person.id", ondelete="CASCADE"), index=True)
    key_id: Mapped[int]
    content_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    ends_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, index=True)


class SignInThrottle(Base):
    """How often a sign-in name or an address was tried lately, and until when it must wait."""

    __tablename__ = "sign_in_throttle"
    key_fingerprint: Mapped[bytes] = mapped_column(LargeBinary(16), primary_key=True)
    tries: Mapped[int]
    tried_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, index=True)
    waits_until: Mapped[dt.datetime] = mapped_column(UtcDateTime)


class AuditEntry(Base):
    """One thing that somebody did; rows are added and never changed, which triggers of the database enforce."""

    __tablename__ = "audit_entry"
    __table_args__ = (UniqueConstraint("hash"),)
    number: Mapped[int] = mapped_column(_RowNumber, primary_key=True, autoincrement=False)
    at: Mapped[dt.datetime] = mapped_column(UtcDateTime, index=True)
    actor: Mapped[str] = mapped_column(String(64), index=True)  # a person's id, or a name such as "operator"
    action: Mapped[str] = mapped_column(String(48), index=True)
    subject: Mapped[str] = mapped_column(String(128))
    details: Mapped[str] = mapped_column(Text)  # canonical JSON, exactly as it was hashed
    previous_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    hash: Mapped[bytes] = mapped_column(LargeBinary(32))


class AuditHead(Base):
    """The last entry's number and hash: one row, locked by whoever appends, so that there is one chain."""

    __tablename__ = "audit_head"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(_RowNumber)
    hash: Mapped[bytes] = mapped_column(LargeBinary(32))
