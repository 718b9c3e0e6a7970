"""What the editors' guide calls something, the pages call it, too, in each of its three languages."""

import re

import pytest
from babel.messages.pofile import read_po

from gateway.core.config.settings import PROJECT
from gateway.core.i18n import catalogue_path

BEGINS = {"fi": "## Suomeksi", "sv": "## På svenska", "en": "## In English"}
# Bold for weight, and what stands on no page of editors.
NO_NAMES = {"valitaan", "väljs", "picked", "luonnos", "utkast", "draft"}
NO_NAMES |= {"omin sanoin", "med egna ord", "in your own words"}
OF_THE_CHAT = {"Lisää", "Mer", "More"}


def parts() -> dict[str, str]:
    text = (PROJECT / "docs" / "editors-guide.md").read_text("utf-8")
    ends = [text.index(BEGINS["sv"]), text.index(BEGINS["en"]), len(text)]
    starts = [text.index(each) for each in BEGINS.values()]
    return {name: " ".join(text[a:b].split()) for name, a, b in zip(BEGINS, starts, ends, strict=True)}


def words_of_pages(language: str) -> list[str]:
    with catalogue_path(language).open("rb") as file:
        catalogue = read_po(file)
    said = [each.string if language != "en" else each.id for each in catalogue if each.id]
    return [form for each in said for form in (each if isinstance(each, list | tuple) else [each]) if form]


def stands(name: str, pages: list[str]) -> bool:
    """As a whole, or as the beginning of a sentence; `…` is what varies there."""
    wanted = re.escape(name).replace("…", ".+?")
    return any(re.match(rf"{wanted}(?:$|[ ,.:(])", each) for each in pages)


@pytest.mark.parametrize("language", BEGINS)
def test_every_name_in_the_guide_stands_on_a_page(language: str) -> None:
    pages = words_of_pages(language)
    named = re.findall(r"\*\*(.+?)\*\*|[”\"]([^”\"]+)[”\"]", parts()[language].replace("“", "”"))
    names = {bold or quoted for bold, quoted in named} - NO_NAMES - OF_THE_CHAT
    assert len(names) > 30
    assert [each for each in sorted(names) if not stands(each, pages)] == []


def test_the_three_guides_have_the_same_parts() -> None:
    """A step that one language lacks is a step that its readers never take."""
    counted = {
        language: (text.count("### "), text.count("!["), len(re.findall(r" \d\. ", text)), text.count(" | "))
        for language, text in parts().items()
    }
    assert counted["fi"] == counted["sv"] == counted["en"], counted
