"""Accounts: renders the pages of the staff, with their frame and the words of their folder.

A folder `gateway/templates/<folder>/` holds pages that extend `staff/base.html`; what is named by a code is in the
`wording` of their feature. `staff_page(request, "accounts/list.html", {...})` renders one in the person's language.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlencode, urlsplit

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.applications import Starlette
from starlette.datastructures import URL
from starlette.routing import Match

from gateway.accounts import sessions, tokens, wording
from gateway.accounts.access import SAFE_METHODS, Person
from gateway.accounts.addresses import form_page, own_address, safe_path
from gateway.core.actors import Role
from gateway.core.context import Context
from gateway.core.http.pages import preferred_language, templates
from gateway.core.i18n import N_, gettext
from gateway.core.locale import LANGUAGES, OWN_NAMES

LANGUAGE_COOKIE = "neuvo_language"
# Pages of the staff are never cached, and our own forms send their origin.
_HEADERS = {"cache-control": "no-store", "referrer-policy": "same-origin"}


@dataclass(frozen=True)
class Place:
    """One entry of the navigation; `name` is a message."""

    path: str
    name: str
    roles: frozenset[Role]  # empty: everybody who is signed in


# A person arrives at the first place of their roles. Places without a route are not shown.
NAVIGATION = (
    Place("/console", N_("Conversations"), frozenset({Role.OFFICER, Role.SUPERVISOR})),
    Place("/console/bulletins", N_("Notices"), frozenset({Role.OFFICER, Role.SUPERVISOR})),
    Place("/console/hours", N_("Service hours"), frozenset({Role.OFFICER, Role.SUPERVISOR})),
    Place("/content", N_("Content"), frozenset({Role.EDITOR})),
    Place("/console/figures", N_("Figures"), frozenset({Role.OFFICER, Role.SUPERVISOR, Role.EDITOR})),
    Place("/console/doors", N_("Links and posters"), frozenset({Role.EDITOR, Role.SUPERVISOR})),
    Place("/accounts", N_("People"), frozenset({Role.ADMINISTRATOR})),
    Place("/console/health", N_("Health"), frozenset({Role.ADMINISTRATOR})),
    Place("/audit", N_("Audit log"), frozenset({Role.AUDITOR})),
    Place(
        "/approvals",
        N_("Approvals"),
        frozenset({Role.OFFICER, Role.SUPERVISOR, Role.ADMINISTRATOR, Role.AUDITOR}),
    ),
    Place("/account", N_("My account"), frozenset()),
)


def places(request: Request, person: Person) -> list[Place]:
    """The places that this person may open and this application has."""
    there = _existing(request.app)
    return [place for place in NAVIGATION if (not place.roles or person.has(*place.roles)) and place.path in there]


def first_place(request: Request, person: Person) -> str:
    """The path at which a person arrives after signing in."""
    return places(request, person)[0].path


def _here(request: Request, mine: list[Place]) -> str:
    """The path of the place that this page belongs to: the longest that matches."""
    path = request.url.path
    return max(
        (each.path for each in mine if path == each.path or path.startswith(f"{each.path}/")), key=len, default=""
    )


def _stay(request: Request, mine: list[Place]) -> str:
    """Where the frame's forms and links come back to: this page or, after a form, one that can be fetched."""
    if request.method in SAFE_METHODS:
        known = [own_address(request)]
    else:  # the page of the form; else the page that has the same address as what the form was sent to
        sent = (form_page(request), request.url.path)
        known = [each for each in sent if each and _exists(request.app, unquote(urlsplit(each).path))]
    here = next(filter(None, map(safe_path, known)), "")
    return here or _here(request, mine) or (mine[0].path if mine else "/sign-in")


def _existing(app: Starlette) -> frozenset[str]:
    """The places that an application has: found once, for each page asks, and its routes do not change."""
    known: frozenset[str] | None = getattr(app.state, "places", None)
    if known is None:
        known = app.state.places = frozenset(each.path for each in NAVIGATION if _exists(app, each.path))
    return known


def _exists(app: Starlette, path: str) -> bool:
    scope = {"type": "http", "method": "GET", "path": path, "root_path": "", "headers": []}
    return any(route.matches(scope)[0] is Match.FULL for route in app.routes)


