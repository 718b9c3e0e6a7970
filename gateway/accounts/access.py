"""Beside the road: who may do what. Each staff route names its roles; forgetting a check is not possible.

    @router.get("/console")
    async def console(request: Request, person: Annotated[Person, Depends(needs(Role.OFFICER))]) -> HTMLResponse: ...

The dependency finds the session, looks at the roles, and for every request that may change something demands the
token against forged requests, as the form field `csrf_token` or the header `x-csrf-token`.
"""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from fastapi import Request

from gateway.accounts import sessions, tokens
from gateway.errors import GatewayError
from gateway.service import Service

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class Role(StrEnum):
    """What a person is for; one person may have several."""

    OFFICER = "officer"
    SUPERVISOR = "supervisor"
    EDITOR = "editor"
    ADMINISTRATOR = "administrator"
    AUDITOR = "auditor"


# Who manages accounts does not read conversations, and who checks everybody does nothing else.
_APART = (
    (Role.ADMINISTRATOR, frozenset({Role.OFFICER, Role.SUPERVISOR, Role.AUDITOR})),
    (Role.AUDITOR, frozenset(Role) - {Role.AUDITOR}),
)


def clash(roles: frozenset[Role]) -> bool:
    """Whether one person may not have these roles together: separation of duties."""
    return any(role in roles and roles & others for role, others in _APART)


@dataclass(frozen=True)
class Person:
    """Who is signed in."""

    id: uuid.UUID
    name: str
    roles: frozenset[Role]
    language: str  # fi, sv, en

    def has(self, *roles: Role) -> bool:
        """Whether the person has one of these roles."""
        return not self.roles.isdisjoint(roles)


class SignInNeeded(GatewayError):
    """Nobody is signed in, or not any more."""

    status = 401


class ProofNeeded(GatewayError):
    """The session is locked, or the step wants a fresh proof that the person is still the same."""

    status = 401

    def __init__(self, text: str, *, locked: bool) -> None:
        super().__init__(text)
        self.locked = locked


class NotAllowed(GatewayError):
    """The person's roles do not reach here."""

    status = 403


class ForgedRequest(GatewayError):
    """The request does not carry the token of the page it should come from."""

    status = 403


class Needs:
    """The dependency of one route; see `needs`."""

    def __init__(self, roles: frozenset[Role], *, fresh: bool, background: bool, locked_too: bool) -> None:
        self.roles, self.fresh, self.background, self.locked_too = roles, fresh, background, locked_too

    async def __call__(self, request: Request) -> Person:
        """The person, or an error that becomes the right page."""
        service: Service = request.app.state.service
        found = await sessions.find(request, background=self.background)
        if found is None:
            raise SignInNeeded("Sign in first.")
        request.state.staff_session = found
        person = person_of(found)
        if self.roles and not person.has(*self.roles):
            request.state.person = person
            raise NotAllowed("Your roles do not allow this.")
        if request.method not in SAFE_METHODS:
            await check_forgery(request, tokens.csrf_token(service.settings, found.token))
        if found.locked and not self.locked_too:
            raise ProofNeeded("This session is locked.", locked=True)
        if self.fresh and not found.fresh:
            raise ProofNeeded("Confirm first that it is you.", locked=False)
        request.state.person = person
        return person


def needs(*roles: Role, fresh: bool = False, background: bool = False, locked_too: bool = False) -> Needs:
    """A dependency that lets through whoever has one of the roles (anybody signed in when none is given).

    `fresh`: the person must have given a secret within the last minutes (`NEUVO_STAFF_FRESH_SECONDS`). `background`:
    the page asks by itself (event streams), which must not keep an idle session awake. `locked_too`: only for what
    unlocks or ends a session. Raises `SignInNeeded`,
    `NotAllowed`, `ForgedRequest`, `ProofNeeded`.
    """
    return Needs(frozenset(roles), fresh=fresh, background=background, locked_too=locked_too)


def person_of(found: "sessions.Found") -> Person:
    """The person of a session."""
    return Person(found.person_id, found.name, roles_named(found.roles), found.language)


def roles_named(names: Iterable[str]) -> frozenset[Role]:
    """Roles from a table, without those that this version does not know."""
    return frozenset(Role(name) for name in names if name in Role)


async def check_forgery(request: Request, expected: str) -> None:
    """Refuse a request from another site, or without the page's token; raises `ForgedRequest`."""
    service: Service = request.app.state.service
    origin = request.headers.get("origin")
    if origin is not None and origin not in sessions.trusted_origins(request, service.settings):
        raise ForgedRequest("This request came from another site.")
    given = request.headers.get("x-csrf-token")
    if given is None:
        kind = request.headers.get("content-type", "").partition(";")[0].strip()
        if kind in ("application/x-www-form-urlencoded", "multipart/form-data"):
            field = (await request.form()).get("csrf_token")
            given = field if isinstance(field, str) else None
    if given is None or not tokens.same(given, expected):
        raise ForgedRequest("The page was too old. Open it again and repeat what you did.")
