"""Checks of the house: what the service says is there in each language, filled, looked at, and used."""

import ast
import importlib
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from jinja2 import nodes

from gateway.core import catalogues, i18n
from gateway.core.catalogues import PROJECT
from gateway.core.http.pages import templates
from gateway.core.locale import LANGUAGES

TEMPLATES = PROJECT / "gateway" / "templates"
PAGES = sorted(TEMPLATES.rglob("*.*ml"))
WRITTEN = [*TEMPLATES.rglob("*.html"), *i18n.CATALOGUES.rglob("*.po"), PROJECT / "data" / "privacy.yml"]
LONGEST_LINE = 300
# Where the values of a call's message are kept in its arguments by name; the message is the one at this place.
MESSAGE_AT = {"_": 0, "gettext": 0, "pgettext": 1, "ngettext": 1}


def test_every_message_is_in_every_language_filled_with_the_same_values_and_no_other_is() -> None:
    assert catalogues.problems() == []


def small() -> tuple[Catalog, Catalog]:
    """What sources have, and a catalogue that is in order."""
    found, known = Catalog(), Catalog(locale="fi")
    for catalogue, said in ((found, ""), (known, "Hei %(name)s")):
        catalogue.add("Hello %(name)s", said)
        catalogue.add(("%(num)s file", "%(num)s files"), ("yksi tiedosto", "%(num)s tiedostoa") if said else None)
        catalogue.add("Open", "auki" if said else "", context="state")
    return found, known


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda found, known: known.delete("Open", "state"), "is missing"),
        (lambda found, known: found.delete("Hello %(name)s"), "nobody uses 'Hello"),
        (lambda found, known: setattr(known["Hello %(name)s"], "string", ""), "is not filled"),
        (lambda found, known: setattr(known["%(num)s file"], "string", ("%(num)s tiedosto", "")), "is not filled"),
        (lambda found, known: known["Hello %(name)s"].flags.add("fuzzy"), "is fuzzy"),
        (lambda found, known: setattr(known["Hello %(name)s"], "string", "Hei %(nimi)s"), "has other places"),
        (lambda found, known: setattr(known["Hello %(name)s"], "string", "Hei"), "has other places"),
        (lambda found, known: setattr(known["Hello %(name)s"], "string", "Hei %(name)"), "has other places"),
        (lambda found, known: (found.add("5 % off"), known.add("5 % off", "5 %% pois")), "percent sign"),
    ],
)
def test_the_check_finds_what_is_wrong(change: Callable[[Catalog, Catalog], object], told: str) -> None:
    found, known = small()
    assert list(catalogues._problems(found, known)) == []

    change(found, known)

    assert any(told in problem for problem in catalogues._problems(found, known))


def test_an_order_to_extract_changes_nothing_in_catalogues_that_are_in_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = {language: i18n.catalogue_path(language).read_text("utf-8") for language in LANGUAGES}
    for language, content in before.items():
        (tmp_path / f"{language}.po").write_text(content, "utf-8")
    monkeypatch.setattr(catalogues, "catalogue_path", lambda language: tmp_path / f"{language}.po")

    assert catalogues.main(["extract"]) == 0

    assert {language: (tmp_path / f"{language}.po").read_text("utf-8") for language in LANGUAGES} == before


@cache
def parsed(path: Path) -> nodes.Template:
    return templates.env.parse(path.read_text("utf-8"))


def calls_of(path: Path) -> Iterator[nodes.Call]:
    """The calls of a template that say a message which stands there."""
    for call in parsed(path).find_all(nodes.Call):
        name = call.node.name if isinstance(call.node, nodes.Name) else ""
        place = MESSAGE_AT.get(name)
        if place is not None and len(call.args) > place and isinstance(call.args[place], nodes.Const):
            yield call


def test_a_template_gives_each_message_its_values() -> None:
    assert len(PAGES) > 100
    for call in (call for path in PAGES for call in calls_of(path)):
        assert isinstance(call.node, nodes.Name)
        message = call.args[MESSAGE_AT[call.node.name]]
        assert isinstance(message, nodes.Const)
        given = {each.key for each in call.kwargs} | ({"num"} if call.node.name == "ngettext" else set())
        assert (catalogues._places(message.value) or set()) <= given, message.value


# Whose names of codes the pages of a folder get as `wording`.
WORDING = {
    "accounts": "gateway.accounts.wording",
    "audit": "gateway.accounts.wording",
    "staff": "gateway.accounts.wording",
    "analytics": "gateway.analytics.wording",
    "bulletins": "gateway.bulletins.wording",
    "chat": "gateway.webchat.wording",
    "console": "gateway.console.wording",
    "content": "gateway.content.routes.wording",
    "hours": "gateway.hours.wording",
    "ops": "gateway.ops.wording",
    "referrals": "gateway.referrals.wording",
    "templates": "gateway.bulletins.wording",  # the public page of bulletins
}


def test_a_template_looks_codes_up_in_tables_that_its_feature_has() -> None:
    unknown = [
        (path.name, each.attr)
        for path, tables in ((path, importlib.import_module(WORDING[path.parent.name])) for path in PAGES)
        for each in parsed(path).find_all(nodes.Getattr)
        if isinstance(each.node, nodes.Name) and each.node.name == "wording" and not hasattr(tables, each.attr)
    ]

    assert unknown == []


def test_code_gives_each_message_its_values() -> None:
    seen = 0
    for path in (PROJECT / "gateway").rglob("*.py"):
        for call in ast.walk(ast.parse(path.read_text("utf-8"))):
            name = getattr(getattr(call, "func", None), "attr", getattr(getattr(call, "func", None), "id", ""))
            if not isinstance(call, ast.Call) or name not in ("gettext", "pgettext", "ngettext", "translate"):
                continue
            messages = [
                each.value for each in call.args if isinstance(each, ast.Constant) and isinstance(each.value, str)
            ]
            given = {each.arg for each in call.keywords} | {"num"}
            for message in messages:
                seen += 1
                assert (catalogues._places(message) or set()) <= given, f"{path.name}: {message}"

    assert seen > 30


def test_what_a_person_writes_has_no_line_that_nobody_reads_to_its_end() -> None:
    long = [
        f"{path.relative_to(PROJECT)}:{number}"
        for path in WRITTEN
        for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1)
        if len(line) > LONGEST_LINE
    ]

    assert long == []
