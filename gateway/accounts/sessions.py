"""Under accounts: sessions on the server. The browser holds a random token, the database its hash.

A session ends after a working day, or when nobody used it for long; it locks after minutes without use, and it belongs
to the browser that it began in.
"""

import datetime as dt
import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from fastapi import Request, Response
from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.accounts import audit, tokens
from gateway.accounts.models import SignInStep, SignInThrottle, StaffPerson, StaffSession
from gateway.accounts.people import open_name
from gateway.database import now
from gateway.service import Service
from gateway.settings import Settings

# Writing at every request when somebody was here would cost more than it tells.
TOUCH_EVERY = dt.timedelta(seconds=30)
_NAMES = (("Edg/", "Edge"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
_SYSTEMS = (("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"), ("Mac OS", "macOS"))


@dataclass(frozen=True)
class Found:
    """The session that a request belongs to, and its person."""

    id: uuid.UUID
    token: str
    person_id: uuid.UUID
    name: str
    roles: tuple[str, ...]
    language: str
    locked: bool
    fresh: bool


def cookie_name(settings: Settings) -> str:
    """`__Host-`: the browser keeps such a cookie only from us, over TLS, for the whole host and no other."""
    return "__Host-neuvo_session" if settings.secure_cookies else "neuvo_session"


def set_cookie(response: Response, settings: Settings, name: str, token: str, seconds: int | None = None) -> None:
    """A cookie that no script can read. Lax: the identity provider sends people back from another site."""
    response.set_cookie(
        name, token, max_age=seconds, path="/", secure=settings.secure_cookies, httponly=True, samesite="lax"
    )


def drop_cookie(response: Response, settings: Settings, name: str) -> None:
    """Tell the browser to forget a cookie."""
    response.delete_cookie(name, path="/", secure=settings.secure_cookies, httponly=True, samesite="lax")


def browser_hash(request: Request) -> bytes:
    """What a session is bound to: a stolen cookie in another browser ends it."""
    return hashlib.sha256(request.headers.get("user-agent", "").encode()).digest()


def device(request: Request) -> str:
    """Browser and system, as a person knows them."""
    agent = request.headers.get("user-agent", "")
    parts = [next((name for mark, name in marks if mark in agent), "") for marks in (_NAMES, _SYSTEMS)]
    return ", ".join(filter(None, parts)) or "?"


def trusted_origins(request: Request, settings: Settings) -> frozenset[str]:
    """Where our own forms come from; in development also whatever name the machine was called by."""
    public = urlsplit(settings.public_url)
    origins = {f"{public.scheme}://{public.netloc}"}
    if settings.environment == "development":
        origins.add(f"http://{request.headers.get('host', '')}")
    return frozenset(origins)


async def begin(
    session: AsyncSession, request: Request, person: StaffPerson, *, provider_token: bytes | None = None
) -> str:
    """A new session with a new token, whatever the browser held before; returns the token."""
    service: Service = request.app.state.service
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


async def find(request: Request, *, background: bool) -> Found | None:
    """The living session of this request; marks it as used unless the page asked by itself."""
    service: Service = request.app.state.service
    token = request.cookies.get(cookie_name(service.settings))
    if not token:
        return None
    wanted = select(StaffSession, StaffPerson).join(StaffPerson, StaffPerson.id == StaffSession.person_id)
    async with service.database.transaction() as session:
        row = (await session.execute(wanted.where(StaffSession.token_hash == tokens.token_hash(token)))).first()
        if row is None:
            return None
        current, person = row
        if not await _lives(session, request, current, person):
            return None
        settings, at = service.settings, now()
        if at - current.seen_at > dt.timedelta(seconds=settings.staff_lock_seconds):
            current.locked = True
        elif not background and not current.locked and at - current.seen_at > TOUCH_EVERY:
            current.seen_at = at
        fresh = at - current.proved_at <= dt.timedelta(seconds=settings.staff_fresh_seconds)
        name = open_name(service.keyring, person)
        who = (person.id, name, tuple(person.roles), person.language)
        return Found(current.id, token, *who, locked=current.locked, fresh=fresh)


async def _lives(session: AsyncSession, request: Request, current: StaffSession, person: StaffPerson) -> bool:
    settings: Settings = request.app.state.service.settings
    at = now()
    reason = None
    if current.ends_at <= at or at - current.seen_at > dt.timedelta(hours=settings.staff_idle_hours):
        reason = "expired"
    elif current.browser_hash != browser_hash(request):
        reason = "another_browser"
    elif person.blocked_at is not None or (person.demonstration and settings.environment == "production"):
        reason = "blocked"
    if reason is None:
        return True
    await session.delete(current)
    await audit.record(session, person.id, "session_ended", str(current.id), {"reason": reason})
    return False


async def lock(session: AsyncSession, session_id: uuid.UUID) -> None:
    """From now on the session wants a secret before anything else."""
    await session.execute(update(StaffSession).where(StaffSession.id == session_id).values(locked=True))


async def prove(session: AsyncSession, session_id: uuid.UUID) -> str:
    """The person has just given a secret: unlock, count as fresh, and exchange the token. Returns the new one."""
    token, at = tokens.new_token(), now()
    values = {"token_hash": tokens.token_hash(token), "proved_at": at, "seen_at": at, "locked": False}
    await session.execute(update(StaffSession).where(StaffSession.id == session_id).values(**values))
    return token


async def end(session: AsyncSession, person_id: uuid.UUID, session_id: uuid.UUID | None = None) -> int:
    """End one session of a person, or all of them; returns how many there were."""
    doomed = delete(StaffSession).where(StaffSession.person_id == person_id)
    if session_id is not None:
        doomed = doomed.where(StaffSession.id == session_id)
    return len((await session.execute(doomed.returning(StaffSession.id))).all())


async def of_person(session: AsyncSession, person_id: uuid.UUID) -> Sequence[StaffSession]:
    """Where a person is signed in, the latest first."""
    wanted = select(StaffSession).where(StaffSession.person_id == person_id, StaffSession.ends_at > now())
    return (await session.scalars(wanted.order_by(StaffSession.seen_at.desc()))).all()


async def lives(session: AsyncSession, session_id: uuid.UUID, settings: Settings) -> bool:
    """Whether a session may still be served, for streams that outlive a request: not ended, locked or idle."""
    current = await session.get(StaffSession, session_id, populate_existing=True)
    if current is None or current.locked or current.ends_at <= now():
        return False
    return now() - current.seen_at <= dt.timedelta(seconds=settings.staff_lock_seconds)


async def forget_old(session: AsyncSession) -> None:
    """Delete what has ended: sessions, sign-ins that were never finished, tries of yesterday."""
    at = now()
    await session.execute(delete(StaffSession).where(StaffSession.ends_at < at))
    await session.execute(delete(SignInStep).where(SignInStep.ends_at < at))
    await session.execute(delete(SignInThrottle).where(SignInThrottle.tried_at < at - dt.timedelta(days=1)))
