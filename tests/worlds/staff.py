"""People of the staff: made in the real tables, signed in with a real session, on the real application."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx2
import pyotp
from fastapi import FastAPI, Request
from httpx2 import ASGITransport

from gateway.accounts import codes, passwords, people, sessions, tokens
from gateway.accounts.models import StaffPerson
from gateway.app import create_app
from gateway.core.actors import Role
from gateway.core.config.settings import Settings
from gateway.service import Service

BROWSER = "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
PASSWORD = "a long sentence nobody guesses"
_KEPT: dict[str, str] = {}  # making the hash costs on purpose; once is enough


async def make_person(service: Service, login: str = "olivia", *roles: Role, language: str = "en") -> StaffPerson:
    """A person with these roles and a fixed second factor (`SECRET`), who signs in with `PASSWORD`."""
    kept = _KEPT.get(PASSWORD) or _KEPT.setdefault(PASSWORD, await passwords.hash_password(PASSWORD))
    async with service.database.transaction() as session:
        made = await people.create(
            session, service.keyring, login=login, name=f"{login.title()} Example", roles=roles, language=language
        )
        made.password_hash = kept
        codes.store_secret(service.keyring, made, SECRET)
    return made


def code() -> str:
    """The six digits that everybody's telephone shows now."""
    return pyotp.TOTP(SECRET).now()


async def session_cookie(app: FastAPI, person: StaffPerson, agent: str = BROWSER) -> dict[str, str]:
    """The cookie of a session that this person has just begun."""
    service: Service = app.state.service
    scope = {"type": "http", "headers": [(b"user-agent", agent.encode())], "app": app, "method": "GET", "path": "/"}
    async with service.database.transaction() as session:
        token = await sessions.begin(session, Request(scope), person)
    return {sessions.cookie_name(service.settings): token}


def csrf_of(app: FastAPI, cookies: dict[str, str]) -> str:
    """The token that this session's forms carry."""
    service: Service = app.state.service
    return tokens.csrf_token(service.settings, cookies[sessions.cookie_name(service.settings)])


@asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[FastAPI]:
    """The whole application, started."""
    app = create_app(settings)
    async with app.router.lifespan_context(app):
        yield app


def browser(app: FastAPI, cookies: dict[str, str] | None = None, agent: str = BROWSER) -> httpx2.AsyncClient:
    """A browser without script: it keeps cookies, follows nothing by itself and asks for pages."""
    headers = {"user-agent": agent, "accept": "text/html"}
    transport = ASGITransport(app=app)
    client = httpx2.AsyncClient(transport=transport, base_url="http://localhost:8000", headers=headers)
    give_cookies(client, cookies or {})
    return client


def give_cookies(client: httpx2.AsyncClient, cookies: dict[str, str]) -> None:
    """Put cookies where the service itself would have set them."""
    for name, value in cookies.items():
        client.cookies.set(name, value, domain="localhost.local", path="/")


def token_in(page: httpx2.Response) -> str:
    """The token of the page's forms."""
    found = re.search(r'name="csrf_token" value="([0-9a-f]+)"', page.text)
    assert found, page.text
    return found.group(1)


async def send_form(client: httpx2.AsyncClient, page: httpx2.Response, path: str, **fields: str) -> httpx2.Response:
    """Send one of the page's forms, as a browser would."""
    return await client.post(path, data={"csrf_token": token_in(page), **fields})


async def sign_in(client: httpx2.AsyncClient, login: str = "olivia", password: str = PASSWORD) -> httpx2.Response:
    """Password, then code, by the pages' own forms."""
    page = await client.get("/sign-in")
    answer = await send_form(client, page, "/sign-in", login=login, password=password)
    if answer.status_code != 303:
        return answer
    page = await client.get(answer.headers["location"])
    return await send_form(client, page, "/sign-in/code", code=code())
