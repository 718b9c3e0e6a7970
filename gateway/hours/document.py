"""Hours, the data: the document that a person writes (`data/hours.yml`, or saved in the console), read and checked."""

import datetime as dt
import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Annotated, Any, Literal, NamedTuple, Self

import holidays
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)
from pydantic_core import PydanticCustomError

from gateway.errors import GatewayError
from gateway.hours.schedule import MIDNIGHT, Eve, Exceptional, Schedule, Span, Spans

_SPAN = re.compile(r"(\d{1,2})[:.](\d{2})\s*[-–]\s*(\d{1,2})[:.](\d{2})")
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MOST_EXCEPTIONS = 200
LONGEST_REASON = 40  # characters: it stands in brackets in the middle of a chat message


class Fault(NamedTuple):
    """What is wrong (`faults` of templates/hours/words.yml) and where it stands in the document."""

    kind: str
    place: tuple[int | str, ...]


class HoursRefused(GatewayError):
    """The hours cannot be used as they are written; the text says which line and why, `faults` tell a page the same."""

    status = 422

    def __init__(self, text: str, faults: Sequence[Fault] = ()) -> None:
        self.faults = tuple(faults)
        super().__init__(text)


def _span(text: str) -> str:
    match = _SPAN.fullmatch(text.strip())
    if match is None:
        raise PydanticCustomError("no_time", "'{text}' is no time of day; write it as 9:00-16:00.", {"text": text})
    hour, minute, last_hour, last_minute = map(int, match.groups())
    start, end = hour * 60 + minute, last_hour * 60 + last_minute
    if minute > 59 or last_minute > 59 or end > MIDNIGHT:
        raise PydanticCustomError("no_clock", "'{text}': a day has 24 hours of 60 minutes.", {"text": text})
    if start >= end:
        told = "'{text}' ends before it begins; write a night as two days."
        raise PydanticCustomError("ends_before", told, {"text": text})
    return f"{hour}:{minute:02}-{last_hour}:{last_minute:02}"


def _ordered(spans: list[str]) -> list[str]:
    made = sorted(_spans(spans))
    if any(one.end > other.start for one, other in pairwise(made)):
        raise PydanticCustomError("overlap", "Two times of one day overlap.")
    return spans


def _listed(value: Any) -> Any:
    return [] if value is None else value


Times = Annotated[list[Annotated[str, BeforeValidator(_span)]], BeforeValidator(_listed), AfterValidator(_ordered)]
Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_REASON)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", populate_by_name=True)


class Reasons(_Part):
    """Why, in the three languages, as it stands in brackets."""

    fi: Reason
    sv: Reason
    en: Reason


class ExceptionDocument(_Part):
    """Days with other hours."""

    first: dt.date = Field(alias="from")
    last: dt.date = Field(alias="to")
    hours: Times | None = None
    closed: Times = []
    reason: Reasons

    @model_validator(mode="after")
    def refuse_nonsense(self) -> Self:
        """The last day is not before the first, and something is said about the hours."""
        if self.last < self.first:
            dates = {"last": str(self.last), "first": str(self.first)}
            raise PydanticCustomError("last_before", "{last} is before {first}.", dates)
        if self.hours is None and not self.closed:
            raise ValueError('Write `hours` ("[]" for closed) or what is `closed`.')
        return self


class EveDocument(_Part):
    """The day before a holiday."""

    before: str
    hours: Times

    @model_validator(mode="after")
    def refuse_unknown_holidays(self) -> Self:
        """A holiday that Finland does not have would never be met, and nobody would notice."""
        known = set(holidays.country_holidays("FI", years=dt.date.today().year, language="en_US").values())
        if self.before not in known:
            told = "There is no holiday '{before}'; one of: {known}."
            raise PydanticCustomError("no_holiday", told, {"before": self.before, "known": ", ".join(sorted(known))})
        return self


class HoursDocument(_Part):
    """The whole document; `confirmed_by` names who of the force said that it is true."""

    confirmed_by: Annotated[str, StringConstraints(strip_whitespace=True, max_length=120)] = ""
    week: dict[Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"], Times]
    holidays: Times = []
    eves: list[EveDocument] = []
    exceptions: list[ExceptionDocument] = Field(default=[], max_length=MOST_EXCEPTIONS)

    @model_validator(mode="after")
    def refuse_gaps(self) -> Self:
        """Every day of the week is there."""
        missing = [day for day in _DAYS if day not in self.week]
        if missing:
            raise ValueError(f"The week lacks: {', '.join(missing)}.")
        return self

    def schedule(self) -> Schedule:
        """What the rules work with."""
        return Schedule(
            week=tuple(_spans(self.week[day]) for day in _DAYS),  # type: ignore[index]  # the days of the Literal
            confirmed=bool(self.confirmed_by),
            holiday_spans=_spans(self.holidays),
            eves=tuple(Eve(each.before, _spans(each.hours)) for each in self.eves),
            exceptions=tuple(
                Exceptional(
                    first=each.first,
                    last=each.last,
                    reason=each.reason.model_dump(),
                    spans=None if each.hours is None else _spans(each.hours),
                    closed=_spans(each.closed),
                )
                for each in self.exceptions
            ),
        )


def read_document(value: Any) -> HoursDocument:
    """The document of what YAML, JSON or a form holds; raises `HoursRefused` with every fault in words."""
    try:
        return HoursDocument.model_validate(value)
    except ValidationError as error:
        found = error.errors()
        told = [f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in found]
        faults = [Fault(fault["type"], fault["loc"]) for fault in found]
        raise HoursRefused("These hours cannot be used. " + " ".join(told), faults) from error


def _spans(times: Sequence[str]) -> Spans:
    made = []
    for text in times:
        match = _SPAN.fullmatch(text)
        assert match is not None  # the document was validated
        hour, minute, last_hour, last_minute = map(int, match.groups())
        made.append(Span(hour * 60 + minute, last_hour * 60 + last_minute))
    return tuple(sorted(made))
