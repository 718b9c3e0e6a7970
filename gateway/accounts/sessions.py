"""Accounts: server-side sessions. The browser holds a random token, the database its hash.

A session ends after a working day or a long idle time, locks after minutes without use, and is bound to the browser in
which it began.
"""

import datetime as dt
import hashlib
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

from fastapi import Request, Response
from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.accounts import audit, tokens
from gateway.accounts.models import LoginFlowStep, LoginLimit, StaffPerson, StaffSession
from gateway.accounts.people import open_name
from gateway.core.config.settings import Settings
from gateway.core.context import Context
from gateway.core.database import now
from gateway.core.locale import Language

# `seen_at` is not written at every request.
TOUCH_INTERVAL = dt.timedelta(seconds=30)
_NAMES = (("Edg/", "Edge"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
_SYSTEMS = (("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"), ("Mac OS", "macOS"))


class SessionEnd(StrEnum):
    """Why a session ended, in the audit log."""

    EXPIRED = "expired"
    ANOTHER_BROWSER = "another_browser"
    BLOCKED = "blocked"
    BY_PERSON = "by_person"


class SessionState(StrEnum):
    """What a session still allows: everything, or, while it is locked, to hear alarms and to be unlocked."""

    OPEN = "open"
    LOCKED = "locked"
    OVER = "over"


@dataclass(frozen=True)
class CurrentSession:
    """The session of a request, and its person."""

    id: uuid.UUID
    token: str
    person_id: uuid.UUID
    name: str
    roles: tuple[str, ...]
    language: Language
    locked: bool
    fresh: bool
    notices: tuple[Mapping[str, str], ...] = ()


def cookie_name(settings: Settings) -> str:
    """`__Host-`: the browser accepts such a cookie only over TLS, for this host and every path."""
    return "__Host-neuvo_session" if settings.secure_cookies else "neuvo_session"


def set_cookie(response: Response, settings: Settings, name: str, token: str, seconds: int | None = None) -> None:
    """Set an HttpOnly cookie. Lax, because the identity provider redirects back from another site."""
    response.set_cookie(
        name, token, max_age=seconds, path="/", secure=settings.secure_cookies, httponly=True, samesite="lax"
    )


def drop_cookie(response: Response, settings: Settings, name: str) -> None:
    """Delete a cookie of the browser."""
    response.delete_cookie(name, path="/", secure=settings.secure_cookies, httponly=True, samesite="lax")


def browser_hash(request: Request) -> bytes:
    """The hash of the user agent, to which a session is bound: a stolen cookie in another browser ends it."""
    return hashlib.sha256(request.headers.get("user-agent", "").encode()).digest()


def device(request: Request) -> str:
    """Browser and operating system, for the list of sessions."""
    agent = request.headers.get("user-agent", "")
    parts = [next((name for mark, name in marks if mark in agent), "") for marks in (_NAMES, _SYSTEMS)]
    return ", ".join(filter(None, parts)) or "?"


def trusted_origins(request: Request, settings: Settings) -> frozenset[str]:
    """The origins of our own forms; in development also the host of the request."""
    public = urlsplit(settings.public_url)
    origins = {f"{public.scheme}://{public.netloc}"}
    if settings.environment == "development":
        origins.add(f"http://{request.headers.get('host', '')}")
    return frozenset(origins)


async def begin(
    session: AsyncSession, request: Request, person: StaffPerson, *, provider_token: bytes | None = None
) -> str:
    """Begin a session with a new token, which replaces the browser's earlier one; returns the token."""
    service: Context = request.app.state.service
    if old := request.cookies.get(cookie_name(service.settings)):
        await session.execute(delete(StaffSession).where(StaffSession.token_hash == tokens.token_hash(old)))
    token, at = tokens.new_token(), now()
    session.add(
        StaffSession(
            person_id=person.id,
            token_hash=tokens.token_hash(token),
            browser_hash=browser_hash(request),
            device=device(request),
            provider_token_sealed=provider_token,
            created_at=at,
            proved_at=at,
            seen_at=at,
            ends_at=at + dt.timedelta(hours=service.settings.staff_session_hours),
        )
    )
    return token


async def find(request: Request, *, background: bool) -> CurrentSession | None:
    """The valid session of this request, or None; `background` requests do not count as use."""
    service: Context = request.app.state.service
    token = request.cookies.get(cookie_name(service.settings))
    if not token:
        return None
    query = select(StaffSession, StaffPerson).join(StaffPerson, StaffPerson.id == StaffSession.person_id)
    async with service.database.transaction() as session:
        row = (await session.execute(query.where(StaffSession.token_hash == tokens.token_hash(token)))).first()
        if row is None:
            return None
        current, person = row
        if not await _is_valid_for(session, request, current, person):
            return None
        settings, at = service.settings, now()
        if at - current.seen_at > dt.timedelta(seconds=settings.staff_lock_seconds):
            current.locked = True
        elif not background and not current.locked and at - current.seen_at > TOUCH_INTERVAL:
            current.seen_at = at
        fresh = at - current.proved_at <= dt.timedelta(seconds=settings.staff_fresh_seconds)
        name = open_name(service.keyring, person)
        who = (person.id, name, tuple(person.roles), person.language)
        return CurrentSession(
            current.id, token, *who, locked=current.locked, fresh=fresh, notices=tuple(person.notices)
        )


async def _is_valid_for(session: AsyncSession, request: Request, current: StaffSession, person: StaffPerson) -> bool:
    settings: Settings = request.app.state.service.settings
    at = now()
    reason = None
    if current.ends_at <= at or at - _last_seen(current) > dt.timedelta(hours=settings.staff_idle_hours):
        reason = SessionEnd.EXPIRED
    elif current.browser_hash != browser_hash(request):
        reason = SessionEnd.ANOTHER_BROWSER
    elif (
        person.blocked_at is not None
        or person.left_at is not None
        or (person.demonstration and settings.environment == "production")
    ):
        reason = SessionEnd.BLOCKED
    if reason is None:
        return True
    await session.delete(current)
    await audit.record(session, person.id, "session_ended", str(current.id), {"reason": reason})
    return False


def _last_seen(current: StaffSession) -> dt.datetime:
    """When the person last used the session, or a page of it last watched the queue on duty."""
    return max(current.seen_at, current.watched_at or current.seen_at)


async def keep_watching(session: AsyncSession, session_id: uuid.UUID) -> None:
    """A page of this session watches the queue on duty: it locks as always, and ends only with the working day."""
    await session.execute(update(StaffSession).where(StaffSession.id == session_id).values(watched_at=now()))


async def lock(session: AsyncSession, session_id: uuid.UUID) -> None:
    """Lock the session: it requires a secret before anything else."""
    await session.execute(update(StaffSession).where(StaffSession.id == session_id).values(locked=True))


async def prove(session: AsyncSession, session_id: uuid.UUID) -> str:
    """Record that the person has just given a secret: unlock, and replace the token. Returns the new one."""
    token, at = tokens.new_token(), now()
    values = {"token_hash": tokens.token_hash(token), "proved_at": at, "seen_at": at, "locked": False}
    await session.execute(update(StaffSession).where(StaffSession.id == session_id).values(**values))
    return token


async def end(session: AsyncSession, person_id: uuid.UUID, session_id: uuid.UUID | None = None) -> int:
    """End one session of a person, or all; returns how many."""
    statement = delete(StaffSession).where(StaffSession.person_id == person_id)
    if session_id is not None:
        statement = statement.where(StaffSession.id == session_id)
    return len((await session.execute(statement.returning(StaffSession.id))).all())


async def list_sessions(session: AsyncSession, person_id: uuid.UUID) -> Sequence[StaffSession]:
    """The sessions of a person, the latest used first."""
    query = select(StaffSession).where(StaffSession.person_id == person_id, StaffSession.ends_at > now())
    return (await session.scalars(query.order_by(StaffSession.seen_at.desc()))).all()


async def state_of(session: AsyncSession, session_id: uuid.UUID, settings: Settings) -> SessionState:
    """Whether a session is open, locked or over; for streams that outlive a request."""
    current = await session.get(StaffSession, session_id, populate_existing=True)
    at = now()
    if current is None or current.ends_at <= at:
        return SessionState.OVER
    if at - _last_seen(current) > dt.timedelta(hours=settings.staff_idle_hours):
        return SessionState.OVER
    idle = at - current.seen_at > dt.timedelta(seconds=settings.staff_lock_seconds)
    return SessionState.LOCKED if current.locked or idle else SessionState.OPEN


async def delete_expired_sessions(session: AsyncSession) -> None:
    """Delete ended sessions, unfinished sign-ins, and attempts of more than a day ago."""
    at = now()
    await session.execute(delete(StaffSession).where(StaffSession.ends_at < at))
    await session.execute(delete(LoginFlowStep).where(LoginFlowStep.expires_at < at))
    await session.execute(delete(LoginLimit).where(LoginLimit.attempted_at < at - dt.timedelta(days=1)))
