"""Accounts: the state of a sign-in in progress, stored on the server for `LIFETIME`.

The browser gets a random token with its first form; a row is stored only once a factor has been proved.
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
from gateway.accounts.models import LoginFlowStep, LoginPurpose
from gateway.core.config.settings import Settings
from gateway.core.crypto import CannotOpen, seal, unseal
from gateway.core.database import now, upsert
from gateway.core.keyring import Keyring

LIFETIME = dt.timedelta(minutes=10)
_CONTENT = "login_flow_step.content_sealed"


@dataclass(frozen=True)
class LoginStep:
    """The decrypted state of a sign-in in progress."""

    person_id: uuid.UUID | None
    content: dict[str, Any]


def cookie_name(settings: Settings) -> str:
    """The name of the cookie of a browser that is not signed in yet."""
    return "__Host-neuvo_step" if settings.secure_cookies else "neuvo_step"


def browser_token(request: Request) -> str:
    """The token of this browser; a new one if it has none."""
    known: str | None = getattr(request.state, "browser_token", None)
    if known is None:
        settings = request.app.state.service.settings
        known = request.state.browser_token = request.cookies.get(cookie_name(settings)) or tokens.new_token()
    return known


def set_browser_cookie(request: Request, response: Response, token: str | None = None) -> None:
    """Set the cookie with the browser's token."""
    settings = request.app.state.service.settings
    kept = token or browser_token(request)
    sessions.set_cookie(response, settings, cookie_name(settings), kept, int(LIFETIME.total_seconds()) * 3)


async def check_own_form(request: Request) -> None:
    """The dependency of every form before sign-in: checks the CSRF token of this browser."""
    settings = request.app.state.service.settings
    token = request.cookies.get(cookie_name(settings), "")
    await access.check_forgery(request, tokens.csrf_token(settings, token))


async def save(
    session: AsyncSession,
    keyring: Keyring,
    token: str,
    purpose: LoginPurpose,
    person_id: uuid.UUID | None,
    **content: Any,
) -> None:
    """Store the state under a token; replaces an earlier one."""
    key_id, key = keyring.current_inbox_key()
    digest = tokens.token_hash(token)
    sealed = seal(key, json.dumps(content), _CONTENT)
    values = {
        "purpose": purpose,
        "person_id": person_id,
        "key_id": key_id,
        "content_sealed": sealed,
        "expires_at": now() + LIFETIME,
    }
    # In one statement: a browser may send two forms at once.
    row = upsert(session, LoginFlowStep).values(token_hash=digest, **values)
    await session.execute(row.on_conflict_do_update(index_elements=["token_hash"], set_=values))


async def load(session: AsyncSession, keyring: Keyring, token: str, purpose: LoginPurpose) -> LoginStep | None:
    """The state for this purpose, or None where there is none or it has expired."""
    query = select(LoginFlowStep).where(LoginFlowStep.token_hash == tokens.token_hash(token))
    row = await session.scalar(query.where(LoginFlowStep.purpose == purpose, LoginFlowStep.expires_at > now()))
    return _decrypt(keyring, row)


async def take(session: AsyncSession, keyring: Keyring, token: str, purpose: LoginPurpose) -> LoginStep | None:
    """Load and delete the state: of two concurrent callers one gets it."""
    statement = delete(LoginFlowStep).where(
        LoginFlowStep.token_hash == tokens.token_hash(token), LoginFlowStep.purpose == purpose
    )
    row = (await session.execute(statement.returning(LoginFlowStep))).scalar()
    return _decrypt(keyring, row if row is not None and row.expires_at > now() else None)


def _decrypt(keyring: Keyring, row: LoginFlowStep | None) -> LoginStep | None:
    key = keyring.inbox_key(row.key_id) if row is not None else None
    if row is None or key is None:
        return None
    try:
        return LoginStep(row.person_id, json.loads(unseal(key, row.content_sealed, _CONTENT)))
    except CannotOpen:
        return None
