"""Referrals, the staff's pages: the referral links with their QR codes and posters."""

import datetime as dt
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import HTMLResponse
from markupsafe import Markup

from gateway.accounts.access import Person, needs
from gateway.accounts.acting_person import record
from gateway.accounts.staff_page import see_other, service_of, staff_page, translate
from gateway.analytics.models import Measure
from gateway.analytics.queries import rounded_counts
from gateway.conversations.kinds import ChannelName
from gateway.core.actors import Role
from gateway.core.database import now
from gateway.core.locale import HELSINKI, LANGUAGES, Language
from gateway.referrals import service, wording
from gateway.referrals.images import SIZES, poster, qr_png, qr_svg
from gateway.referrals.links import Links
from gateway.referrals.models import LinkKind, ReferralLink

router = APIRouter(prefix="/console/doors", tags=["referrals"])
Reader = Annotated[Person, Depends(needs(Role.EDITOR, Role.SUPERVISOR))]
Editor = Annotated[Person, Depends(needs(Role.EDITOR))]
Paper = Literal["a6", "a4"]
_DAYS = 28


@router.get("", response_class=HTMLResponse)
async def all_of_them(request: Request, person: Reader) -> HTMLResponse:
    """Every referral link with its arrivals of the last four weeks, and the form for a new one."""
    return await _list(request, person)


@router.post("", response_class=HTMLResponse)
async def make(
    request: Request, person: Editor, name: Annotated[str, Form()] = "", kind: Annotated[str, Form()] = ""
) -> Response:
    """Create a referral link; an invalid form is shown again with the reason."""
    try:
        async with service_of(request).database.transaction() as session:
            referral = await service.create(session, person, name, kind, record)
    except service.ReferralLinkRefused as refused:
        return await _list(request, person, name, kind, refused)
    return see_other(f"/console/doors/{referral.code}", "made")


async def _list(
    request: Request,
    person: Person,
    name: str = "",
    kind: str = LinkKind.WALL,
    refused: service.ReferralLinkRefused | None = None,
) -> HTMLResponse:
    today = now().astimezone(HELSINKI).date()
    async with service_of(request).database.transaction() as session:
        referrals = await service.list_all(session)
        rounded = await rounded_counts(session, today - dt.timedelta(days=_DAYS - 1), today)
    context: dict[str, Any] = {
        "wording": wording,
        "groups": {
            "offered": [referral for referral in referrals if referral.retired_at is None],
            "retired": [referral for referral in referrals if referral.retired_at is not None],
        },
        "came": {referral.code: rounded.total(Measure.REFERRAL, referral.code) for referral in referrals},
        "kinds": tuple(LinkKind),
        "longest_name": service.LONGEST_NAME,
        "may_make": person.has(Role.EDITOR),
        "name": name,
        "kind": kind,
        "refused": refused.why if refused else "",
    }
    if refused:
        context["problem"] = translate(request, wording.REFUSED[refused.why])
    return staff_page(request, "referrals/list.html", context, status_code=refused.status if refused else 200)


async def _get(request: Request, code: str) -> tuple[ReferralLink, Links]:
    async with service_of(request).database.transaction() as session:
        referral = await service.get(session, code)
    return referral, Links(service_of(request).settings, referral.code)


@router.get("/{code}", response_class=HTMLResponse)
async def one(request: Request, code: str, person: Reader) -> HTMLResponse:
    """One referral link: its addresses, QR codes and posters in each language."""
    try:
        referral, links = await _get(request, code)
    except service.NoSuchReferralLink as missing:
        return _missing(request, missing)
    context: dict[str, Any] = {
        "wording": wording,
        "referral": referral,
        "short": links.short(),
        "platforms": {
            platform: {language: links.link(platform, language) for language in LANGUAGES}
            for platform in links.platforms()
        },
        "not_offered": [platform for platform in ChannelName if platform not in links.platforms()],
        "sizes": SIZES,
        "may_make": person.has(Role.EDITOR),
    }
    return staff_page(request, "referrals/one.html", context)


@router.post("/{code}", response_class=HTMLResponse)
async def change_use(request: Request, code: str, person: Editor, away: Annotated[str, Form()] = "") -> Response:
    """Retire a referral link, or restore it."""
    try:
        async with service_of(request).database.transaction() as session:
            await service.retire(session, person, code, retired=away == "1", record=record)
    except service.NoSuchReferralLink as missing:
        return _missing(request, missing)
    return see_other(f"/console/doors/{code}", "away" if away == "1" else "back")


@router.get("/{code}/code/{platform}/{language}.{kind}")
async def code_file(
    request: Request, code: str, platform: ChannelName, language: Language, kind: Literal["svg", "png"], person: Reader
) -> Response:
    """The link as a QR code, for a profile, a story or somebody's own layout."""
    try:
        referral, links = await _get(request, code)
        link = links.link(platform, language)
    except (service.NoSuchReferralLink, KeyError) as missing:
        return _missing(request, missing)
    label = f"{translate(request, 'QR code')}: {link}"
    content = qr_svg(link, label) if kind == "svg" else qr_png(link)
    return _file(content, f"neuvo-{referral.code}-{platform}-{language}.{kind}", kind)


@router.get("/{code}/poster/{platform}/{language}/{size}.svg")
async def poster_file(
    request: Request, code: str, platform: ChannelName, language: Language, size: Paper, person: Reader
) -> Response:
    """The poster as a drawing in millimetres, for a print shop."""
    try:
        referral, links = await _get(request, code)
        drawn = poster(links, platform, language, SIZES[size])
    except (service.NoSuchReferralLink, KeyError) as missing:
        return _missing(request, missing)
    return _file(drawn.encode(), f"neuvo-{referral.code}-{platform}-{language}-{size}.svg", "svg")


@router.get("/{code}/poster/{platform}/{language}/{size}", response_class=HTMLResponse)
async def poster_page(
    request: Request, code: str, platform: ChannelName, language: Language, size: Paper, person: Reader
) -> HTMLResponse:
    """The poster alone on a sheet of its size, for the browser's own printing."""
    try:
        referral, links = await _get(request, code)
        drawn = poster(links, platform, language, SIZES[size])
    except (service.NoSuchReferralLink, KeyError) as missing:
        return _missing(request, missing)
    # Made by our own template, which escapes what it is given.
    context = {"wording": wording, "referral": referral, "poster": Markup(drawn), "size": size}  # noqa: S704
    return staff_page(request, "referrals/print.html", context)


def _file(content: bytes, name: str, kind: str) -> Response:
    headers = {"content-disposition": f'attachment; filename="{name}"', "cache-control": "no-store"}
    return Response(content, media_type="image/png" if kind == "png" else "image/svg+xml", headers=headers)


def _missing(request: Request, error: Exception) -> HTMLResponse:
    context = {"problem": translate(request, "There is no such link."), "wording": wording}
    return staff_page(request, "referrals/missing.html", context, status_code=404)
