"""Hours, the form: from the fields of a page to the document of the hours and back; pure."""

import re
from collections.abc import Mapping
from typing import Any

from gateway.core.i18n import capitalised, gettext, weekday
from gateway.core.locale import LANGUAGES
from gateway.hours import wording
from gateway.hours.document import HoursDocument, HoursRefused

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
EMPTY_LINES = 2  # for new exceptions and eves, below those that are there
_BETWEEN = re.compile(r"\s*(?:,|;|\bja\b|\boch\b|\band\b)\s*")
_BARE_HOURS = re.compile(r"(?<![\d:.])(\d{1,2})(?![\d:.])")


def fields_of(document: HoursDocument) -> dict[str, str]:
    """What stands in the form for these hours."""
    fields = {f"week_{day}": _times(document.week[day]) for day in DAYS}  # type: ignore[index]  # the days
    fields["holidays"] = _times(document.holidays)
    for place, eve in enumerate(document.eves):
        fields |= {f"eve_{place}_before": eve.before, f"eve_{place}_hours": _times(eve.hours)}
    for place, each in enumerate(document.exceptions):
        start = f"exception_{place}_"
        fields |= {f"{start}from": str(each.first), f"{start}to": str(each.last), f"{start}closed": _times(each.closed)}
        # Empty hours would look like hours that nobody gave: the form says closed days with a word.
        fields[f"{start}hours"] = "" if each.hours is None else (_times(each.hours) or "-")
        fields |= {f"{start}reason_{language}": getattr(each.reason, language) for language in LANGUAGES}
    return fields


def document_of(fields: Mapping[str, str]) -> dict[str, Any]:
    """The document of a sent form, for `document.read_document` to check; lines without a word in them are left out."""
    return {
        "week": {day: times_of(fields.get(f"week_{day}", "")) for day in DAYS},
        "holidays": times_of(fields.get("holidays", "")),
        "eves": [
            {"before": fields.get(f"eve_{place}_before", ""), "hours": times_of(fields.get(f"eve_{place}_hours", ""))}
            for place in _filled(fields, "eve")
        ],
        "exceptions": [_exception(fields, f"exception_{place}_") for place in _filled(fields, "exception")],
    }


def told(refused: HoursRefused, fields: Mapping[str, str], language: str) -> str:
    """Every fault of a sent form once: where it stands on the page, and what to do."""
    sentences = [f"{_name(each.place, fields, language)}: {_fault(each.kind, language)}" for each in refused.faults]
    return " ".join(dict.fromkeys(sentences))


def _fault(kind: str, language: str) -> str:
    kind = "date" if kind.startswith("date_") else kind
    return gettext(language, wording.FAULTS.get(kind, wording.FAULTS["other"]))


def _name(place: tuple[int | str, ...], fields: Mapping[str, str], language: str) -> str:
    match place:
        case ("week", str(day), *_) if day in DAYS:
            return capitalised(weekday(language, DAYS.index(day)))
        case ("eves", int(number), *_):
            return f"{gettext(language, 'Eve')} {_filled(fields, 'eve')[number] + 1}"
        case ("exceptions", int(number), *rest):
            name = f"{gettext(language, 'Exception')} {_filled(fields, 'exception')[number] + 1}"
            reason = rest[:1] == ["reason"] and rest[1:]
            return f"{name}, {gettext(language, wording.REASON_IN[str(rest[1])])}" if reason else name
        case (str(part), *_) if part in wording.PARTS:
            return gettext(language, wording.PARTS[part])
    return gettext(language, "Service hours")


def _filled(fields: Mapping[str, str], name: str) -> list[int]:
    """The lines of a kind that somebody has written in."""
    parts = {"eve": ("before",), "exception": ("from", "to", "hours", "closed")}[name]
    lines = range(count(fields, name))
    return [place for place in lines if any(fields.get(f"{name}_{place}_{part}", "").strip() for part in parts)]


def _exception(fields: Mapping[str, str], start: str) -> dict[str, Any]:
    hours, closed = fields.get(f"{start}hours", "").strip(), fields.get(f"{start}closed", "").strip()
    first = fields.get(f"{start}from", "").strip()
    return {
        "from": first,
        "to": fields.get(f"{start}to", "").strip() or first,
        "hours": times_of(hours) if hours else (None if closed else []),
        "closed": times_of(closed),
        "reason": {language: fields.get(f"{start}reason_{language}", "") for language in LANGUAGES},
    }


def times_of(text: str) -> list[str]:
    """Times as people write them: "9-16", "9.00–12.00, 13–16"; a dash or nothing is closed."""
    if text.strip() in ("", "-", "–"):
        return []
    parts = [part for part in _BETWEEN.split(text.strip()) if part]
    return [_BARE_HOURS.sub(r"\1:00", part).replace("–", "-") for part in parts]


def count(fields: Mapping[str, str], name: str) -> int:
    """How many lines of a kind the form has."""
    places = [int(match.group(1)) for key in fields if (match := re.fullmatch(rf"{name}_(\d{{1,3}})_\w+", key))]
    return max(places, default=-1) + 1


def _times(times: list[str]) -> str:
    return ", ".join(times)
