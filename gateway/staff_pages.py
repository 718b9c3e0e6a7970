"""Beside the road: how every page of the staff is made, with the frame around it and the words of its folder.

A folder `gateway/templates/<folder>/` holds pages that extend `staff/base.html`, and `words.yml` with the same keys
under `fi`, `sv` and `en`. `staff_page(request, "accounts/list.html", {...})` renders one in the person's language.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import yaml
from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.routing import Match

from gateway.accounts import sessions, tokens
from gateway.accounts.access import Person, Role
from gateway.pages import preferred_language, templates
from gateway.service import Service

LANGUAGES = {"fi": "Suomi", "sv": "Svenska", "en": "English"}
LANGUAGE_COOKIE = "neuvo_language"
_TEMPLATES = Path(__file__).parent / "templates"
# A page of the staff is never kept by a browser or proxy, and our own forms say where they come from.
_HEADERS = {"cache-control": "no-store", "referrer-policy": "same-origin"}


@dataclass(frozen=True)
class Place:
    """One entry of the navigation; `name` is its word under `places` in `staff/words.yml`."""

    path: str
    name: str
    roles: frozenset[Role]  # empty: everybody who is signed in


# In this order: the first place of a person's roles is where they arrive. Places without a route are not shown.
NAVIGATION = (
    Place("/console", "console", frozenset({Role.OFFICER, Role.SUPERVISOR})),
    Place("/console/bulletins", "bulletins", frozenset({Role.OFFICER, Role.SUPERVISOR})),
    Place("/console/hours", "hours", frozenset({Role.OFFICER, Role.SUPERVISOR})),
    Place("/content", "content", frozenset({Role.EDITOR})),
    Place("/console/figures", "figures", frozenset({Role.OFFICER, Role.SUPERVISOR, Role.EDITOR})),
    Place("/console/doors", "doors", frozenset({Role.EDITOR, Role.SUPERVISOR})),
    Place("/accounts", "accounts", frozenset({Role.ADMINISTRATOR})),
    Place("/audit", "audit", frozenset({Role.AUDITOR})),
    Place("/account", "account", frozenset()),
)


def places(request: Request, person: Person) -> list[Place]:
    """Where this person may go, of what this application has."""
    return [place for place in NAVIGATION if (not place.roles or person.has(*place.roles)) and _exists(request, place)]


def first_place(request: Request, person: Person) -> str:
    """Where a person arrives after signing in."""
    return places(request, person)[0].path


def _here(request: Request, mine: list[Place]) -> str:
    """The place that this page belongs to: of several above it, the nearest."""
    path = request.url.path
    return max(
        (each.path for each in mine if path == each.path or path.startswith(f"{each.path}/")), key=len, default=""
    )


def _exists(request: Request, place: Place) -> bool:
    scope = {"type": "http", "method": "GET", "path": place.path, "root_path": "", "headers": []}
    return any(route.matches(scope)[0] is Match.FULL for route in request.app.router.routes)


@cache
def words_of(folder: str) -> Mapping[str, Mapping[str, Any]]:
    """The words of a folder's pages, by language."""
    path = _TEMPLATES / folder / "words.yml"
    words: Mapping[str, Mapping[str, Any]] = yaml.safe_load(path.read_text("utf-8"))
    return words


def language_of(request: Request) -> str:
    """The signed-in person's language; before that what the address or the browser asks for."""
    person: Person | None = getattr(request.state, "person", None)
    known: str | None = person.language if person else getattr(request.state, "language", None)
    return known or preferred_language(request)


def kept_language(request: Request) -> str:
    """The language in which this browser saw our pages last, for when nobody can be asked who is signed in."""
    kept = request.cookies.get(LANGUAGE_COOKIE, "")
    return kept if kept in LANGUAGES else preferred_language(request)


def page_words(request: Request, folder: str) -> Mapping[str, Any]:
    """The words of a folder in the language of this request, for sentences that are made in Python."""
    return words_of(folder)[language_of(request)]


def staff_page(
    request: Request, template: str, context: Mapping[str, Any] | None = None, *, status_code: int = 200
) -> HTMLResponse:
    """Render a page of the staff.

    The template gets `words` (its folder's), `frame` (the frame's), `person`, `csrf_token`, `language`, `said` (a
    sentence about what was just done, or nothing) and what `context` adds. It is never cached.
    """
    person: Person | None = getattr(request.state, "person", None)
    language = language_of(request)
    mine = places(request, person) if person else []
    words, frame = words_of(template.partition("/")[0])[language], words_of("staff")[language]
    everything = {
        "language": language,
        "languages": LANGUAGES,
        "words": words,
        "frame": frame,
        "person": person,
        "places": mine,
        "here": _here(request, mine),
        "said": (words.get("said") or {}).get(request.query_params.get("said", "")),
        "csrf_token": form_token(request),
        "lock_seconds": service_of(request).settings.staff_lock_seconds,
        **(context or {}),
    }
    response = templates.TemplateResponse(request, template, everything, status_code=status_code)
    response.headers.update(_HEADERS)
    if person and request.cookies.get(LANGUAGE_COOKIE) != language:
        sessions.set_cookie(response, service_of(request).settings, LANGUAGE_COOKIE, language)
    return response


def form_token(request: Request) -> str:
    """The token that every form of this page carries; empty where nobody is signed in."""
    found: sessions.Found | None = getattr(request.state, "staff_session", None)
    browser = found.token if found else getattr(request.state, "browser_token", "")
    return tokens.csrf_token(service_of(request).settings, browser) if browser else ""


def see_other(path: str, said: str | None = None, **parameters: str) -> RedirectResponse:
    """After a form: to a page that says what was done (`said` is a key of its folder's `said` words)."""
    query = urlencode({**parameters, **({"said": said} if said else {})})
    return RedirectResponse(f"{path}?{query}" if query else path, status_code=303, headers=_HEADERS)


def service_of(request: Request) -> Service:
    """The parts of this process."""
    service: Service = request.app.state.service
    return service
