"""Accounts: an entry of the audit log as its auditor reads it: names and words for ids and codes.

What has no words, such as the id of a request, is shown by its first characters, by which entries about the same thing
are known. The export has everything as it was written.
"""

import datetime as dt
import re
from collections.abc import Mapping
from typing import Any, Final

from gateway.accounts.audit_wording import ANSWERS, DETAILS, SUBJECTS, UNNAMED, VALUES
from gateway.accounts.wording import ACTORS
from gateway.core.i18n import gettext, moment, named

_CONVERSATION: Final = "conversation "
_TEXT: Final = "content_approved"  # by the name of its file, as the editors know it
_OF_API: Final = "api:"  # before the id of a token of the API that acts
_SHORT: Final = 8
_LONG_CODE: Final = re.compile("[0-9a-f]{16,}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\S+")


def shown_details(language: str, details: Mapping[str, Any], names: Mapping[str, str]) -> list[tuple[str, str]]:
    """Each detail's name and value in words; `names` are those of people, by their ids."""
    return [
        (named(language, DETAILS, key), ", ".join(_value(language, key, each, names) for each in _listed(value)))
        for key, value in details.items()
    ]


def _listed(value: Any) -> list[str]:
    return [str(each) for each in value] if isinstance(value, list) else [str(value)]


def _value(language: str, key: str, value: str, names: Mapping[str, str]) -> str:
    if value in (table := VALUES.get(key, {})):
        return named(language, table, value)
    if key in UNNAMED:
        return gettext(language, UNNAMED[key])
    return names.get(value) or named(language, ANSWERS, value, shown_subject(language, "", value, names))


def shown_subject(language: str, action: str, subject: str, names: Mapping[str, str]) -> str:
    """What an entry of this action is about: a person's name, a conversation's number, or what it is and its code."""
    if subject in names:
        return names[subject]
    if subject in ACTORS:
        return named(language, ACTORS, subject)
    if subject.startswith(_CONVERSATION):  # its number is whole: by it everything about the conversation is found
        return f"{gettext(language, SUBJECTS['conversation'])} {subject.removeprefix(_CONVERSATION)}"
    if _TIME.fullmatch(subject):
        return moment(dt.datetime.fromisoformat(subject))
    if subject.startswith(_OF_API):
        action, subject = "api", subject.removeprefix(_OF_API)
    prefix, _, code = subject.rpartition(" ")
    kind = _kind(language, prefix if prefix in ("referral", "bulletin") else action)
    if kind and prefix in ("referral", "bulletin"):
        return f"{kind} {_shortened(code)}"
    if _LONG_CODE.fullmatch(subject) or action.startswith("keys_"):
        return f"{kind} {_shortened(subject)}".strip()
    return re.split("[:/]", subject)[-1].removesuffix(".yml").replace("_", " ") if action == _TEXT else subject


def _kind(language: str, action: str) -> str:
    return next((gettext(language, SUBJECTS[each]) for each in SUBJECTS if action.startswith(each)), "")


def _shortened(code: str) -> str:
    return code[:_SHORT] if _LONG_CODE.fullmatch(code) else code
