"""Accounts: the authorization of staff routes. Each route names its roles; a test finds a route without them.

    @router.get("/console")
    async def console(request: Request, person: Annotated[Person, Depends(needs(Role.OFFICER))]) -> HTMLResponse: ...

The dependency loads the session, checks the roles, and for every unsafe method requires the CSRF token, as the form
field `csrf_token` or the header `x-csrf-token`.
"""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import ClassVar

from fastapi import Request

from gateway.accounts import sessions, tokens
from gateway.core.actors import Role
from gateway.core.context import Context
from gateway.core.errors import GatewayError
from gateway.core.locale import Language

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True)
class Person:
    """The signed-in person."""

    id: uuid.UUID
    name: str
    roles: frozenset[Role]
    language: Language

    def has(self, *roles: Role) -> bool:
        """Whether the person has one of these roles."""
        return not self.roles.isdisjoint(roles)


class SignInNeeded(GatewayError):
    """There is no valid session."""

    status = 401
    texts: ClassVar[Mapping[str, str]] = {"sign_in_first": "Sign in first."}


class ProofNeeded(GatewayError):
    """The session is locked, or the step requires recent authentication."""

    status = 401

    texts: ClassVar[Mapping[str, str]] = {
        "session_locked": "This session is locked.",
        "confirmation_needed": "Confirm first that it is you.",
    }


class NotAllowed(GatewayError):
    """The person's roles do not permit this."""

    status = 403
    texts: ClassVar[Mapping[str, str]] = {
        "role_missing": "Your roles do not allow this.",
        "file_reason_missing": "Say first why the file is opened.",
    }


class ForgedRequest(GatewayError):
    """The CSRF token is missing or wrong, or the request came from another site."""

    status = 403
    texts: ClassVar[Mapping[str, str]] = {
        "other_site": "This request came from another site.",
        "token_wrong": "The page was too old. Open it again and repeat what you did.",
    }


class Needs:
    """The dependency of one route; see `needs`."""

    def __init__(self, roles: frozenset[Role], *, fresh: bool, background: bool, locked_too: bool) -> None:
        self.roles, self.fresh, self.background, self.locked_too = roles, fresh, background, locked_too

    async def __call__(self, request: Request) -> Person:
        """The person; raises the errors of `needs`."""
        service: Context = request.app.state.service
        found = await sessions.find(request, background=self.background)
        if found is None:
            raise SignInNeeded("sign_in_first")
        request.state.staff_session = found
        person = person_of(found)
        if self.roles and not person.has(*self.roles):
            request.state.person = person
            raise NotAllowed("role_missing")
        if self.locked_too or not found.locked:
            request.state.person = person  # first: whoever sent an old form reads so in their own language and frame
        if request.method not in SAFE_METHODS:
            await check_forgery(request, tokens.csrf_token(service.settings, found.token))
        if found.locked and not self.locked_too:
            raise ProofNeeded("session_locked")
        if self.fresh and not found.fresh:
            raise ProofNeeded("confirmation_needed")
        request.state.person = person
        return person


def needs(*roles: Role, fresh: bool = False, background: bool = False, locked_too: bool = False) -> Needs:
    """A dependency that requires one of the roles, or only a session when none is given.

    `fresh`: a secret must have been given within `NEUVO_STAFF_FRESH_SECONDS`. `background`: the page asks by itself
    (event streams), which does not keep an idle session unlocked. `locked_too`: only for unlocking or
    ending a session. Raises `SignInNeeded`, `NotAllowed`, `ForgedRequest`, `ProofNeeded`.
    """
    return Needs(frozenset(roles), fresh=fresh, background=background, locked_too=locked_too)


def person_of(found: sessions.CurrentSession) -> Person:
    """The person of a session."""
    return Person(found.person_id, found.name, roles_named(found.roles), found.language)


def roles_named(names: Iterable[str]) -> frozenset[Role]:
    """Roles from the database, without those unknown to this version."""
    return frozenset(Role(name) for name in names if name in Role)


async def check_forgery(request: Request, expected: str) -> None:
    """Raise `ForgedRequest` for a request from another site, or without the CSRF token."""
    service: Context = request.app.state.service
    origin = request.headers.get("origin")
    if origin is not None and origin not in sessions.trusted_origins(request, service.settings):
        raise ForgedRequest("other_site")
    given = request.headers.get("x-csrf-token")
    if given is None:
        kind = request.headers.get("content-type", "").partition(";")[0].strip()
        if kind in ("application/x-www-form-urlencoded", "multipart/form-data"):
            field = (await request.form()).get("csrf_token")
            given = field if isinstance(field, str) else None
    if given is None or not tokens.same(given, expected):
        await request.close()  # a file that came along
        raise ForgedRequest("token_wrong")
