"""What the service says: in the reader's language, escaped, with plurals, and said even where a catalogue is broken."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest
from jinja2 import DictLoader
from markupsafe import Markup

from gateway.core import i18n
from gateway.core.http.pages import templates
from gateway.core.locale import LANGUAGES


@pytest.fixture
def own_catalogue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A Finnish catalogue for one test."""
    path = tmp_path / "fi.po"
    monkeypatch.setattr(i18n, "catalogue_path", lambda language: path)
    i18n._catalogue.cache_clear()
    yield path
    i18n._catalogue.cache_clear()


def written(path: Path, *entries: str) -> None:
    kind = '"Content-Type: text/plain; charset=utf-8\\n"'
    header = f'msgid ""\nmsgstr ""\n{kind}\n"Plural-Forms: nplurals=2; plural=(n != 1);\\n"'
    path.write_text("\n\n".join([header, *entries]) + "\n", "utf-8")


def rendered(source: str, language: str | None = "fi", **context: object) -> str:
    overlay = templates.env.overlay(
        loader=DictLoader({"page.html": source, "macros.html": '{% macro m() %}{{ _("Queue") }}{% endmacro %}'})
    )
    return overlay.get_template("page.html").render({**({"language": language} if language else {}), **context})


def test_a_message_is_said_in_each_language_and_one_that_nobody_translated_in_english() -> None:
    assert [i18n.gettext(each, "Sign out") for each in LANGUAGES] == ["Kirjaudu ulos", "Logga ut", "Sign out"]
    assert i18n.gettext("fi", "Nobody wrote this %(name)s", name="one") == "Nobody wrote this one"
    assert i18n.pgettext("fi", "no such context", "Blocked") == "Blocked"


def test_a_context_tells_two_meanings_apart() -> None:
    assert i18n.gettext("sv", "Blocked") == "Blockerad"
    assert i18n.pgettext("sv", "account", "Blocked") == i18n.gettext("sv", i18n.NP_("account", "Blocked")) == "Spärrad"


@pytest.mark.parametrize(("num", "said"), [(1, "1 esimerkki"), (0, "0 esimerkkiä"), (7, "7 esimerkkiä")])
def test_each_language_has_its_own_forms_for_one_and_many(num: int, said: str) -> None:
    assert i18n.ngettext("fi", "%(num)s example", "%(num)s examples", num) == said
    assert rendered('{{ ngettext("%(num)s example", "%(num)s examples", n) }}', n=num) == said
    block = "{% trans num=n %}{{ num }} example{% pluralize %}{{ num }} examples{% endtrans %}"
    assert rendered(block, n=num) == said


def test_neither_a_value_nor_a_translation_is_markup(own_catalogue: Path) -> None:
    written(own_catalogue, 'msgid "Hello %(name)s"\nmsgstr "<b>\\"Hei\\"</b> %(name)s"')
    page = '<p title="{{ _("Hello %(name)s", name=name) }}">'

    assert rendered(page, name='"><script>') == ('<p title="&lt;b&gt;&#34;Hei&#34;&lt;/b&gt; &#34;&gt;&lt;script&gt;">')
    assert rendered(page, name=Markup("<i>")) == '<p title="&lt;b&gt;&#34;Hei&#34;&lt;/b&gt; <i>">'


def test_a_translation_that_asks_for_another_value_is_said_in_english_and_escaped(own_catalogue: Path) -> None:
    written(own_catalogue, 'msgid "Hello <%(name)s>"\nmsgstr "Hei %(nimi)s"', 'msgid "5 %% off"\nmsgstr "5 % pois"')

    assert i18n.gettext("fi", "Hello <%(name)s>", name="Olli") == "Hello <Olli>"
    assert i18n.gettext("fi", "5 %% off") == "5 % off"
    assert rendered('{{ _("Hello <%(name)s>", name="&") }}') == "Hello &lt;&amp;&gt;"
    assert i18n.gettext("fi", "Hello <%(name)s>") == "Hello <%(name)s>"  # and where the code forgot it, too


@pytest.mark.parametrize("content", [None, b"\xff\xfe", b'msgid "x\nmsgstr'])
def test_a_catalogue_that_cannot_be_read_leaves_english_and_no_error(
    own_catalogue: Path, content: bytes | None
) -> None:
    if content is not None:
        own_catalogue.write_bytes(content)

    assert i18n.gettext("fi", "Sign out") == "Sign out"
    assert i18n.ngettext("fi", "%(num)s example", "%(num)s examples", 1) == "1 example"


def test_what_a_translator_has_not_looked_at_is_not_said(own_catalogue: Path) -> None:
    written(own_catalogue, '#, fuzzy\nmsgid "Sign out"\nmsgstr "Kirjaudu sisään"')

    assert i18n.gettext("fi", "Sign out") == "Sign out"


def test_a_macro_speaks_the_language_of_its_page_or_is_an_error() -> None:
    assert rendered('{% from "macros.html" import m with context %}{{ m() }}') == "Jono"
    with pytest.raises(LookupError, match="with context"):
        rendered('{% from "macros.html" import m %}{{ m() }}')
    with pytest.raises(LookupError):
        rendered('{{ _("Queue") }}', language=None)


def test_a_code_is_named_and_one_that_has_no_name_stands_as_it_is() -> None:
    table = {"bot": i18n.N_("With the bot")}
    page = "{{ named(table, code) }}|{{ named(table, code, '?') }}"

    assert rendered(page, table=table, code="bot") == "Botilla|Botilla"
    assert rendered(page, table=table, code="100%<") == "100%&lt;|?"


def test_dates_and_names_of_days_are_those_of_cldr_in_finlands_time() -> None:
    late = dt.datetime(2026, 1, 4, 22, 5, tzinfo=dt.UTC)

    assert (i18n.moment(late), i18n.day(late), i18n.clock(late)) == ("5.1.2026 00.05", "5.1.2026", "0.05")
    assert i18n.day(dt.date(2026, 11, 24)) == "24.11.2026"
    assert [i18n.weekday(each, 0, "abbreviated") for each in LANGUAGES] == ["ma", "mån", "Mon"]
    assert i18n.weekday("fi", 2, use="format") == "keskiviikkona"
    assert [i18n.date_by(each, dt.date(2026, 11, 1), "yMMMM") for each in LANGUAGES] == [
        "marraskuu 2026",
        "november 2026",
        "November 2026",
    ]
    assert i18n.number(1234567) == "1\u00a0234\u00a0567"
    assert [i18n.language_name(each, "sv") for each in LANGUAGES] == ["ruotsi", "svenska", "Swedish"]
