"""Accounts: unlocking a session, and re-authentication before a sensitive step."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import HTMLResponse

from gateway.accounts import audit, login_flow, login_limits, passwords, sessions
from gateway.accounts.access import Person, needs
from gateway.accounts.addresses import safe_path
from gateway.accounts.login_limits import Attempt, AttemptKind
from gateway.accounts.models import LoginPurpose, SignInFailure, StaffPerson
from gateway.accounts.routes_sign_in import ask_for_factor, prove_factor, record_failure
from gateway.accounts.sessions import CurrentSession
from gateway.accounts.staff_page import first_place, see_other, service_of, staff_page, translate
from gateway.accounts.wording import PROBLEMS

router = APIRouter(tags=["accounts"])
SignedIn = Annotated[Person, Depends(needs(locked_too=True))]


@router.get("/unlock", response_class=HTMLResponse)
async def unlock(request: Request, person: SignedIn, next: str = "") -> HTMLResponse:
    """The form for a secret."""
    return await _page(request, person, next)


@router.post("/unlock/now")
async def lock_now(request: Request, person: SignedIn) -> Response:
    """Lock this session: the person leaves the desk."""
    service, found = service_of(request), request.state.staff_session
    async with service.database.transaction() as session:
        await sessions.lock(session, found.id)
    return see_other("/unlock")


async def _page(
    request: Request, person: Person, wanted: str, problem: str | None = None, status: int = 200
) -> HTMLResponse:
    service, found = service_of(request), request.state.staff_session
    async with service.database.transaction() as session:
        row = await session.get_one(StaffPerson, person.id)
        context = await ask_for_factor(session, service, row)
        challenge = context.pop("challenge")
        await login_flow.save(
            session, service.keyring, _token(found), LoginPurpose.CHALLENGE, person.id, challenge=challenge
        )
        has_password = row.password_hash is not None
    more = {"next": safe_path(wanted), "locked": found.locked, "has_password": has_password, "problem": problem}
    if found.locked:  # every place would lead back here, and a phone needs the room for the form
        more["places"] = []
    return staff_page(request, "accounts/unlock.html", {**context, **more}, status_code=status)


def _token(found: CurrentSession) -> str:
    return f"{found.token}:challenge"


@router.post("/unlock")
async def prove(
    request: Request,
    person: SignedIn,
    password: Annotated[str, Form()] = "",
    code: Annotated[str, Form(max_length=20)] = "",
    credential: Annotated[str, Form(max_length=20_000)] = "",
    next: Annotated[str, Form()] = "",
) -> Response:
    """Check the password or a second factor: either is enough in the same browser."""
    outcome = await (
        by_password(request, person, password) if password else _by_factor(request, person, code, credential)
    )
    if outcome is not None:
        status = 429 if outcome == "slower" else 401
        return await _page(request, person, next, translate(request, PROBLEMS[outcome]), status)
    service, found = service_of(request), request.state.staff_session
    async with service.database.transaction() as session:
        token = await sessions.prove(session, found.id)
        await audit.record(session, person.id, "unlocked" if found.locked else "confirmed", str(person.id))
    response = see_other(safe_path(next) or first_place(request, person))
    sessions.set_cookie(response, service.settings, sessions.cookie_name(service.settings), token)
    return response


async def by_password(request: Request, person: Person, password: str) -> str | None:
    """Check the password of whoever is signed in, within the limit; None when right, else the problem's code."""
    service = service_of(request)
    tried = Attempt(AttemptKind.FACTOR, f"session {request.state.staff_session.id}")
    async with service.database.transaction() as session:
        wait = await login_limits.begin_attempt(session, service.keyring, tried)
        kept = (await session.get_one(StaffPerson, person.id)).password_hash
    if wait:
        return "slower"
    if not await passwords.matches(password, kept):
        async with service.database.transaction() as session:
            await record_failure(session, service, str(person.id), SignInFailure.PASSWORD)
        return "password"
    async with service.database.transaction() as session:
        await login_limits.record_success(session, service.keyring, tried)
    return None


async def _by_factor(request: Request, person: Person, code: str, credential: str) -> str | None:
    service, found = service_of(request), request.state.staff_session
    async with service.database.transaction() as session:
        step = await login_flow.take(session, service.keyring, _token(found), LoginPurpose.CHALLENGE)
        row = await session.get_one(StaffPerson, person.id)
        challenge = str(step.content["challenge"]) if step else ""
        place = f"session {found.id}"
        return await prove_factor(session, service, row, challenge, place=place, code=code, credential=credential)
