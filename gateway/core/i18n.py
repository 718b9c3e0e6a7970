"""Beside the road: what the service itself says, in the reader's language, by gettext; dates and names of days by CLDR.

The English text is the message id. `gettext(language, "Sign in")` finds its translation in
`gateway/locale/<language>/LC_MESSAGES/neuvo.po`; templates say `{{ _("Sign in") }}` and Python marks what it looks up
later with `N_("Sign in")`. Values stand as `%(name)s`, and a percent sign as `%%`. What citizens are answered is not
here but in `data/`.
"""

import datetime as dt
import io
from collections.abc import Mapping
from functools import cache
from gettext import GNUTranslations, NullTranslations
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

import structlog

from gateway.core.locale import HELSINKI, LANGUAGES

if TYPE_CHECKING:
    from babel import Locale

log = structlog.get_logger()
DOMAIN: Final = "neuvo"
CATALOGUES: Final = Path(__file__).parents[1] / "locale"
# CLDR's locales: Finland's Swedish, and English as Europe writes it, with the day before the month.
_CLDR: Final = {"fi": "fi_FI", "sv": "sv_FI", "en": "en_GB"}
# How gettext keeps a message that has a context (GNU gettext manual, "The Format of GNU MO Files").
_CONTEXT_ENDS: Final = "\x04"
Width = Literal["abbreviated", "wide"]
Use = Literal["format", "stand-alone"]


def N_(message: str) -> str:  # noqa: N802  # gettext's own name for it
    """Mark a message for the catalogues that is looked up later; it is given back as it is."""
    return message


def NP_(context: str, message: str) -> str:  # noqa: N802
    """Mark a message whose English words mean two things; what is given back is looked up by `gettext`."""
    return f"{context}{_CONTEXT_ENDS}{message}"


def NN_(singular: str, plural: str) -> tuple[str, str]:  # noqa: N802
    """Mark a message with a plural that is looked up later by `ngettext`; it is given back as it is."""
    return singular, plural


# Which text of three this is.
IN_LANGUAGE: Final[Mapping[str, str]] = {
    "fi": N_("In Finnish"),
    "sv": N_("In Swedish"),
    "en": N_("In English"),
}


def gettext(language: str, message: str, /, **values: object) -> str:
    """The message in a language, with its values; in English where nobody has translated it."""
    return filled(translated(language, message), message, values)


def pgettext(language: str, context: str, message: str, /, **values: object) -> str:
    """The same for a message whose English words mean two things: `context` says which."""
    return gettext(language, NP_(context, message), **values)


def ngettext(language: str, singular: str, plural: str, num: int, /, **values: object) -> str:
    """The form that a language has for so many; `num` is a value of both."""
    return filled(translated_plural(language, singular, plural, num), plural, {"num": num, **values})


def named(language: str, table: Mapping[str, str], code: str, unknown: str | None = None) -> str:
    """What a code is called; `unknown`, or the code itself, where nobody has named it."""
    if code in table:
        return gettext(language, table[code])
    return code if unknown is None else unknown


def translated(language: str, message: str) -> str:
    """The message in a language, its values not yet filled in."""
    found = _catalogue(language).gettext(message)
    return found.rpartition(_CONTEXT_ENDS)[2]


def translated_plural(language: str, singular: str, plural: str, num: int) -> str:
    """The form for so many, its values not yet filled in."""
    return _catalogue(language).ngettext(singular, plural, num)


def filled(text: str, message: str, values: Mapping[str, object]) -> str:
    """The text with its values; the English one where a translation asks for others, for a page must be shown."""
    english = message.rpartition(_CONTEXT_ENDS)[2]
    for each in (text, english):
        try:
            return each % values
        except (KeyError, ValueError, TypeError) as error:
            log.error("message_not_filled", message=english, error=repr(error))
    return english


@cache
def _catalogue(language: str) -> NullTranslations:
    """A language's messages, read at their first use; none, and a line for the operator, where they cannot be read."""
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import PoFileError, read_po

    try:
        with catalogue_path(language).open("rb") as file:
            catalogue = read_po(file, locale=language, domain=DOMAIN, abort_invalid=True)
    except (OSError, ValueError, PoFileError) as error:
        log.error("catalogue_unreadable", language=language, error=repr(error))
        return NullTranslations()
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return GNUTranslations(compiled)


def load() -> None:
    """Read what is read at its first use, so that no citizen's message has to wait for it."""
    for language in LANGUAGES:
        _catalogue(language)
        weekday(language, 0)


def catalogue_path(language: str) -> Path:
    """Where the messages of a language are."""
    return CATALOGUES / language / "LC_MESSAGES" / f"{DOMAIN}.po"


@cache
def locale_of(language: str) -> "Locale":
    """CLDR's locale for one of our languages."""
    from babel import Locale

    return Locale.parse(_CLDR[language])


def moment(at: dt.datetime) -> str:
    """A moment in Finland as every table of the staff has it, whatever the language: "24.11.2026 09.05"."""
    return _formatted(at, "d.M.y HH.mm")


def day(at: dt.datetime | dt.date) -> str:
    """A date in the same way: "24.11.2026"."""
    return _formatted(at, "d.M.y")


def clock(at: dt.datetime) -> str:
    """A time of the day in Finland in the same way: "9.05"."""
    return _formatted(at, "H.mm")


def _formatted(at: dt.datetime | dt.date, pattern: str) -> str:
    from babel.dates import format_date, format_datetime

    if isinstance(at, dt.datetime):
        return format_datetime(at, pattern, tzinfo=HELSINKI, locale=locale_of("fi"))
    return format_date(at, pattern, locale=locale_of("fi"))


def date_by(language: str, at: dt.date, skeleton: str) -> str:
    """A date with the parts of a CLDR skeleton (`yMMMM`, `Md`), in the language's own order."""
    from babel.dates import format_skeleton

    # The middle of the day, so that no zone makes another date of it.
    return format_skeleton(skeleton, dt.datetime(at.year, at.month, at.day, 12), locale=locale_of(language))


def time_by(language: str, at: dt.time, pattern: str) -> str:
    """A time of the day by a CLDR pattern: `h a` is "9 am" in English."""
    from babel.dates import format_time

    return format_time(at, pattern, locale=locale_of(language))


def weekday(language: str, number: int, width: Width = "wide", use: Use = "stand-alone") -> str:
    """The name of a weekday, 0 for Monday; Finnish inflects the wide one for use in a sentence ("maanantaina")."""
    return str(locale_of(language).days[use][width][number])


def number(count: int) -> str:
    """A count with a hard space between thousands, as all three languages may write it: "12 345"."""
    from babel.numbers import format_decimal

    return format_decimal(count, locale=locale_of("fi"))


def language_name(language: str, code: str) -> str:
    """What a language is called in another one: "ruotsi"."""
    return str(locale_of(language).languages[code])


def capitalised(text: str) -> str:
    """With a capital at the beginning, for a heading; the rest stays as it is."""
    return text[:1].upper() + text[1:]
