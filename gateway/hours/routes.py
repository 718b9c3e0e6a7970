"""Service hours: the officers' page of the week, exceptions and holidays, with a preview of what the bot says."""

import datetime as dt
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse

from gateway.accounts.access import Person, needs
from gateway.accounts.acting_person import record
from gateway.accounts.staff_page import see_other, staff_page, translate
from gateway.core import i18n
from gateway.core.actors import Role
from gateway.core.database import now
from gateway.core.locale import HELSINKI, LANGUAGES
from gateway.hours import wording
from gateway.hours.document import HoursDocument, HoursRefused, read_document
from gateway.hours.form import DAYS, EMPTY_LINES, count, document_of, fields_of, told
from gateway.hours.schedule import Schedule, finnish_holidays
from gateway.hours.service import HoursContext, save

router = APIRouter(prefix="/console/hours", tags=["hours"])
Reader = Annotated[Person, Depends(needs(Role.OFFICER, Role.SUPERVISOR))]
Supervisor = Annotated[Person, Depends(needs(Role.SUPERVISOR))]
SAID = ("officer_presence", "service_hours", "next_opening")
_EARLIEST, _LATEST = dt.datetime(2020, 1, 1, tzinfo=dt.UTC), dt.datetime(2090, 1, 1, tzinfo=dt.UTC)


@router.get("", response_class=HTMLResponse)
async def page(request: Request, person: Reader, at: str = "") -> HTMLResponse:
    """The valid hours, and what the bot says now or at the time `at`."""
    return await _page(request, person, at=at)


@router.post("", response_class=HTMLResponse)
async def change(request: Request, person: Supervisor) -> Response:
    """Save the hours, or (with `try`) only show what the bot would say."""
    fields = {key: value for key, value in (await request.form()).items() if isinstance(value, str)}
    service = service_of(request)
    try:
        document = read_document(document_of(fields))
        if "try" in fields:
            return await _page(request, person, fields, document, at=fields.get("at", ""))
        async with service.database.transaction() as session:
            await save(session, person, document.model_dump(mode="json", by_alias=True), record)
    except HoursRefused as error:
        return await _page(request, person, fields, refused=error)
    service.hours.forget()
    return see_other("/console/hours", "kept")


async def _page(
    request: Request,
    person: Person,
    fields: Mapping[str, str] | None = None,
    tried: HoursDocument | None = None,
    refused: HoursRefused | None = None,
    at: str = "",
) -> HTMLResponse:
    service = service_of(request)
    async with service.database.transaction() as session:
        kept = await service.hours.document(session)
        sayable = await service.hours.schedule(session)
    moment = _parse_time(at)
    schedule = tried.schedule() if tried else kept.schedule()
    shown = fields if fields is not None else fields_of(kept)
    said_by = schedule if tried else sayable
    context: dict[str, Any] = {
        "wording": wording,
        "fields": shown,
        "days": DAYS,
        "eve_lines": range(count(shown, "eve") + (EMPTY_LINES if fields is None else 0)),
        "exception_lines": range(count(shown, "exception") + (EMPTY_LINES if fields is None else 0)),
        "holiday_names": _holiday_names(),
        "kept": kept,
        "tried": tried is not None,
        "may_save": person.has(Role.SUPERVISOR),
        "moment": moment.astimezone(HELSINKI).strftime("%Y-%m-%dT%H:%M"),
        "says": {
            language: [wording.values(said_by, moment, language, service.lines)[name] for name in SAID]
            for language in LANGUAGES
        },
        "special_days": _special_days(schedule, moment.astimezone(HELSINKI).year, person.language),
    }
    if refused is not None:
        problem = told(refused, shown, person.language)
        context["problem"] = f"{translate(request, 'The hours were not saved:')} {problem}"
    return staff_page(request, "hours/hours.html", context, status_code=refused.status if refused else 200)


def _special_days(schedule: Schedule, year: int, language: str) -> list[dict[str, str]]:
    """The days of a year with other hours than their weekday's, with the reason."""
    found, day = [], dt.date(year, 1, 1)
    while day.year == year:
        special = schedule.day(day)
        if special.reason is not None:
            times = ", ".join(f"{_clock(span.start)}–{_clock(span.end)}" for span in special.spans)
            name = special.reason.get(language, "")
            date = f"{i18n.weekday(language, day.weekday(), 'abbreviated')} {i18n.day(day)}"
            found.append({"day": date, "name": name, "times": times})
        day += dt.timedelta(days=1)
    return found


def _clock(minutes: int) -> str:
    return f"{minutes // 60}.{minutes % 60:02}"


def _holiday_names() -> list[str]:
    names = finnish_holidays(now().astimezone(HELSINKI).year).values()
    return sorted(set(names))


def _parse_time(text: str) -> dt.datetime:
    try:
        at = dt.datetime.fromisoformat(text).replace(tzinfo=HELSINKI).astimezone(dt.UTC)
    except (ValueError, OverflowError):
        return now()
    return at if _EARLIEST < at < _LATEST else now()


def service_of(request: Request) -> HoursContext:
    """The context of this process."""
    service: HoursContext = request.app.state.service
    return service
