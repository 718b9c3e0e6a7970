"""Web chat: renders its page in one of three languages, with its headers and its session cookie."""

from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from fastapi import Request, Response

from gateway.channels.webchat import limits
from gateway.core.http.headers import CONTENT_SECURITY_POLICY
from gateway.core.http.pages import preferred_language, templates
from gateway.core.i18n import gettext
from gateway.core.locale import LANGUAGES, OWN_NAMES
from gateway.webchat import wording
from gateway.webchat.admission import Problem
from gateway.webchat.requests import Form, cookie_name, new_client_id
from gateway.webchat.service import ChatService
from gateway.webchat.tickets import Ticket
from gateway.webchat.transcript import Speaker, Transcript

_GATEWAY = Path(__file__).parents[1]
WIDGET = _GATEWAY / "static" / "chat" / "widget.js"


def script_words(language: str) -> dict[str, str]:
    """What the page's script says, in one language."""
    return {key: gettext(language, message) for key, message in wording.SCRIPT.items()}


def render(
    request: Request,
    chat: ChatService,
    seen: Transcript,
    *,
    embedded: bool,
    ended: bool = False,
    waited: bool = False,
    problem: Problem | None = None,
    draft: str = "",
    status: int = 200,
) -> Response:
    """The whole page."""
    language = preferred_language(request)
    context: dict[str, Any] = {
        "language": language,
        "languages": OWN_NAMES,
        "wording": wording,
        "script_words": script_words(language),
        "seen": seen,
        "last": seen.entries[-1] if seen.entries else None,
        "embedded": embedded,
        "ended": ended,
        "waited": waited and bool(seen.entries) and seen.entries[-1].author == Speaker.CITIZEN,
        "hours": chat.service.hours.known_presence(language, chat.service.lines),
        "problem": gettext(language, wording.SCRIPT[f"problem_{problem}"]) if problem else "",
        "draft": draft,
        "client_id": new_client_id(),
        "new_id": new_client_id,
        "text_length": limits.TEXT_LENGTH,
        "exit_url": chat.service.settings.chat_exit_url,
    }
    headers = page_headers(chat, embedded=embedded)
    return templates.TemplateResponse(request, "chat/chat.html", context, status_code=status, headers=headers)


def page_headers(chat: ChatService, *, embedded: bool) -> dict[str, str]:
    """Nothing is cached; only the allowed sites may frame the page, and only when it was asked for as a frame."""
    settings = chat.service.settings
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


def set_ticket(response: Response, chat: ChatService, ticket: Ticket, *, embedded: bool) -> None:
    """Set the session cookie: gone when the browser is closed, and out of reach of scripts."""
    response.headers.append("set-cookie", f"{_cookie(chat, chat.tickets.write(ticket), embedded=embedded)}")


def clear_ticket(response: Response, chat: ChatService, *, embedded: bool) -> None:
    """Delete the session cookie."""
    response.headers.append("set-cookie", f"{_cookie(chat, '', embedded=embedded)}; Max-Age=0")


def _cookie(chat: ChatService, value: str, *, embedded: bool) -> str:
    # Written by hand: Python knows `Partitioned` only since 3.14. `__Host-` wants the path /.
    settings = chat.service.settings
    start = f"{cookie_name(settings, embedded=embedded)}={value}; Path=/; HttpOnly"
    if embedded:  # inside another site's page: its own jar for each such site
        return f"{start}; Secure; SameSite=None; Partitioned"
    return f"{start}; SameSite=Lax{'; Secure' if settings.secure_cookies else ''}"
