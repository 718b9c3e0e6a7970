"""The web chat, its page: drawn from the tables in one of three languages, with the headers and the cookie it needs."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import yaml
from fastapi import Request, Response

from gateway.channels.webchat import limits
from gateway.channels.webchat.door import Door
from gateway.channels.webchat.requests import COOKIE, FRAME_COOKIE, Form, new_client_id
from gateway.channels.webchat.ticket import Ticket
from gateway.channels.webchat.transcript import View
from gateway.pages import preferred_language, templates
from gateway.security import CONTENT_SECURITY_POLICY

_GATEWAY = Path(__file__).parents[2]
_WORDS: dict[str, dict[str, str]] = yaml.safe_load((_GATEWAY / "templates" / "chat" / "chat.yml").read_text("utf-8"))
WIDGET = _GATEWAY / "static" / "chat" / "widget.js"
LANGUAGES = ("fi", "sv", "en")


def words_in(language: str) -> dict[str, str]:
    """Every phrase of the page in one language. Raises `KeyError` when a phrase lacks it."""
    return {key: phrase[language] for key, phrase in _WORDS.items()}


def render(
    request: Request,
    door: Door,
    seen: View,
    *,
    embedded: bool,
    ended: bool = False,
    waited: bool = False,
    problem: str = "",
    draft: str = "",
    status: int = 200,
) -> Response:
    """The whole page."""
    language = preferred_language(request)
    words = words_in(language)
    context: dict[str, Any] = {
        "language": language,
        "languages": LANGUAGES,
        "words": words,
        "script_words": json.dumps(words),
        "seen": seen,
        "last": seen.entries[-1] if seen.entries else None,
        "embedded": embedded,
        "ended": ended,
        "waited": waited and bool(seen.entries) and seen.entries[-1].author == "citizen",
        "hours": door.service.hours.known_presence(language, door.service.lines),
        "problem": words[f"problem_{problem}"] if problem else "",
        "draft": draft,
        "client_id": new_client_id(),
        "new_id": new_client_id,
        "text_length": limits.TEXT_LENGTH,
        "exit_url": door.service.settings.chat_exit_url,
    }
    headers = page_headers(door, embedded=embedded)
    return templates.TemplateResponse(request, "chat/chat.html", context, status_code=status, headers=headers)


def page_headers(door: Door, *, embedded: bool) -> dict[str, str]:
    """Nothing is cached; only the allowed sites may frame the page, and only when it was asked for as a frame."""
    settings = door.service.settings
    ancestors = " ".join(settings.chat_embedders) if embedded else ""
    exit_to = urlsplit(settings.chat_exit_url)
    policy = CONTENT_SECURITY_POLICY.replace(
        "form-action 'self'", f"form-action 'self' {exit_to.scheme}://{exit_to.netloc}"
    ).replace("frame-ancestors 'none'", f"frame-ancestors {ancestors or chr(39) + 'none' + chr(39)}")
    return {
        "content-security-policy": policy,
        "cache-control": "no-store",
        # With `no-referrer` a form would say that it comes from nowhere, and could not be told from a foreign one.
        "referrer-policy": "same-origin",
    }


def address(form: Form, **more: str) -> str:
    """The page again, as it was opened."""
    language = form.fields.get("lang", "")
    query = {"lang": language if language in LANGUAGES else "", "embedded": "1" if form.embedded else "", **more}
    return f"/chat?{urlencode({key: value for key, value in query.items() if value})}"


def keep_ticket(response: Response, door: Door, ticket: Ticket, *, embedded: bool) -> None:
    """Give the browser its session: gone when it is closed, and in no script's reach."""
    response.headers.append("set-cookie", f"{_cookie(door, door.tickets.write(ticket), embedded=embedded)}")


def lose_ticket(response: Response, door: Door, *, embedded: bool) -> None:
    """Take it back."""
    response.headers.append("set-cookie", f"{_cookie(door, '', embedded=embedded)}; Max-Age=0")


def _cookie(door: Door, value: str, *, embedded: bool) -> str:
    # Written by hand: Python knows `Partitioned` only since 3.14.
    if embedded:  # inside another site's page: its own jar for each such site
        return f"{FRAME_COOKIE}={value}; Path=/chat; HttpOnly; Secure; SameSite=None; Partitioned"
    secure = "; Secure" if door.service.settings.public_url.startswith("https://") else ""
    return f"{COOKIE}={value}; Path=/chat; HttpOnly; SameSite=Lax{secure}"