def language_of(request: Request) -> str:
    """The signed-in person's language; before sign-in the one that was chosen, or that of the browser."""
    person: Person | None = getattr(request.state, "person", None)
    known: str | None = person.language if person else getattr(request.state, "language", None)
    return known or kept_language(request)


def kept_language(request: Request) -> str:
    """The language that the URL asks for, else that of this browser's latest page, else that of the browser."""
    kept = request.cookies.get(LANGUAGE_COOKIE, "")
    return kept if kept in LANGUAGES and not _chosen(request) else preferred_language(request)


def _chosen(request: Request) -> bool:
    """Whether the URL says in which language the page is wanted."""
    return request.query_params.get("lang") in LANGUAGES


def translate(request: Request, message: str, /, **values: object) -> str:
    """A message in the language of this request, for sentences that are made in Python."""
    return gettext(language_of(request), message, **values)


def staff_page(
    request: Request, template: str, context: Mapping[str, Any] | None = None, *, status_code: int = 200
) -> HTMLResponse:
    """Render a page of the staff.

    The template gets `person`, `csrf_token`, `language`, `said` (a sentence about what was just done, or nothing),
    `stay` (where the choice of a language comes back to) and what `context` adds: `wording`, where it is not the
    accounts', is the module of the feature whose codes have names there, and whose `SAID` has that sentence. It is
    never cached.
    """
    person: Person | None = getattr(request.state, "person", None)
    language = language_of(request)
    mine = places(request, person) if person else []
    everything = {
        "language": language,
        "languages": OWN_NAMES,
        "wording": wording,
        "person": person,
        "places": mine,
        "here": _here(request, mine),
        "csrf_token": form_token(request),
        "lock_seconds": service_of(request).settings.staff_lock_seconds,
        "alarm_words": _alarm_words(person, language),
        "notices": _notices(request),
        "notice_words": wording.NOTICES,
        **(context or {}),
    }
    # Without what was just done: it is not done again.
    everything["stay"] = URL(everything.get("stay") or _stay(request, mine)).remove_query_params("said")
    done = getattr(everything["wording"], "SAID", {}).get(request.query_params.get("said", ""))
    everything.setdefault("said", done and gettext(language, done))
    response = templates.TemplateResponse(request, template, everything, status_code=status_code)
    response.headers.update(_HEADERS)
    # Who has chosen a language reads the next pages in it, too: of a form that is sent, the address does not say it.
    if (person or _chosen(request)) and request.cookies.get(LANGUAGE_COOKIE) != language:
        sessions.set_cookie(response, service_of(request).settings, LANGUAGE_COOKIE, language)
    return response


def _notices(request: Request) -> list[tuple[str, dt.datetime]]:
    """What happened to the person's account, and when, as long as they have not confirmed it."""
    found: sessions.CurrentSession | None = getattr(request.state, "staff_session", None)
    known = found.notices if found and getattr(request.state, "person", None) else ()
    return [(each["what"], dt.datetime.fromisoformat(each["at"])) for each in known]


def _alarm_words(person: Person | None, language: str) -> Mapping[str, str] | None:
    """What the alarms of a page say; None for whoever hears none."""
    if person is None or not person.has(Role.OFFICER, Role.SUPERVISOR):
        return None
    return {code: gettext(language, message) for code, message in wording.ALARMS.items()}


def form_token(request: Request) -> str:
    """The CSRF token of the forms of this page; empty without a session or a sign-in in progress."""
    found: sessions.CurrentSession | None = getattr(request.state, "staff_session", None)
    browser = found.token if found else getattr(request.state, "browser_token", "")
    return tokens.csrf_token(service_of(request).settings, browser) if browser else ""


def see_other(path: str, said: str | None = None, **parameters: str) -> RedirectResponse:
    """After a form: to a page that says what was done (`said` is a key of `SAID` in its wording)."""
    query = urlencode({**parameters, **({"said": said} if said else {})})
    return RedirectResponse(f"{path}?{query}" if query else path, status_code=303, headers=_HEADERS)


def service_of(request: Request) -> Context:
    """The context of this process."""
    service: Context = request.app.state.service
    return service
