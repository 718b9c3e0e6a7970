"""The languages and the time zone of the service."""

import datetime as dt
from enum import StrEnum
from zoneinfo import ZoneInfo

from gateway.core.database import now

HELSINKI = ZoneInfo("Europe/Helsinki")


class Language(StrEnum):
    """The languages in which the service answers, in the order in which they are shown."""

    FI = "fi"
    SV = "sv"
    EN = "en"


LANGUAGES = tuple(language.value for language in Language)
# Never translated: whoever looks for their language reads its own name.
OWN_NAMES = {"fi": "Suomi", "sv": "Svenska", "en": "English"}
IN_THEIR_OWN = {"fi": "Suomeksi", "sv": "På svenska", "en": "In English"}


def today() -> dt.date:
    """The date in Finland."""
    return now().astimezone(HELSINKI).date()


def midnight() -> dt.datetime:
    """When today began in Finland."""
    return dt.datetime.combine(today(), dt.time(), tzinfo=HELSINKI).astimezone(dt.UTC)
