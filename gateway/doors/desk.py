"""Beside the road: the staff's pages of doors, with their links, codes and posters."""

import datetime as dt
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import HTMLResponse
from markupsafe import Markup

from gateway.accounts.access import Person, Role, needs
from gateway.accounts.acting import record
from gateway.database import now
from gateway.doors import making
from gateway.doors.arriving import MEASURE
from gateway.doors.links import LANGUAGES, PLATFORMS, Links
from gateway.doors.models import Door
from gateway.doors.pictures import SIZES, as_png, as_svg
from gateway.doors.posters import poster
from gateway.figures.reading import read
from gateway.hours.schedule import ZONE
from gateway.staff_pages import page_words, see_other, service_of, staff_page

router = APIRouter(prefix="/console/doors", tags=["doors"])
Reader = Annotated[Person, Depends(needs(Role.EDITOR, Role.SUPERVISOR))]
Editor = Annotated[Person, Depends(needs(Role.EDITOR))]
Platform = Literal["whatsapp", "messenger", "instagram", "web"]
Language = Literal["fi", "sv", "en"]
Paper = Literal["a6", "a4"]
_DAYS = 28


@router.get("", response_class=HTMLResponse)
async def all_of_them(request: Request, person: Reader) -> HTMLResponse:
    """Every door with how many came, and the form for a new one."""
    return await _list(request, person)


@router.post("", response_class=HTMLResponse)
async def make(
    request: Request, person: Editor, name: Annotated[str, Form()] = "", kind: Annotated[str, Form()] = ""
) -> Response:
    """Make a door; where the form is wrong, the page says why."""
    try:
        async with service_of(request).database.transaction() as session:
            door = await making.make(session, person, name, kind, record)
    except making.DoorRefused as refused:
        return await _list(request, person, name, kind, refused)
    return see_other(f"/console/doors/{door.code}", "made")


async def _list(
    request: Request, person: Person, name: str = "", kind: str = "wall", refused: making.DoorRefused | None = None
) -> HTMLResponse:
    today = now().astimezone(ZONE).date()
    async with service_of(request).database.transaction() as session:
        doors = await making.listed(session)
        told = await read(session, today - dt.timedelta(days=_DAYS - 1), today)
    context: dict[str, Any] = {
        "groups": {
            "offered": [door for door in doors if door.put_away_at is None],
            "put_away": [door for door in doors if door.put_away_at is not None],
        },
        "came": {door.code: told.total(MEASURE, door.code) for door in doors},
        "kinds": making.KINDS,
        "longest_name": making.LONGEST_NAME,
        "may_make": person.has(Role.EDITOR),
        "name": name,
        "kind": kind,
        "refused": refused.why if refused else "",
    }
    if refused:
        context["problem"] = page_words(request, "doors")[refused.why]
    return staff_page(request, "doors/list.html", context, status_code=refused.status if refused else 200)


async def _opened(request: Request, code: str) -> tuple[Door, Links]:
    async with service_of(request).database.transaction() as session:
        door = await making.opened(session, code)
    return door, Links(service_of(request).settings, door.code)


@router.get("/{code}", response_class=HTMLResponse)
async def one(request: Request, code: str, person: Reader) -> HTMLResponse:
    """One door: its links, codes and posters in each language."""
    try:
        door, links = await _opened(request, code)
    except making.NoSuchDoor as missing:
        return _missing(request, missing)
    context: dict[str, Any] = {
        "door": door,
        "short": links.short(),
        "platforms": {
            platform: {language: links.link(platform, language) for language in LANGUAGES}
            for platform in links.platforms()
        },
        "not_offered": [platform for platform in PLATFORMS if platform not in links.platforms()],
        "sizes": SIZES,
        "may_make": person.has(Role.EDITOR),
    }
    return staff_page(request, "doors/one.html", context)


@router.post("/{code}", response_class=HTMLResponse)
async def put(request: Request, code: str, person: Editor, away: Annotated[str, Form()] = "") -> Response:
    """Put a door away, or back."""
    try:
        async with service_of(request).database.transaction() as session:
            await making.put_away(session, person, code, away=away == "1", record=record)
    except making.NoSuchDoor as missing:
        return _missing(request, missing)
    return see_other(f"/console/doors/{code}", "away" if away == "1" else "back")


@router.get("/{code}/code/{platform}/{language}.{kind}")
async def code_file(
    request: Request, code: str, platform: Platform, language: Language, kind: Literal["svg", "png"], person: Reader
) -> Response:
    """The link as a QR code, for a profile, a story or somebody's own layout."""
    try:
        door, links = await _opened(request, code)
        link = links.link(platform, language)
    except (making.NoSuchDoor, KeyError) as missing:
        return _missing(request, missing)
    label = f"{page_words(request, 'doors')['qr']}: {link}"
    content = as_svg(link, label) if kind == "svg" else as_png(link)
    return _file(content, f"neuvo-{door.code}-{platform}-{language}.{kind}", kind)


@router.get("/{code}/poster/{platform}/{language}/{size}.svg")
async def poster_file(
    request: Request, code: str, platform: Platform, language: Language, size: Paper, person: Reader
) -> Response:
    """The poster as a drawing in millimetres, for a print shop."""
    try:
        door, links = await _opened(request, code)
        drawn = poster(links, platform, language, SIZES[size])
    except (making.NoSuchDoor, KeyError) as missing:
        return _missing(request, missing)
    return _file(drawn.encode(), f"neuvo-{door.code}-{platform}-{language}-{size}.svg", "svg")


@router.get("/{code}/poster/{platform}/{language}/{size}", response_class=HTMLResponse)
async def poster_page(
    request: Request, code: str, platform: Platform, language: Language, size: Paper, person: Reader
) -> HTMLResponse:
    """The poster alone on a sheet of its size, for the browser's own printing."""
    try:
        door, links = await _opened(request, code)
        drawn = poster(links, platform, language, SIZES[size])
    except (making.NoSuchDoor, KeyError) as missing:
        return _missing(request, missing)
    # Made by our own template, which escapes what it is given.
    return staff_page(request, "doors/print.html", {"door": door, "poster": Markup(drawn), "size": size})  # noqa: S704


def _file(content: bytes, name: str, kind: str) -> Response:
    headers = {"content-disposition": f'attachment; filename="{name}"', "cache-control": "no-store"}
    return Response(content, media_type="image/png" if kind == "png" else "image/svg+xml", headers=headers)


def _missing(request: Request, error: Exception) -> HTMLResponse:
    problem = {"problem": page_words(request, "doors")["missing"]}
    return staff_page(request, "doors/missing.html", problem, status_code=404)
