"""Beside the road: how every page is made from its template, in the reader's language and in Finland's time.

A template says `{{ _("Sign in") }}`, `{{ ngettext("%(num)s file", "%(num)s files", count) }}`, `{% trans %}`, and
`{{ named(wording.STATES, state) }}` for a code that a table of marked messages names. All are in the `language` of the
template's context, so a macro that speaks is imported `with context`. A message is text and never markup.
"""

from collections.abc import Mapping
from pathlib import Path

from fastapi import Request
from fastapi.templating import Jinja2Templates
from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import escape

from gateway.core import i18n
from gateway.core.locale import LANGUAGES

_GATEWAY = Path(__file__).parents[2]
templates = Jinja2Templates(directory=_GATEWAY / "templates")


def _language(context: Context) -> str:
    if "language" not in context:
        raise LookupError(f"{context.name} does not know in which language it speaks: import it `with context`.")
    return str(context["language"])


def _escaped(text: str, message: str, values: Mapping[str, object]) -> str:
    """The text with its values, both escaped: neither a translator nor a citizen can write markup into a page."""
    return i18n.filled(escape(text), escape(message), values)


@pass_context
def _gettext(context: Context, message: str, /, **values: object) -> str:
    return _escaped(i18n.translated(_language(context), message), message, values)


@pass_context
def _pgettext(context: Context, meaning: str, message: str, /, **values: object) -> str:
    marked = i18n.NP_(meaning, message)
    return _escaped(i18n.translated(_language(context), marked), marked, values)


@pass_context
def _ngettext(context: Context, singular: str, plural: str, num: int, /, **values: object) -> str:
    text = i18n.translated_plural(_language(context), singular, plural, num)
    return _escaped(text, plural, {"num": num, **values})


@pass_context
def _named(context: Context, table: Mapping[str, str], code: str, unknown: str | None = None) -> str:
    return i18n.named(_language(context), table, code, unknown)


@pass_context
def _language_name(context: Context, code: str | None) -> str:
    return i18n.language_name(_language(context), code) if code in LANGUAGES and code else ""


@pass_context
def _in_language(context: Context, code: str) -> str:
    return i18n.named(_language(context), i18n.IN_LANGUAGE, code)


@pass_context
def _weekday(context: Context, number: int) -> str:
    return i18n.weekday(_language(context), number)


templates.env.add_extension("jinja2.ext.i18n")
# `{% trans %}` hands its values over, as the functions above want them.
templates.env.newstyle_gettext = True  # type: ignore[attr-defined]  # the extension adds it
templates.env.globals.update(
    {
        "_": _gettext,
        "gettext": _gettext,
        "pgettext": _pgettext,
        "ngettext": _ngettext,
        "named": _named,
        "in_language": _in_language,
        "language_name": _language_name,
        "weekday": _weekday,
    }
)
templates.env.filters["path_of"] = lambda url: f"{url.path}?{url.query}" if url.query else url.path
templates.env.filters["moment"] = i18n.moment
templates.env.filters["day"] = i18n.day
templates.env.filters["clock"] = i18n.clock


def preferred_language(request: Request) -> str:
    """`?lang=`, else the browser's preference, else Finnish."""
    wanted = [request.query_params.get("lang", "")]
    wanted += [part.split(";")[0].strip() for part in request.headers.get("accept-language", "").split(",")]
    return next((code[:2].lower() for code in wanted if code[:2].lower() in LANGUAGES), LANGUAGES[0])


def wants_page(request: Request) -> bool:
    """Whether a browser asks for something that it shows to somebody."""
    return "text/html" in request.headers.get("accept", "")
