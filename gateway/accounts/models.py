"""The tables of accounts: people, their factors and sessions, sign-ins in progress, and the audit log.

Each person has a key, wrapped by `NEUVO_DATA_KEY`; names, sign-in names and secrets are encrypted with it.
"""

import datetime as dt
import uuid
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, LargeBinary, String, Text, UniqueConstraint, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from gateway.core.database import Base, RowNumber, UtcDateTime, enum_column
from gateway.core.locale import Language


class LoginPurpose(StrEnum):
    """What the state of a sign-in in progress is for."""

    FACTOR = "factor"
    ENROLMENT = "enrolment"
    NEW_FACTOR = "new_factor"
    PROVIDER = "provider"
    CHALLENGE = "challenge"


class Factor(StrEnum):
    """How a person proved who they are, in the audit log."""

    PASSKEY = "passkey"
    CODE = "code"
    PROVIDER = "provider"


class SignInFailure(StrEnum):
    """Why a sign-in failed, in the audit log."""

    PASSWORD = "password"  # noqa: S105  # not a secret
    TOO_MANY_TRIES = "too_many_tries"
    PASSKEY = "passkey"
    CODE = "code"
    TOO_MANY_CODES = "too_many_codes"
    PROVIDER = "provider"
    NO_ROLE = "no_role"
    ROLES_CLASH = "roles_clash"
    BLOCKED = "blocked"


class StaffPerson(Base):
    """A member of the staff who may sign in, with a password here or through the force's identity provider."""

    __tablename__ = "staff_person"
    id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True, default=uuid.uuid4)
    wrapped_key: Mapped[bytes] = mapped_column(LargeBinary)
    name_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    login_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    login_fingerprint: Mapped[bytes] = mapped_column(LargeBinary(16), unique=True)
    # Issuer and subject of the identity provider; such a person has no password here.
    subject_fingerprint: Mapped[bytes | None] = mapped_column(LargeBinary(16), unique=True)
    roles: Mapped[list[str]] = mapped_column(JSON, default=list)
    language: Mapped[Language] = mapped_column(enum_column(Language))
    password_hash: Mapped[str | None] = mapped_column(String(255))
    code_secret_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    code_step: Mapped[int] = mapped_column(BigInteger, default=0)  # the last time step whose code was used
    invitation_hash: Mapped[bytes | None] = mapped_column(LargeBinary(32), unique=True)
    invitation_ends_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    # What the second administrator tells the person, without which an invitation by two opens nothing.
    invitation_word_hash: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    sign_in_epoch: Mapped[int] = mapped_column(default=0)  # counted up when the limits of signing in begin anew
    # What happened to the account and its person has not confirmed: `[{"what": …, "at": …}]`.
    notices: Mapped[list[dict[str, str]]] = mapped_column(JSON, default=list)
    blocked_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    left_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)  # the name stays, for the log
    demonstration: Mapped[bool] = mapped_column(default=False)  # its secrets are public
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)


class Passkey(Base):
    """A WebAuthn credential of a person: a security key, phone or computer."""

    __tablename__ = "passkey"
    id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True, default=uuid.uuid4)
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("staff_person.id", ondelete="CASCADE"), index=True)
    credential_id: Mapped[bytes] = mapped_column(LargeBinary(1023), unique=True)  # WebAuthn: 1,023 bytes at most
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    sign_count: Mapped[int] = mapped_column(BigInteger, default=0)
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)


class StaffSession(Base):
    """The session of a signed-in browser; the cookie's token is stored as a hash only."""

    __tablename__ = "staff_session"
    id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True, default=uuid.uuid4)
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("staff_person.id", ondelete="CASCADE"), index=True)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    browser_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    device: Mapped[str] = mapped_column(String(64))  # "Firefox, Windows", for the person's own list
    provider_token_sealed: Mapped[bytes | None] = mapped_column(
        LargeBinary
    )  # the ID token, for signing out at the provider
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    proved_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)  # when a secret was last given
    seen_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    # While on duty a page of this session watches the queue, also locked: it does not end for want of use.
    watched_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    locked: Mapped[bool] = mapped_column(default=False)
    ends_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, index=True)


class LoginFlowStep(Base):
    """The state of a sign-in or enrolment in progress, encrypted with an inbox key; see `login_flow`."""

    __tablename__ = "login_flow_step"
    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    purpose: Mapped[LoginPurpose] = mapped_column(enum_column(LoginPurpose))
    person_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("staff_person.id", ondelete="CASCADE"), index=True)
    key_id: Mapped[int]
    content_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    expires_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, index=True)


class LoginLimit(Base):
    """Recent attempts for an account, factor, address or code, and until when further ones are refused."""

    __tablename__ = "login_limit"
    key_fingerprint: Mapped[bytes] = mapped_column(LargeBinary(16), primary_key=True)
    attempts: Mapped[int]
    attempted_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, index=True)
    blocked_until: Mapped[dt.datetime] = mapped_column(UtcDateTime)


class ApprovalKind(StrEnum):
    """What one person asks for and another decides."""

    INVITE = "invite"
    ROLES = "roles"
    RESET = "reset"
    AUDIT_EXPORT = "audit_export"
    TRANSCRIPT = "transcript"


class Approval(Base):
    """Something that one person has asked for and another approves or refuses before it happens."""

    __tablename__ = "approval"
    id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True, default=uuid.uuid4)
    kind: Mapped[ApprovalKind] = mapped_column(enum_column(ApprovalKind))
    asked_by: Mapped[uuid.UUID] = mapped_column(Uuid)
    person_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("staff_person.id", ondelete="CASCADE"), index=True)
    conversation_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("conversation.id", ondelete="CASCADE"), index=True
    )
    content: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    asked_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, index=True)
    decided_by: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    approved: Mapped[bool] = mapped_column(default=False)
    used_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)


class AuditEntry(Base):
    """One recorded action; rows are only inserted, which database triggers enforce."""

    __tablename__ = "audit_entry"
    __table_args__ = (UniqueConstraint("hash"),)
    number: Mapped[int] = mapped_column(RowNumber, primary_key=True, autoincrement=False)
    at: Mapped[dt.datetime] = mapped_column(UtcDateTime, index=True)
    actor: Mapped[str] = mapped_column(String(64), index=True)  # a person's id, or a name such as "operator"
    action: Mapped[str] = mapped_column(String(48), index=True)
    subject: Mapped[str] = mapped_column(String(128))
    details: Mapped[str] = mapped_column(Text)  # canonical JSON, exactly as it was hashed
    previous_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    hash: Mapped[bytes] = mapped_column(LargeBinary(32))


class AuditHead(Base):
    """The number and hash of the last entry: one row, locked by each append, so that there is one chain.

    A second row names the last entry that was deleted when its time was over: there the chain begins.
    """

    __tablename__ = "audit_head"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(RowNumber)
    hash: Mapped[bytes] = mapped_column(LargeBinary(32))
