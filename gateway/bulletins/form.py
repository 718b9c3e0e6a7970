"""Bulletins, the form: from the fields of a page to a notice and back, its faults in the writer's language; pure."""

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from gateway.bulletins.content import BulletinContent, BulletinRefused, read_content
from gateway.conversations.lines import LANGUAGES
from gateway.errors import GatewayError
from gateway.hours.schedule import ZONE

_USUAL = dt.timedelta(hours=6)  # how long a new notice holds when its author says nothing else
_BETWEEN = re.compile(r"[,;\n]")
# What `BulletinContent` says of the whole, by the beginning of its sentence -> the key of our words.
_WHOLE = {
    "It ends before": "ends_before",
    "It holds for": "too_long_time",
    "The text in": "has_code",
    "Write it": "missing",
}


def fields_of(content: BulletinContent) -> dict[str, str]:
    """What stands in the form for this notice."""
    fields = {f"title_{language}": content.words[language].title for language in LANGUAGES}
    fields |= {f"text_{language}": content.words[language].text for language in LANGUAGES}
    return fields | {
        "places": ", ".join(content.places),
        "keywords": ", ".join(content.keywords),
        "starts_at": _wall(content.starts_at),
        "ends_at": _wall(content.ends_at),
    }


def empty_fields(at: dt.datetime) -> dict[str, str]:
    """The form of a new notice: it begins now and ends by itself in some hours."""
    names = [f"{part}_{language}" for part in ("title", "text") for language in LANGUAGES]
    return dict.fromkeys((*names, "places", "keywords"), "") | {
        "starts_at": _wall(at),
        "ends_at": _wall(at + _USUAL),
    }


def content_of(fields: Mapping[str, str]) -> BulletinContent:
    """The notice of a sent form; raises `BulletinRefused`."""
    words = {
        language: {part: fields.get(f"{part}_{language}", "") for part in ("title", "text")} for language in LANGUAGES
    }
    return read_content(
        {
            "words": words,
            "places": _listed(fields.get("places", "")),
            "keywords": _listed(fields.get("keywords", "")),
            "starts_at": _moment(fields.get("starts_at", "")),
            "ends_at": _moment(fields.get("ends_at", "")),
        }
    )


def faults(error: GatewayError, words: Mapping[str, Any]) -> list[str]:
    """What is wrong, as sentences in the words of the page."""
    cause = error.__cause__
    if not isinstance(error, BulletinRefused) or not isinstance(cause, ValidationError):
        return [str(words["problems"].get(type(error).__name__, error))]
    found = [_fault(dict(each), words) for each in cause.errors()]
    return list(dict.fromkeys(found))


def _fault(each: dict[str, Any], words: Mapping[str, Any]) -> str:
    where = _where(each["loc"], words)
    whole = next((key for start, key in _WHOLE.items() if start in each["msg"]), None)
    if whole is not None:
        return str(words["faults"][whole])
    # A length of text, wherever the loc does not end at a list of names, is told as one.
    kind = each["type"]
    if kind in ("too_short", "too_long") and len(each["loc"]) > 1:
        kind = f"string_{kind}"
    context = each.get("ctx") or {}
    limit = context.get("max_length", context.get("min_length", ""))
    text = str(words["faults"].get(kind, words["faults"]["other"]))
    return f"{where}: {text.replace('{limit}', str(limit))}"


def _where(loc: Sequence[int | str], words: Mapping[str, Any]) -> str:
    names = [str(part) for part in loc]
    if names[:1] == ["words"] and len(names) > 2:
        return f"{words['fields'][names[2]]} ({words['language_names'][names[1]]})"
    return str(words["fields"].get(names[0], names[0])) if names else ""


def _listed(text: str) -> list[str]:
    return [part.strip() for part in _BETWEEN.split(text) if part.strip()]


def _wall(at: dt.datetime) -> str:
    return at.astimezone(ZONE).strftime("%Y-%m-%dT%H:%M")


def _moment(text: str) -> dt.datetime | str:
    """The time on the wall in Finland as a moment; what is none is left for the check of the whole to refuse."""
    try:
        return dt.datetime.fromisoformat(text).replace(tzinfo=ZONE).astimezone(dt.UTC)
    except ValueError:
        return text
