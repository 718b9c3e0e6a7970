"""Bulletins, the form: fields of a page to content and back, validation errors in the writer's language; pure."""

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from gateway.bulletins import wording
from gateway.bulletins.content import BulletinContent, BulletinRefused, read_content
from gateway.core.errors import GatewayError
from gateway.core.i18n import IN_LANGUAGE, gettext, named
from gateway.core.inputs import OutOfBounds, read_day
from gateway.core.locale import HELSINKI, LANGUAGES

_USUAL = dt.timedelta(hours=6)  # how long a new bulletin holds by default
_BETWEEN = re.compile(r"[,;\n]")
# What `BulletinContent` says of the whole bulletin and of no field of it.
_WHOLE = ("ends_before", "too_long_time", "has_code", "missing_language")


def fields_of(content: BulletinContent) -> dict[str, str]:
    """The fields of the form for this content."""
    fields = {f"title_{language}": content.words[language].title for language in LANGUAGES}
    fields |= {f"text_{language}": content.words[language].text for language in LANGUAGES}
    return fields | {
        "places": ", ".join(content.places),
        "keywords": ", ".join(content.keywords),
        "starts_at": _local_time(content.starts_at),
        "ends_at": _local_time(content.ends_at),
    }


def empty_fields(at: dt.datetime) -> dict[str, str]:
    """The form of a new bulletin: it begins now and ends by itself in some hours."""
    names = [f"{part}_{language}" for part in ("title", "text") for language in LANGUAGES]
    return dict.fromkeys((*names, "places", "keywords"), "") | {
        "starts_at": _local_time(at),
        "ends_at": _local_time(at + _USUAL),
    }


def content_of(fields: Mapping[str, str]) -> BulletinContent:
    """The bulletin of a sent form; raises `BulletinRefused`."""
    words = {
        language: {part: fields.get(f"{part}_{language}", "") for part in ("title", "text")} for language in LANGUAGES
    }
    return read_content(
        {
            "words": words,
            "places": _listed(fields.get("places", "")),
            "keywords": _listed(fields.get("keywords", "")),
            "starts_at": _timestamp(fields.get("starts_at", "")),
            "ends_at": _timestamp(fields.get("ends_at", "")),
        }
    )


def faults(error: GatewayError, language: str) -> list[str]:
    """The validation errors as sentences in the writer's language."""
    cause = error.__cause__
    if not isinstance(error, BulletinRefused) or not isinstance(cause, ValidationError):
        return [named(language, wording.PROBLEMS, type(error).__name__, str(error))]
    found = [_fault(dict(each), language) for each in cause.errors()]
    return list(dict.fromkeys(found))


def _fault(each: dict[str, Any], language: str) -> str:
    kind = each["type"]
    if kind in _WHOLE:
        return gettext(language, wording.FAULTS[kind])
    # A length of text, wherever the loc does not end at a list of names, is told as one.
    if kind in ("too_short", "too_long") and len(each["loc"]) > 1:
        kind = f"string_{kind}"
    context = each.get("ctx") or {}
    limit = context.get("max_length", context.get("min_length", ""))
    text = gettext(language, wording.FAULTS.get(kind, wording.FAULTS["other"]), limit=limit)
    return f"{_where(each['loc'], language)}: {text}"


def _where(loc: Sequence[int | str], language: str) -> str:
    names = [str(part) for part in loc]
    if names[:1] == ["words"] and len(names) > 2:
        field = gettext(language, wording.FIELDS[names[2]])
        return f"{field} ({named(language, IN_LANGUAGE, names[1])})"
    return named(language, wording.FIELDS, names[0]) if names else ""


def _listed(text: str) -> list[str]:
    return [part.strip() for part in _BETWEEN.split(text) if part.strip()]


def _local_time(at: dt.datetime) -> str:
    return at.astimezone(HELSINKI).strftime("%Y-%m-%dT%H:%M")


def _timestamp(text: str) -> dt.datetime | str:
    """A local Finnish time as a timestamp in UTC; anything else is left for the validation to refuse."""
    try:
        read_day(text[:10])
        return dt.datetime.fromisoformat(text).replace(tzinfo=HELSINKI).astimezone(dt.UTC)
    except (ValueError, OutOfBounds):
        return text
