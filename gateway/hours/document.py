"""Service hours: the document (`data/hours.yml`, or saved in the console), parsed and validated."""

import datetime as dt
import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Annotated, Any, Literal, NamedTuple, Self

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

from gateway.core.errors import GatewayError
from gateway.hours.schedule import MIDNIGHT, Eve, ExceptionalDays, Schedule, Span, Spans, finnish_holidays

_SPAN = re.compile(r"(\d{1,2})[:.](\d{2})\s*[-–]\s*(\d{1,2})[:.](\d{2})")
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MAX_EXCEPTIONS = 200
MAX_REASON_LENGTH = 40  # characters; it is shown in brackets in a chat message


class HoursError(NamedTuple):
    """The code of a fault (`FAULTS` of `gateway/hours/wording.py`) and its place in the document."""

    kind: str
    place: tuple[int | str, ...]


class HoursRefused(GatewayError):
    """The document is invalid; the text names each place and fault, and `faults` holds them for a page."""

    status = 422

    def __init__(self, text: str, faults: Sequence[HoursError] = ()) -> None:
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
Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_REASON_LENGTH)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", populate_by_name=True)


class Reasons(_Part):
    """The reason in the three languages, as it is shown in brackets."""

    fi: Reason
    sv: Reason
    en: Reason


class ExceptionDocument(_Part):
    """Days with exceptional hours."""

    first: dt.date = Field(alias="from")
    last: dt.date = Field(alias="to")
    hours: Times | None = None
    closed: Times = []
    reason: Reasons

    @model_validator(mode="after")
    def refuse_nonsense(self) -> Self:
        """The last day is not before the first, and hours or closed times are given."""
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
        """An unknown holiday would never match, without any error."""
        known = set(finnish_holidays(dt.date.today().year).values())
        if self.before not in known:
            told = "There is no holiday '{before}'; one of: {known}."
            raise PydanticCustomError("no_holiday", told, {"before": self.before, "known": ", ".join(sorted(known))})
        return self


class HoursDocument(_Part):
    """The whole document; `confirmed_by` is the name of the person who confirmed it for the force."""

    confirmed_by: Annotated[str, StringConstraints(strip_whitespace=True, max_length=120)] = ""
    week: dict[Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"], Times]
    holidays: Times = []
    eves: list[EveDocument] = []
    exceptions: list[ExceptionDocument] = Field(default=[], max_length=MAX_EXCEPTIONS)

    @model_validator(mode="after")
    def refuse_gaps(self) -> Self:
        """Every day of the week is given."""
        missing = [day for day in _DAYS if day not in self.week]
        if missing:
            raise ValueError(f"The week lacks: {', '.join(missing)}.")
        return self

    def schedule(self) -> Schedule:
        """The schedule of this document."""
        return Schedule(
            week=tuple(_spans(self.week[day]) for day in _DAYS),  # type: ignore[index]  # the days of the Literal
            confirmed=bool(self.confirmed_by),
            holiday_spans=_spans(self.holidays),
            eves=tuple(Eve(each.before, _spans(each.hours)) for each in self.eves),
            exceptions=tuple(
                ExceptionalDays(
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
    """Validate data of YAML, JSON or a form; raises `HoursRefused` with every fault."""
    try:
        return HoursDocument.model_validate(value)
    except ValidationError as error:
        found = error.errors()
        told = [f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in found]
        faults = [HoursError(fault["type"], fault["loc"]) for fault in found]
        raise HoursRefused("These hours cannot be used. " + " ".join(told), faults) from error


def _spans(times: Sequence[str]) -> Spans:
    made = []
    for text in times:
        match = _SPAN.fullmatch(text)
        assert match is not None  # the document was validated
        hour, minute, last_hour, last_minute = map(int, match.groups())
        made.append(Span(hour * 60 + minute, last_hour * 60 + last_minute))
    return tuple(sorted(made))
