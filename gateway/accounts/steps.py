"""Under accounts: what was proved so far in a sign-in under way, kept on the server for some minutes.

The browser holds a random token from its first look at a form; rows appear only once something has been proved.
"""

import datetime as dt
import json
import uuid
from dataclasses import dataclass
from typing import Any

from fastapi import Request, Response
from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.accounts import access, sessions, tokens
from gateway.accounts.models import SignInStep
from gateway.conversations.keys import Keyring
from gateway.database import now
from gateway.encryption import CannotOpen, seal, unseal
from gateway.settings import Settings

LIFE = dt.timedelta(minutes=10)
_CONTENT = "sign_in_step.content_sealed"


@dataclass(frozen=True)
class Step:
    """What is known of a sign-in under way."""

    person_id: uuid.UUID | None
    content: dict[str, Any]


def cookie_name(settings: Settings) -> str:
    """The cookie of a browser that is not signed in yet."""
    return "__Host-neuvo_step" if settings.secure_cookies else "neuvo_step"


def browser_token(request: Request) -> str:
    """The token of this browser, made now if it has none."""
    known: str | None = getattr(request.state, "browser_token", None)
    if known is None:
        settings = request.app.state.service.settings
        known = request.state.browser_token = request.cookies.get(cookie_name(settings)) or tokens.new_token()
    return known


def remember(request: Request, response: Response, token: str | None = None) -> None:
    """Give the browser its token."""
    settings = request.app.state.service.settings
    kept = token or browser_token(request)
    sessions.set_cookie(response, settings, cookie_name(settings), kept, int(LIFE.total_seconds()) * 3)


async def own_form(request: Request) -> None:
    """The dependency of every form before the sign-in: it must come from our own page in this browser."""
    settings = request.app.state.service.settings
    token = request.cookies.get(cookie_name(settings), "")
    await access.check_forgery(request, tokens.csrf_token(settings, token))


async def keep(
    session: AsyncSession, keyring: Keyring, token: str, purpose: str, person_id: uuid.UUID | None, **content: Any
) -> None:
    """Keep this under a token, in place of what was there."""
    key_id, key = keyring.current_inbox_key()
    digest = tokens.token_hash(token)
    await session.execute(delete(SignInStep).where(SignInStep.token_hash == digest))
    sealed = seal(key, json.dumps(content), _CONTENT)
    row = SignInStep(token_hash=digest, purpose=purpose, person_id=person_id, key_id=key_id, content_sealed=sealed)
    row.ends_at = now() + LIFE
    session.add(row)


async def look(session: AsyncSession, keyring: Keyring, token: str, purpose: str) -> Step | None:
    """What was kept for this purpose, while it lasts."""
    wanted = select(SignInStep).where(SignInStep.token_hash == tokens.token_hash(token))
    row = await session.scalar(wanted.where(SignInStep.purpose == purpose, SignInStep.ends_at > now()))
    return _opened(keyring, row)


async def take(session: AsyncSession, keyring: Keyring, token: str, purpose: str) -> Step | None:
    """The same, and it is gone: of two that take it, one gets it."""
    doomed = delete(SignInStep).where(SignInStep.token_hash == tokens.token_hash(token), SignInStep.purpose == purpose)
    row = (await session.execute(doomed.returning(SignInStep))).scalar()
    return _opened(keyring, row if row is not None and row.ends_at > now() else None)


def _opened(keyring: Keyring, row: SignInStep | None) -> Step | None:
    key = keyring.inbox_key(row.key_id) if row is not None else None
    if row is None or key is None:
        return None
    try:
        return Step(row.person_id, json.loads(unseal(key, row.content_sealed, _CONTENT)))
    except CannotOpen:
        return None
